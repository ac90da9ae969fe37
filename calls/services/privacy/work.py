"""The job that finds, exports and erases persons: place after place, slice after slice.

What a slice has erased, and that it has, are written in one transaction. So whatever cuts the work off, the next
worker goes on behind it, and the certificate says neither more nor less than what was done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calls.models import PrivacyKind, PrivacyRequest, PrivacyState, TextState
from calls.reports import ENDED
from calls.services.lifecycle.heed_holds import heeded_holds
from calls.services.privacy.archive import begin_archive, discard_archives, store_archive
from calls.services.privacy.certificates import signed
from calls.services.privacy.copies import COPIES
from calls.services.privacy.entries import add_to_entry, begun_anew, empty_entries
from calls.services.privacy.erasures import note_erasure
from calls.services.privacy.go_through_copies import go_through_copies, go_through_new_texts
from calls.services.privacy.subject import Held, calls_of, person_of, rows_of
from contacts.models import Contact
from tether_calls.background.jobs import stopping
from tether_calls.background.turns import GIVEN_BACK, NotOurs, give_back, hold, lock, next_in_turn, try_later, write
from tether_calls.common.errors import ErrorCode
from tether_calls.common.personal_data import Person, Place, places
from tether_calls.common.phone import spellings

logger = logging.getLogger(__name__)

RUN_SECONDS: Final = 50.0
# After so many seconds a turn that failed is taken again; after the last one the request has failed.
PAUSES: Final = (10, 60, 300, 900, 3_600)
# How soon a person is looked at again who is in a call.
WAITING: Final = timedelta(seconds=60)
# Places are gone through again for what came meanwhile, until nothing did.
MOST_ROUNDS: Final = 5


class _Waits(Exception):
    """The person is in a call, a text to them on its way, or to be exported first."""


def do_privacy_requests() -> None:
    """The job: one request after the other, each until it is done."""
    discard_archives(timezone.now())
    until = time.monotonic() + RUN_SECONDS
    while time.monotonic() < until and not stopping.is_set():
        # wall: the job does the requests of every organization
        request = claim()
        if request is None:
            return
        take_turn(request)


def claim() -> PrivacyRequest | None:
    """The request that has waited longest for its turn. Two statements."""
    # wall: the job does the requests of every organization
    waiting = PrivacyRequest.objects.filter(state__in=PrivacyRequest.UNFINISHED)
    return next_in_turn(waiting, now=timezone.now(), state=PrivacyState.RUNNING)


def take_turn(request: PrivacyRequest) -> None:
    """Go on with a request that was claimed, and give it back where something stands in the way."""
    try:
        if request.failures > len(PAUSES):
            _fail(request, ErrorCode.INTERNAL_ERROR)
            return
        go_on(request)
    except NotOurs:
        logger.info("The privacy request %s is another worker's by now", request.pk)
    except _Waits:
        give_back(request, next_turn_at=timezone.now() + WAITING)
    except Exception:
        logger.exception("The privacy request %s could not go on", request.pk)
        if not try_later(request, pauses=PAUSES):
            _fail(request, ErrorCode.INTERNAL_ERROR)


def go_on(request: PrivacyRequest) -> None:
    """Do what is left of a request that is in our hands. Raises NotOurs, and whatever stands in the way."""
    if not request.sought:
        _look_up(request)
    if (anew := begun_anew(request)) is not None:
        hold(request, **anew)
    person = person_of(request)
    is_erased = request.kind == PrivacyKind.ERASE
    if is_erased:
        _wait_for_earlier_requests(request, person)
        _wait_for_calls(person)
        _wait_for_texts(person)
        if request.position == 0 and not request.cursor:
            # Before anything is erased: a backup that was made until now has the person.
            note_erasure(request)
    while request.position < len(COPIES) + len(places()):
        if request.position < len(COPIES):
            go_through_copies(request, person, keep=hold, is_last_try=_is_last_try(request))
        else:
            _go_through(request, person, places()[request.position - len(COPIES)])
    if is_erased and request.rounds < MOST_ROUNDS and _is_more(request, person):
        hold(request, position=len(COPIES), cursor="", rounds=request.rounds + 1)
        go_on(request)
        return
    if request.kind == PrivacyKind.EXPORT:
        begin_archive(request, keep=hold)
        store_archive(request, person, keep=hold)
    _finish(request)


def _look_up(request: PrivacyRequest) -> None:
    """By what the person is known; written down, since it is gone before the last place is."""
    # By no number nobody is known: calls of those who do not show theirs have none, either.
    numbers = list(spellings(request.phone_number)) if request.phone_number else []
    contacts = list(
        Contact.objects.of_organization(request.organization_id).filter(
            Q(phone_number__in=numbers) | Q(pk=request.contact_id)
        )
    )
    if request.before is not None:
        contacts = [contact for contact in contacts if contact.created_at < request.before]
    hold(
        request,
        sought={
            "numbers": numbers,
            "contacts": [contact.pk for contact in contacts],
            "names": [
                contact.full_name for contact in contacts if contact.first_name.strip() and contact.last_name.strip()
            ],
        },
        places=empty_entries(),
    )


def _wait_for_earlier_requests(request: PrivacyRequest, person: Person) -> None:
    """Nor before the person was found or exported, where that was asked for first; both then go with the rest.

    Another erasure forgets the person at its own end.
    """
    earlier = PrivacyRequest.objects.of_organization(request.organization_id).filter(pk__lt=request.pk)
    of_person = Q(phone_number__in=person.phone_numbers) | Q(contact_id__in=person.contact_ids)
    if earlier.exclude(kind=PrivacyKind.ERASE).filter(of_person, state__in=PrivacyRequest.UNFINISHED).exists():
        raise _Waits


def _wait_for_calls(person: Person) -> None:
    """Nothing is erased while the person talks: what comes of that call would be left."""
    if calls_of(person).exclude(status__in=ENDED).filter(person_erased_at=None).exists():
        raise _Waits


def _wait_for_texts(person: Person) -> None:
    """Nor while a carrier is being given a text: how it is called there, by which it is deleted, comes afterwards."""
    if rows_of(person, "outgoingTexts").filter(state=TextState.UNDER_WAY).exists():
        raise _Waits


def _go_through(request: PrivacyRequest, person: Person, place: Place) -> None:
    is_erased = request.kind == PrivacyKind.ERASE
    first_round = request.rounds == 0
    while True:
        rows, last = _slice(place, person, request.cursor)
        then = {"position": request.position + 1, "cursor": ""} if last is None else {"cursor": str(last)}
        if not rows and last is None:
            hold(request, **then)
            return
        if not is_erased:
            add_to_entry(request, {"found": len(rows)}, [])
            hold(request, **then, places=request.places)
            if last is None:
                return
            continue
        if place.name in _WITH_TEXTS:
            go_through_new_texts(request, person, keep=hold, is_last_try=_is_last_try(request))
        released = _released(place, person, rows)
        with transaction.atomic():
            holds = Held(person, heeded_holds(request.organization_id))
            lock(request)
            keeping = [row for row in rows if row not in released and holds.keeps(place, row)]
            left = released if place.release is not None else rows
            going = [row for row in left if row not in keeping and not place.is_gone(row)]
            if going:
                place.erase(person, going)
            done = {
                "found": len(rows) if first_round else len(going),
                "done": len(going),
                "kept": (len(rows) if place.kept else len(keeping)) if first_round else 0,
            }
            why = [place.kept] if place.kept and rows else []
            why += ["A legal hold is placed."] if keeping else []
            add_to_entry(request, done, why)
            hold(request, **then, places=request.places)
        if last is None:
            return


def _released(place: Place, person: Person, rows: Sequence[Any]) -> list[Any]:
    """The rows whose files are gone. Outside of any transaction; before each it is asked what is held by now."""
    if place.release is None:
        return []
    released = []
    for row in rows:
        if not place.is_gone(row) and not Held.now(person).keeps(place, row):
            place.release([row])
            released.append(row)
    return released


def _is_last_try(request: PrivacyRequest) -> bool:
    return request.failures >= len(PAUSES) - 1


# Where texts go: with their own rows, and with those that they hang on.
_WITH_TEXTS: Final = frozenset({"messages", "conversations", "contacts"})


def _slice(place: Place, person: Person, cursor: str) -> tuple[list[Any], Any]:
    """The person's rows of those that come next, and the last one that was looked at; None: none comes behind it."""
    rows = place.of(person).order_by("pk")
    if cursor:
        rows = rows.filter(pk__gt=cursor)
    looked_at = list(rows[: place.at_once])
    found = [row for row in looked_at if place.tells_of(person, row)]
    return found, looked_at[-1].pk if len(looked_at) == place.at_once else None


