"""Which provider a user's browser calls with, and from which number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from calls.models import PhoneNumber, VoiceAccount
from calls.providers.registry import carriers, default_carrier
from tether_calls.accounts.models import Organization, User


@dataclass(frozen=True)
class BrowserLine:
    """`phone_number` is empty where neither the user nor the organization has one."""

    provider: str
    phone_number: str


def browser_line(user: User) -> BrowserLine:
    """The active carrier, else the default one, and the user's default number there, else the organization's.

    One statement.
    """
    active = VoiceAccount.objects.filter(
        organization=OuterRef("pk"), is_active=True, provider__in=carriers()
    ).order_by()
    own: QuerySet[PhoneNumber, Any] = PhoneNumber.objects.filter(
        organization=OuterRef("pk"), user=user, provider=OuterRef("carrier"), is_default=True
    )
    carrier, of_organization, of_user = (
        Organization.objects.filter(pk=user.home_id)
        .annotate(
            carrier=Coalesce(Subquery(active.values("provider")[:1]), Value(default_carrier())),
            number=Subquery(active.values("phone_number")[:1]),
            number_of_user=Subquery(own.order_by().values("phone_number")[:1]),
        )
        .values_list("carrier", "number", "number_of_user")
        .get()
    )
    return BrowserLine(provider=carrier, phone_number=of_user or of_organization or "")
