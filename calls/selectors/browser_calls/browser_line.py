"""Which carrier a user's browser calls with, and from which number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from calls.models import PhoneNumber, VoiceAccount
from calls.providers.registry import carriers, default_carrier
from tether_calls.accounts.models import Organization, User


@dataclass(frozen=True, kw_only=True)
class BrowserLine:
    """`phone_number` is empty where neither the user nor the organization has one with this carrier.

    `is_chosen` is False where the organization has no active carrier: `carrier` is then the one under whose name a
    browser's call is recorded, since it takes place anyway.
    """

    carrier: str
    phone_number: str
    is_chosen: bool


def browser_line(user: User, *, carrier: str | None = None) -> BrowserLine:
    """With `carrier`, or else the active one: the user's default number there, else the organization's. One statement.

    This is the only answer to the question: what a browser shows, what its token carries, what is recorded, and what
    a carrier is asked to display.
    """
    accounts: QuerySet[VoiceAccount, Any] = VoiceAccount.objects.of_organization(user.home_id).order_by()
    wanted = (
        accounts.filter(is_active=True, provider__in=carriers())
        if carrier is None
        else accounts.filter(provider=carrier)
    )
    fallback = carrier or default_carrier()
    own: QuerySet[PhoneNumber, Any] = PhoneNumber.objects.of_organization(user.home_id).order_by()
    found = (
        Organization.objects.filter(pk=user.home_id)
        .annotate(
            chosen=Subquery(wanted.values("provider")[:1]),
            carrier=Coalesce("chosen", Value(fallback)),
            number=Subquery(wanted.values("phone_number")[:1]),
            number_of_user=Subquery(
                own.filter(user=user, provider=OuterRef("carrier"), is_default=True).values("phone_number")[:1]
            ),
        )
        .values("chosen", "carrier", "number", "number_of_user")
        .get()
    )
    return BrowserLine(
        carrier=found["carrier"],
        phone_number=found["number_of_user"] or found["number"] or "",
        is_chosen=found["chosen"] is not None,
    )
