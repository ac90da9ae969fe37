"""Writes of consents; each of them may be repeated. None is deleted: who takes one back has it revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from contacts.models import CallPurpose, Consent, ConsentBasis, ConsentSource
from contacts.services.do_not_call import without_controls
from tether_calls.accounts.sight import of_calls_seen
from tether_calls.common.errors import TetherError
from tether_calls.common.object_id import new_object_id
from tether_calls.common.phone import canonical, spellings
from tether_calls.common.sight import Sight
from tether_calls.common.statements import insert_or_get
from tether_calls.common.times import has_time_everywhere

# Clocks differ: what was obtained a moment from now is of now.
_AHEAD: Final = timedelta(minutes=5)
# What two consents of one moment are apart, the one of which is of a call that is not seen: as little as is kept.
_APART: Final = timedelta(microseconds=1)
_UNIQUE: Final = ("organization", "phone_number", "basis", "purpose", "obtained_at")


@dataclass(frozen=True, kw_only=True)
class Given:
    """Consent as somebody tells of it."""

    basis: ConsentBasis
    obtained_at: datetime
    evidence: str = ""
    expires_at: datetime | None = None


def fault_of_times(given: Given) -> tuple[str, str] | None:
    """Which of the two times is wrong, by its name here, and a sentence."""
    for name, moment in (("obtained_at", given.obtained_at), ("expires_at", given.expires_at)):
        if moment is not None and not has_time_everywhere(moment):
            return name, "Is at the end of the calendar"
    if given.obtained_at > timezone.now() + _AHEAD:
        return "obtained_at", "Is in the future"
    if given.expires_at is not None and given.expires_at <= given.obtained_at:
        return "expires_at", "Is not after it was obtained"
    return None


def add_consent(
    *,
    organization_id: str,
    phone_number: str,
    purpose: CallPurpose,
    given: Given,
    source: ConsentSource,
    sight: Sight | None,
    added_by_id: str | None = None,
    call_id: str | None = None,
) -> tuple[Consent, bool]:
    """The consent of this number, basis, purpose and moment, and whether it is new; one that is there stays as it is.

    One of a call that is not seen is none: what is told is kept beside it, a microsecond later.
    Two statements. Raises VALIDATION_ERROR for what can be no number with its country code, and for
    times that cannot be.
    """
    number = _number_of(phone_number)
    if fault := fault_of_times(given):
        name, sentence = fault
        raise TetherError.of_field({"obtained_at": "obtainedAt", "expires_at": "expiresAt"}[name], sentence)
    consent = Consent(
        organization_id=organization_id,
        phone_number=number,
        basis=given.basis,
        purpose=purpose,
        obtained_at=given.obtained_at,
        evidence=without_controls(given.evidence)[: Consent.EVIDENCE_MAX],
        expires_at=given.expires_at,
        source=source,
        added_by_id=added_by_id,
        call_id=call_id,
    )
    with transaction.atomic(savepoint=False):
        while not insert_or_get(consent, unique=_UNIQUE):
            seen = Consent.objects.of_organization(organization_id).filter(of_calls_seen(sight), pk=consent.pk)
            if (known := seen.first()) is not None:
                return known, False
            consent.pk = new_object_id()
            move_on(consent)
        consent.note_created()
    return consent, True


def move_on(consent: Consent) -> None:
    """To the next moment, beside another consent of its own."""
    consent.obtained_at += _APART
    if consent.expires_at is not None:
        consent.expires_at = max(consent.expires_at, consent.obtained_at + _APART)


def revoke_consent(*, organization_id: str, consent_id: str, sight: Sight | None) -> bool:
    """Whether there is this consent, of no call or of one that is seen; what is revoked already stays so.

    Two statements, four where it is revoked by this.
    """
    consents = Consent.objects.of_organization(organization_id).filter(of_calls_seen(sight), pk=consent_id)
    return bool(consents.filter(revoked_at=None).update(revoked_at=timezone.now())) or consents.exists()


def revoke_consents(
    *, organization_id: str, phone_number: str, sight: Sight | None, purpose: CallPurpose | None = None
) -> int:
    """How many consents of a number, in any spelling, are revoked by this. One statement, or four; two or five.

    Also those given in calls that who asks does not see, which are not counted: whoever hears a person's no has it hold
    for all.
    Raises VALIDATION_ERROR for what can be no number with its country code: who has mistyped it, or left the country
    out, would take "none" for revoked.
    """
    _number_of(phone_number)
    consents = Consent.objects.of_organization(organization_id).filter(
        phone_number__in=spellings(phone_number), revoked_at=None
    )
    if purpose is not None:
        consents = consents.filter(purpose=purpose)
    seen = None if sight is None else consents.filter(of_calls_seen(sight)).count()
    revoked = consents.update(revoked_at=timezone.now())
    return revoked if seen is None else min(seen, revoked)


def _number_of(phone_number: str) -> str:
    number = canonical(phone_number)
    if number is None:
        sentence = "Not a telephone number with its country code, such as +14165550199"
        raise TetherError.of_field("phoneNumber", sentence)
    return number
