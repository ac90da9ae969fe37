"""What people make of a call: its tags, its disposition, its star."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, TypedDict

from django.db import transaction

from calls.events import call_event
from calls.models import Call, CallTag, Disposition, Tag
from calls.models.label import MAX_TAGS
from calls.selectors.history import recordings_of
from calls.selectors.privacy.holds import held_calls
from calls.services.lifecycle.apply_report import lock_call
from calls.services.lifecycle.heed_holds import heeded_holds
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.statements import insert
from tether_calls.common.transactions import until_done
from tether_calls.realtime.events import EventName, publish


class CallReview(TypedDict, total=False):
    """What is to be so from now on: the ids of all its tags, the id of its disposition (None: no more), its star.

    Or of tags that it is to have besides those that it has, and that it is to have no more.
    """

    tags: Sequence[str]
    added_tags: Sequence[str]
    removed_tags: Sequence[str]
    disposition: str | None
    is_starred: bool


_MAY_TAKE_AWAY: Final = ("tags", "removed_tags", "disposition")


def review_call(*, organization_id: str, call_id: str, changes: CallReview) -> Call:
    """Change what is given; where that is another value, subscribers and sockets hear of it. At most 11 statements.

    Raises CALL_NOT_FOUND, TAG_NOT_FOUND, DISPOSITION_NOT_FOUND, VALIDATION_ERROR of what is archived and not on the
    call already, and of more than MAX_TAGS tags, and LEGAL_HOLD for what would take a tag or the disposition away of a
    call that a hold covers.
    """
    return until_done(partial(_review, organization_id, call_id, changes))


@transaction.atomic
def _review(organization_id: str, call_id: str, changes: CallReview) -> Call:
    # Before the row is locked here: it lasts until the transaction ends.
    holds = [] if changes.keys().isdisjoint(_MAY_TAKE_AWAY) else heeded_holds(organization_id)
    try:
        call = lock_call(organization_id=organization_id, call_id=call_id)
    except Call.DoesNotExist:
        raise TetherError(ErrorCode.CALL_NOT_FOUND) from None
    before = call.tag_ids, call.disposition_id, call.is_starred
    borne = _labels(call)
    if (tags := _wanted_tags(call, changes)) is not None:
        _put_tags(call, tags)
    if "disposition" in changes and changes["disposition"] != call.disposition_id:
        call.disposition = _disposition(organization_id, changes["disposition"])
    if "is_starred" in changes:
        call.is_starred = changes["is_starred"]
    if not borne <= _labels(call) and held_calls(organization_id, holds, [call_id]):
        raise TetherError(ErrorCode.LEGAL_HOLD)
    if before != (call.tag_ids, call.disposition_id, call.is_starred):
        call.save(update_fields=["tag_ids", "disposition", "is_starred", "updated_at"])
        event = call_event(EventName.CALL_UPDATED, call, recordings_of([call.pk])[call.pk])
        publish(organization_id=organization_id, call_id=call.pk, events=[event])
    return call


def _labels(call: Call) -> set[str]:
    return {tag.pk for tag in call.tags} | ({call.disposition_id} if call.disposition_id is not None else set())


def _wanted_tags(call: Call, changes: CallReview) -> list[str] | None:
    """The ids of all tags that the call is to bear; None: those that it has. Raises VALIDATION_ERROR of too many."""
    if changes.keys().isdisjoint(("tags", "added_tags", "removed_tags")):
        return None
    gone = set(changes.get("removed_tags", ()))
    # One that has been deleted since may be among those that it has.
    there = changes["tags"] if "tags" in changes else [tag.pk for tag in call.tags]
    wanted = [tag_id for tag_id in dict.fromkeys([*there, *changes.get("added_tags", ())]) if tag_id not in gone]
    if len(wanted) > MAX_TAGS:
        raise TetherError.of_field("tags", f"More than {MAX_TAGS}")
    return wanted


def _put_tags(call: Call, tag_ids: list[str]) -> None:
    """Have the call bear these, by their ids, and no other."""
    if len(tag_ids) > MAX_TAGS:
        raise TetherError.of_field("tags", f"A call has {MAX_TAGS} tags at most")
    found = Tag.objects.of_organization(call.organization_id).in_bulk(tag_ids)
    if len(found) < len(tag_ids):
        raise TetherError(ErrorCode.TAG_NOT_FOUND)
    there = set(call.tag_ids.split())
    for tag_id in tag_ids:
        if found[tag_id].is_archived and tag_id not in there:
            raise TetherError.of_field("tags", f"{found[tag_id].name} is archived")
    if there == set(tag_ids):
        return
    gone, new = there - set(tag_ids), [tag_id for tag_id in tag_ids if tag_id not in there]
    call.tag_ids = " ".join(tag_ids)
    call.tags = sorted(found.values(), key=lambda tag: tag.key)
    if gone:
        # wall: of the call, which is the organization's
        CallTag.objects.filter(call_id=call.pk, tag_id__in=gone).delete()
    if new:
        insert(*(CallTag(call_id=call.pk, tag_id=tag_id, start_time=call.start_time) for tag_id in new))


def _disposition(organization_id: str, disposition_id: str | None) -> Disposition | None:
    if disposition_id is None:
        return None
    found = Disposition.objects.of_organization(organization_id)
    disposition = found.get_or_refuse(ErrorCode.DISPOSITION_NOT_FOUND, pk=disposition_id)
    if disposition.is_archived:
        raise TetherError.of_field("disposition", f"{disposition.name} is archived")
    return disposition
