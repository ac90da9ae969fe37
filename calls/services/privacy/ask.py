"""A person asks what is kept of them, or has it erased: the row comes first, and a job does it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls.models import PhoneNumber, PrivacyRequest
from calls.services.privacy.certificates import subject_of
from contacts.models import Contact
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import PRIVACY_ROLE, require_role
from tether_calls.accounts.services.turns import take_turns
from tether_calls.background.wake import wake
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import canonical, is_hidden, spellings
from tether_calls.common.statements import after_commit

# Until when a person must have an answer: a month (GDPR, article 12, 3), thirty days (PIPEDA, principle 4.9.4).
DUE: Final = timedelta(days=30)
MAX_UNFINISHED: Final = 100


def ask(
    *, user: User, organization_id: str, kind: str, phone_number: str | None = None, contact_id: str | None = None
) -> PrivacyRequest:
    """Have a person of the organization found, exported or erased, known by a number or as a contact.

    Raises FORBIDDEN, CONTACT_NOT_FOUND, TOO_MANY_PRIVACY_REQUESTS, and VALIDATION_ERROR for what is no person's number.
    """
    require_role(user, PRIVACY_ROLE)
    if contact_id is not None:
        contacts = Contact.objects.of_organization(organization_id)
        number = contacts.get_or_refuse(ErrorCode.CONTACT_NOT_FOUND, pk=contact_id).phone_number
        field = "contactId"
    else:
        number, field = canonical(phone_number or "") or "", "phoneNumber"
    if not number:
        raise TetherError.of_field(field, "Not a telephone number in E.164, such as +14165550199")
    if is_hidden(number):
        raise TetherError.of_field(field, "All callers who do not show a number, and no person")
    if PhoneNumber.objects.of_organization(organization_id).filter(phone_number__in=spellings(number)).exists():
        # It is in whatever was kept of anybody's calls.
        raise TetherError.of_field(field, "A number of your organization, and no person's")
    return add_request(
        organization_id=organization_id, kind=kind, phone_number=number, contact_id=contact_id, user=user
    )


@transaction.atomic
def add_request(
    *,
    organization_id: str,
    kind: str,
    phone_number: str,
    contact_id: str | None = None,
    user: User | None = None,
    before: datetime | None = None,
) -> PrivacyRequest:
    """Add a privacy request and wake the job; without a number the request is about the contact alone.

    Raises TOO_MANY_PRIVACY_REQUESTS, where a user asks.
    """
    take_turns(organization_id)
    requests = PrivacyRequest.objects.of_organization(organization_id)
    if user is not None and requests.filter(state__in=PrivacyRequest.UNFINISHED).count() >= MAX_UNFINISHED:
        raise TetherError(ErrorCode.TOO_MANY_PRIVACY_REQUESTS)
    now = timezone.now()
    request = PrivacyRequest(
        organization_id=organization_id,
        kind=kind,
        phone_number=phone_number,
        contact_id=contact_id,
        subject=subject_of(organization_id, phone_number or contact_id or ""),
        shown=f"…{phone_number[-2:]}",
        before=before,
        requested_by=user,
        created_at=now,
        due_at=now + DUE,
        next_turn_at=now,
    )
    request.save(force_insert=True)
    after_commit(_wake_jobs)
    return request


def _wake_jobs() -> None:
    for name in settings.TETHER_JOBS_WOKEN_BY_PRIVACY:
        wake(name)
