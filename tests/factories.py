"""Rows for tests, with what a test does not care about filled in."""

from __future__ import annotations

import base64
import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone

from calls.models import Call, CallStatus, Prompt
from contacts.models import Contact, DoNotCallNumber, Reminder
from conversations.models import Conversation, Message
from tether_calls.accounts.models import AccessRole, Organization, User, Wallet
from tether_calls.accounts.wallet import adjust, open_wallet

FIXTURES = Path(__file__).parent / "fixtures"
PASSWORD = "correct horse battery staple"
# Well formed and of nothing. A new one would give a test another name in each worker.
UNKNOWN_ID = "5f0000000000000000000000"

_numbers = itertools.count(1)


def _line() -> int:
    """The end of a telephone number: none that a test names itself, however many tests came before."""
    return 2000 + next(_numbers) % 4000


def make_organization(**fields: Any) -> Organization:
    """One that does not ask the platform's staff why: tests/accounts/test_staff_reasons.py has those that do."""
    defaults = {"name": f"Organization {next(_numbers)}", "requires_staff_reason": False}
    return Organization.objects.create(**{**defaults, **fields})


def make_user(**fields: Any) -> User:
    defaults: dict[str, Any] = {
        "email": f"user{next(_numbers)}@example.com",
        "full_name": "Robin Example",
        "access_role": AccessRole.ADMIN,
        "password": PASSWORD,
    }
    if "organization" not in fields:
        defaults["organization"] = make_organization()
    return User.objects.create_user(**{**defaults, **fields})


def make_prepaid(organization: Organization, balance: str = "0") -> Wallet:
    """The organization pays beforehand, and has so much left."""
    organization.is_prepaid = True
    organization.save()
    wallet = open_wallet(organization_id=organization.pk)
    if Decimal(balance):
        adjust(organization_id=organization.pk, amount=Decimal(balance), note="What was left", made_by=None)
        wallet.refresh_from_db()
    return wallet


def make_contact(organization: Organization, **fields: Any) -> Contact:
    return Contact.objects.create(
        **{"organization": organization, "phone_number": f"+1416555{_line()}", "first_name": "Kim", **fields}
    )


def make_do_not_call(organization: Organization, **fields: Any) -> DoNotCallNumber:
    number = f"+1613555{_line()}"
    return DoNotCallNumber.objects.create(
        **{"organization": organization, "phone_number": number, "source": "admin", **fields}
    )


def make_reminder(user: User, contact: Contact, **fields: Any) -> Reminder:
    """One of the user's that is to come in an hour."""
    defaults: dict[str, Any] = {"note": "Ask about the offer", "reminder_date": timezone.now() + timedelta(hours=1)}
    return Reminder.objects.create(
        **{"organization": contact.organization, "user": user, "contact": contact, **defaults, **fields}
    )


def make_conversation(contact: Contact, **fields: Any) -> Conversation:
    return Conversation.objects.create(
        **{
            "organization": contact.organization,
            "contact": contact,
            "channel_identifier": "+14165550100",
            **fields,
        }
    )


def make_message(conversation: Conversation, **fields: Any) -> Message:
    return Message.objects.create(
        **{
            "organization_id": conversation.organization_id,
            "conversation": conversation,
            "contact_id": conversation.contact_id,
            "content": "Confirmed appointment.",
            "direction": "outbound",
            **fields,
        }
    )


def make_call(user: User, /, **fields: Any) -> Call:
    """A completed outbound call of one minute; the newer, the later it is made."""
    start = datetime(2026, 5, 15, 9, tzinfo=UTC) + timedelta(minutes=next(_numbers))
    defaults: dict[str, Any] = {
        "organization": user.organization,
        "user": user,
        "provider": "external",
        "direction": "outbound",
        "status": CallStatus.COMPLETED,
        "from_number": "+14165550100",
        "to_number": "+14165550199",
        "provider_phone_number": "+14165550100",
        "start_time": start,
        "duration": 60.0,
    }
    return Call.objects.create(**{**defaults, **fields})


def make_prompt(organization: Organization, **fields: Any) -> Prompt:
    return Prompt.objects.create(**{"organization": organization, "name": "Alex", "voice_enabled": True, **fields})


@cache
def mp3_bytes() -> bytes:
    """A short real MP3."""
    return (FIXTURES / "audio" / "call-8khz-mono.mp3").read_bytes()


def ingest_body(**fields: Any) -> dict[str, Any]:
    """The seed's example of a completed call, with a real recording; fields given as None are left out."""
    body: dict[str, Any] = {
        "direction": "outbound",
        "fromNumber": "+14165550100",
        "toNumber": "+14165550199",
        "duration": 154,
        "status": "completed",
        "transcript": [
            {"role": "agent", "message": "Hi, this is Alex from Example Corp.", "timestamp": 0.5},
            {"role": "user", "message": "Hey Alex.", "timestamp": 2.8},
        ],
        "summary": "Confirmed appointment for Friday at 2pm.",
        "recording": base64.b64encode(mp3_bytes()).decode(),
        "externalCallId": f"vendor-call-{next(_numbers)}",
        "agentName": "Alex (Example Agent)",
        "callStartTime": "2026-05-15T09:10:00.000Z",
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def missed_call_body(**fields: Any) -> dict[str, Any]:
    """A call that nobody answered: only what every call must have."""
    body: dict[str, Any] = {
        "direction": "inbound",
        "fromNumber": "+14165550199",
        "toNumber": "+14165550100",
        "duration": 0,
        "status": "no-answer",
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}
