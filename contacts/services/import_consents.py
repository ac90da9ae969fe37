"""Many consents at once, from a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contacts.consent_csv import CsvConsent, read_consents
from contacts.do_not_call_csv import CsvFault
from contacts.models import Consent, ConsentSource
from contacts.services.consents import Given, fault_of_times, move_on
from contacts.services.do_not_call import without_controls
from tether_calls.accounts.sight import of_calls_seen
from tether_calls.common.sight import Sight

BATCH = 1_000
# A file of the wrong kind has a fault in each of a million lines.
_FAULTS_KEPT = 1_000

# Number, basis, purpose, moment: who tells of it once more tells of the same.
_Key: TypeAlias = tuple[str, str, str, datetime]


@dataclass(kw_only=True)
class ConsentsImported:
    """How many consents are new, how many lines tell of one that was there, and how many of these it has revoked.

    `invalid` lines are none; `faults` are the first of them.
    """

    added: int = 0
    known: int = 0
    revoked: int = 0
    invalid: int = 0
    faults: list[CsvFault] = field(default_factory=list)


def import_consents(
    *, organization_id: str, lines: Iterable[bytes], sight: Sight | None, added_by_id: str | None = None
) -> ConsentsImported:
    """Keep all consents of a file's lines, as `lines_of` gives them; a line that is none harms no other.

    One that is there already stays as it is, but that a line which says when it was taken back has it revoked; nothing
    takes that away again. One of a call that is not seen is revoked too, and told of no more than one that is not
    there: the line is kept beside it, a microsecond later.
    A transaction for every BATCH: after an interruption the same file can be imported again.
    Raises NotALine.
    """
    outcome = ConsentsImported()
    batch: dict[_Key, Consent] = {}
    for line in read_consents(lines):
        fault = line if isinstance(line, CsvFault) else _fault(line)
        if isinstance(line, CsvFault) or fault is not None:
            outcome.invalid += 1
            if fault is not None and len(outcome.faults) < _FAULTS_KEPT:
                outcome.faults.append(fault)
            continue
        consent = _row(line, organization_id, added_by_id)
        first = batch.setdefault(_key(consent), consent)
        if first is not consent:
            outcome.known += 1
            first.revoked_at = first.revoked_at or consent.revoked_at
        if len(batch) == BATCH:
            _keep(organization_id, batch, outcome, sight)
            batch = {}
    _keep(organization_id, batch, outcome, sight)
    return outcome


def _fault(line: CsvConsent) -> CsvFault | None:
    fault = fault_of_times(Given(basis=line.basis, obtained_at=line.obtained_at, expires_at=line.expires_at))
    if fault is not None:
        return CsvFault(line.line, f"{fault[0]}: {fault[1]}")
    if line.revoked_at is not None and not line.obtained_at <= line.revoked_at <= timezone.now():
        return CsvFault(line.line, "revoked_at: Is in the future, or before it was obtained")
    return None


def _row(line: CsvConsent, organization_id: str, added_by_id: str | None) -> Consent:
    return Consent(
        organization_id=organization_id,
        phone_number=line.phone_number,
        basis=line.basis,
        purpose=line.purpose,
        obtained_at=line.obtained_at,
        expires_at=line.expires_at,
        revoked_at=line.revoked_at,
        evidence=without_controls(line.evidence),
        source=ConsentSource.IMPORT,
        added_by_id=added_by_id,
    )


def _key(consent: Consent) -> _Key:
    return consent.phone_number, consent.basis, consent.purpose, consent.obtained_at


@transaction.atomic
def _keep(organization_id: str, batch: dict[_Key, Consent], outcome: ConsentsImported, sight: Sight | None) -> None:
    consents = Consent.objects.of_organization(organization_id)
    of_numbers = consents.filter(phone_number__in={consent.phone_number for consent in batch.values()})
    taken_back = _taken_back(batch)
    known = {_key(consent): consent.pk for consent in of_numbers}
    hidden = _hidden(known, of_numbers, sight)
    if hidden:
        batch = _beside(batch, known, hidden)
        taken_back |= _taken_back(batch)
    # One of the rest may be kept at the same time: then that row stays, as it would if it had been there before. In one
    # order for all, so that two imports at once wait for each other instead of blocking each other.
    new = [batch[key] for key in sorted(batch) if key not in known]
    if new:
        Consent.objects.bulk_create(new, ignore_conflicts=True)
    outcome.added += len(new)
    outcome.known += len(batch) - len(new)
    if taken_back:
        # Looked at once more: one that came in the meantime is revoked as if it had been there before.
        revoked = _revoke(of_numbers.filter(revoked_at=None), taken_back)
        outcome.revoked += sum(pk not in hidden for pk in revoked)


def _taken_back(batch: dict[_Key, Consent]) -> dict[_Key, datetime]:
    return {key: consent.revoked_at for key, consent in batch.items() if consent.revoked_at is not None}


def _hidden(known: dict[_Key, str], of_numbers: QuerySet[Consent, Consent], sight: Sight | None) -> set[str]:
    """Those of calls that are not seen. No statement for who sees all calls."""
    if sight is None or not known:
        return set()
    return set(known.values()).difference(of_numbers.filter(of_calls_seen(sight)).values_list("pk", flat=True))


def _beside(batch: dict[_Key, Consent], known: dict[_Key, str], hidden: set[str]) -> dict[_Key, Consent]:
    """The same, each at a moment at which there is none that is not seen."""
    moved: dict[_Key, Consent] = {}
    for consent in batch.values():
        while known.get(_key(consent)) in hidden:
            move_on(consent)
        moved.setdefault(_key(consent), consent)
    return moved


def _revoke(holding: QuerySet[Consent, Consent], taken_back: dict[_Key, datetime]) -> list[str]:
    """Which of them are revoked by this. As many statements for all as for one."""
    rows = [row for row in holding.select_for_update().order_by("pk") if _key(row) in taken_back]
    for row in rows:
        row.revoked_at = taken_back[_key(row)]
    if rows:
        # wall: rows of the organization's, which are locked
        Consent.objects.bulk_update(rows, ["revoked_at"])
    return [row.pk for row in rows]
