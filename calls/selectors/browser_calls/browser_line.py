"""Which provider a user's browser calls with, and from which number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from calls.models import CallProvider, PhoneNumber, VoiceAccount
from tether_calls.accounts.models import Organization, User


@dataclass(frozen=True)
class BrowserLine:
    """`phone_number` is empty where neither the user nor the organization has one."""

    provider: str
    phone_number: str


def browser_line(user: User) -> BrowserLine:
    """The active provider (Sinch where there is none) and the user's default number there, else the organization's.

    One statement.
    """
    active = VoiceAccount.objects.filter(
        organization=OuterRef("pk"), is_active=True, provider__in=(CallProvider.TWILIO, CallProvider.SINCH)
    ).order_by()
    provider, of_organization, with_twilio, with_sinch = (
        Organization.objects.filter(pk=user.home_id)
        .annotate(
            active_provider=Subquery(active.values("provider")[:1]),
            own_number=Subquery(active.values("phone_number")[:1]),
            twilio_default=_default_number(user, CallProvider.TWILIO),
            sinch_default=_default_number(user, CallProvider.SINCH),
        )
        .values_list("active_provider", "own_number", "twilio_default", "sinch_default")
        .get()
    )
    of_user = with_twilio if provider == CallProvider.TWILIO else with_sinch
    return BrowserLine(provider=provider or CallProvider.SINCH, phone_number=of_user or of_organization or "")


def _default_number(user: User, provider: str) -> Subquery:
    numbers: QuerySet[PhoneNumber, Any] = PhoneNumber.objects.filter(
        organization=OuterRef("pk"), user=user, provider=provider, is_default=True
    )
    return Subquery(numbers.order_by().values("phone_number")[:1])
