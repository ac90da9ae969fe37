"""Many numbers for the Do Not Call list at once, from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction

from contacts.do_not_call_csv import CsvEntry, CsvFault, read_entries
from contacts.models import DoNotCallNumber, DoNotCallSource
from contacts.services.do_not_call import OF_PEOPLE, one_line

BATCH = 1_000
# A file of the wrong kind has a fault in each of a million lines.
_FAULTS_KEPT = 1_000
# Source and reason of an entry.
_Told = tuple[str, str] | None


@dataclass(kw_only=True)
class ImportOutcome:
    """How many numbers are new, how many lines named one that was there already, and how many name none.

    `faults` are the first of the lines that name none.
    """

    added: int = 0
    known: int = 0
    invalid: int = 0
    faults: list[CsvFault] = field(default_factory=list)

    @property
    def is_read(self) -> bool:
        """Whether the file was understood: at least half of its lines, and not none of them, name a number."""
        return self.added + self.known > 0 and self.added + self.known >= self.invalid


def import_do_not_call(
    *,
    organization_id: str,
    lines: Iterable[bytes],
    reason: str = "",
    region: str | None = None,
    added_by_id: str | None = None,
) -> ImportOutcome:
    """Add all numbers of a file's lines, as `do_not_call_csv.lines_of` gives them.

    `reason` is for lines without one, `region` for numbers without country code. A longer reason than the column holds
    is cut: the number is what counts. An entry that could be taken back stays for the list from now on, unless the file
    is our own and says of it, in every line, what it is there for and why.

    A transaction for every BATCH numbers: after an interruption the same file can be imported again.
    """
    outcome = ImportOutcome()
    batch: dict[str, DoNotCallNumber] = {}
    told: dict[str, _Told] = {}
    for entry in read_entries(lines, region=region):
        if isinstance(entry, CsvFault):
            outcome.invalid += 1
            if len(outcome.faults) < _FAULTS_KEPT:
                outcome.faults.append(entry)
        elif entry.phone_number in batch:
            outcome.known += 1
            if told[entry.phone_number] != _told(entry):
                told[entry.phone_number] = None
        else:
            batch[entry.phone_number] = _row(entry, organization_id, reason, added_by_id)
            told[entry.phone_number] = _told(entry)
        if len(batch) == BATCH:
            _keep(organization_id, batch, told, outcome)
            batch, told = {}, {}
    _keep(organization_id, batch, told, outcome)
    return outcome


def _told(entry: CsvEntry) -> _Told:
    """What a file of our own says of an entry."""
    return (entry.source, one_line(entry.reason)) if entry.source else None


def _row(entry: CsvEntry, organization_id: str, reason: str, added_by_id: str | None) -> DoNotCallNumber:
    return DoNotCallNumber(
        organization_id=organization_id,
        phone_number=entry.phone_number,
        reason=one_line(entry.reason) or one_line(reason),
        source=DoNotCallSource.IMPORT,
        added_by_id=added_by_id,
    )


@transaction.atomic
def _keep(
    organization_id: str, batch: dict[str, DoNotCallNumber], told: Mapping[str, _Told], outcome: ImportOutcome
) -> None:
    entries = DoNotCallNumber.objects.of_organization(organization_id)
    rows = entries.filter(phone_number__in=batch).values_list("phone_number", "source", "reason")
    known = {number: (source, reason) for number, source, reason in rows}
    # One of the rest may be added at the same time: then that entry stays, as it would if it had been there before.
    # In one order for all, so that two imports at once wait for each other instead of blocking each other.
    new = [row for number, row in sorted(batch.items()) if number not in known]
    DoNotCallNumber.objects.bulk_create(new, ignore_conflicts=True)
    # Those that could be taken back by a text, or by what is found of a call, stay for the list from now on.
    others = [number for number, ours in known.items() if told[number] != ours]
    if others:
        entries.filter(phone_number__in=others).exclude(source__in=OF_PEOPLE).update(source=DoNotCallSource.IMPORT)
    outcome.added += len(new)
    outcome.known += len(known)
