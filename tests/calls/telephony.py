"""Accounts with providers, numbers, and calls that go over them."""

from __future__ import annotations

from typing import Any

from calls.models import Call, PhoneNumber, VoiceAccount
from tests.factories import make_call
from tether_calls.accounts.models import User


def make_account(user: User, provider: str, /, **fields: Any) -> VoiceAccount:
    """The organization's active account with a provider."""
    return VoiceAccount.objects.create(
        **{"organization": user.organization, "provider": provider, "is_active": True, **fields}
    )


def make_number(user: User, provider: str, phone_number: str, /, **fields: Any) -> PhoneNumber:
    """The number that the user calls from."""
    defaults: dict[str, Any] = {"organization": user.organization, "user": user, "is_default": True}
    return PhoneNumber.objects.create(**{**defaults, "provider": provider, "phone_number": phone_number, **fields})


def make_dialled(user: User, provider: str, to_number: str, /, **fields: Any) -> Call:
    """A call that is being dialled: its provider has told nothing yet."""
    defaults: dict[str, Any] = {"status": "initiated", "to_number": to_number, "duration": None}
    return make_call(user, **{**defaults, "provider": provider, **fields})