def _is_more(request: PrivacyRequest, person: Person) -> bool:
    """Whether anything came while the places were gone through."""
    holds = Held.now(person)
    for place in places():
        cursor = ""
        while True:
            rows, last = _slice(place, person, cursor)
            if any(not place.is_gone(row) and not holds.keeps(place, row) for row in rows):
                return True
            if last is None:
                break
            cursor = str(last)
            hold(request)
    return False


def _finish(request: PrivacyRequest) -> None:
    now = timezone.now()
    told = [{name: value for name, value in entry.items() if value != "" or name != "why"} for entry in request.places]
    content = {
        "requestId": request.pk,
        "organizationId": request.organization_id,
        "kind": request.kind,
        "subject": request.subject,
        "number": request.shown,
        "requestedAt": request.created_at.isoformat(),
        "requestedBy": request.requested_by_id,
        "finishedAt": now.isoformat(),
        "places": told,
    }
    forgotten: dict[str, Any] = (
        {"phone_number": "", "contact_id": None, "sought": {}} if request.kind == PrivacyKind.ERASE else {}
    )
    hold(
        request,
        **forgotten,
        state=PrivacyState.DONE,
        certificate=signed(content),
        finished_at=now,
        **GIVEN_BACK,
    )


def _fail(request: PrivacyRequest, code: ErrorCode) -> None:
    write(request, **GIVEN_BACK, state=PrivacyState.FAILED, error=str(code), finished_at=timezone.now())
