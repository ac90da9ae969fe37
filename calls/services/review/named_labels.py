"""Labels that calls bring along by name: found, or made where there is none of the name."""

from __future__ import annotations

from collections.abc import Iterable

from calls.models import Call, CallTag, Disposition, Tag
from calls.models.label import MAX_TAGS, label_key
from calls.reports import FinishedCall
from calls.selectors.review.labels import LabelT
from calls.services.review.labels import MOST_LABELS
from tether_calls.accounts.services.turns import take_turns


class NamedLabels:
    """The labels that reports name, whatever their letter case; to be made in the transaction that keeps the calls.

    Two statements at most where all are there, three more for each kind of which some are new; none without names.
    Those that would be more than an organization may have are not made, and their calls are kept without them.
    """

    def __init__(self, *, organization_id: str, reports: Iterable[FinishedCall]) -> None:
        told = list(reports)
        tags = {label_key(name): name for report in told for name in report.tags}
        dispositions = {label_key(report.disposition): report.disposition for report in told if report.disposition}
        self._tags = _found_or_made(Tag, organization_id, tags)
        self._dispositions = _found_or_made(Disposition, organization_id, dispositions)

    def put_on(self, call: Call, report: FinishedCall) -> list[CallTag]:
        """Have a call that is not written yet bear them. Returns what is to be written after it."""
        if report.disposition:
            call.disposition = self._dispositions.get(label_key(report.disposition))
        keys = dict.fromkeys(map(label_key, report.tags))
        tags = [self._tags[key] for key in keys if key in self._tags][:MAX_TAGS]
        if not tags:
            return []
        call.tag_ids = " ".join(tag.pk for tag in tags)
        call.tags = sorted(tags, key=lambda tag: tag.key)
        return [CallTag(call_id=call.pk, tag_id=tag.pk, start_time=call.start_time) for tag in tags]


def has_labels(report: FinishedCall) -> bool:
    return bool(report.tags or report.disposition)


def _found_or_made(kind: type[LabelT], organization_id: str, names: dict[str, str]) -> dict[str, LabelT]:
    """By key."""
    found = _found(kind, organization_id, names)
    missing = sorted(names.keys() - found.keys())
    if not missing:
        return found
    take_turns(organization_id)
    room = max(MOST_LABELS - kind.objects.of_organization(organization_id).count(), 0)
    new = [kind(organization_id=organization_id, name=names[key], key=key) for key in missing[:room]]
    # In one order, so that two that make the same wait for each other; of one name the first stays, and is found then.
    kind.objects.bulk_create(new, ignore_conflicts=True)
    return found | _found(kind, organization_id, missing[:room])


def _found(kind: type[LabelT], organization_id: str, keys: Iterable[str]) -> dict[str, LabelT]:
    wanted = list(keys)
    there = kind.objects.of_organization(organization_id).filter(key__in=wanted) if wanted else ()
    return {label.key: label for label in there}
