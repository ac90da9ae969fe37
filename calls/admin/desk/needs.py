"""The part of the start page that lists troubles, each with a link to its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from calls.admin.desk.jobs import jobs_standing_still
from calls.admin.desk.scope import Scope, list_in
from calls.outcomes import EndReason
from calls.selectors.desk.attention import LOST_WITHIN, MOST, Trouble, troubles
from tether_calls.common.days import begin_of_day, day_of


@dataclass(frozen=True)
class Need:
    """A kind of trouble that a person has to look at, and the list that shows exactly its rows."""

    icon: str
    count: str
    text: str
    address: str
    is_serious: bool


@dataclass(frozen=True)
class _Kind:
    """How a kind of trouble is told: of one, of several; its list, the list's filter."""

    icon: str
    one: str
    several: str
    model: str
    query: dict[str, str]
    is_serious: bool = True
    by: str = "organization"


_KINDS: dict[Trouble, _Kind] = {
    Trouble.DELIVERIES_FAILED: _Kind(
        "move_to_inbox",
        "delivery of a provider has failed and is tried again",
        "deliveries of providers have failed and are tried again",
        "calls.delivery",
        {"state__exact": "failed"},
        is_serious=False,
    ),
    Trouble.DELIVERIES_INVALID: _Kind(
        "move_to_inbox",
        "delivery of a provider cannot be applied",
        "deliveries of providers cannot be applied",
        "calls.delivery",
        {"state__exact": "invalid"},
    ),
    Trouble.WEBHOOKS_FAILING: _Kind(
        "webhook",
        "webhook does not arrive",
        "webhooks do not arrive",
        "calls.webhooksubscription",
        {"state": "failing"},
        is_serious=False,
    ),
    Trouble.WEBHOOKS_GIVEN_UP: _Kind(
        "webhook",
        "webhook was disabled after a day of failures",
        "webhooks were disabled after a day of failures",
        "calls.webhooksubscription",
        {"state": "given_up"},
    ),
    Trouble.WALLETS_LOW: _Kind(
        "account_balance_wallet",
        "wallet runs low",
        "wallets run low",
        "accounts.wallet",
        {"balance": "low"},
    ),
    Trouble.CALLS_UNHEARD_OF: _Kind(
        "phone_missed",
        "call of the last week that nobody heard of again",
        "calls of the last week that nobody heard of again",
        "calls.call",
        {"end_reason__exact": EndReason.UNHEARD_OF},
    ),
    Trouble.CALLS_UNKNOWN: _Kind(
        "phone_missed",
        "call of the last week that its provider does not know",
        "calls of the last week that their providers do not know",
        "calls.call",
        {"end_reason__exact": EndReason.UNKNOWN_AT_PROVIDER},
    ),
    Trouble.KEYS_EXPIRING: _Kind(
        "key",
        "API key expires within two weeks",
        "API keys expire within two weeks",
        "accounts.apikey",
        {"state": "expiring"},
        is_serious=False,
        by="user__organization",
    ),
}


def needs_of(request: HttpRequest, scope: Scope, now: datetime) -> list[Need]:
    """The troubles of the organization, or of all, the serious ones first. Statements: those of `troubles`."""
    # The list's filter takes days, by the reader's clock.
    reading_zone = timezone.get_current_timezone()
    first = day_of(now - LOST_WITHIN, reading_zone)
    lost_since = begin_of_day(first, reading_zone)
    found = troubles(organization_id=scope.organization_id, lost_since=lost_since, sight=scope.sight)
    needs = [_need(scope, _KINDS[kind], count, first) for kind, count in found.items()]
    user: Any = request.user
    if user.is_superuser and (text := jobs_standing_still()) is not None:
        needs.append(Need("hourglass_disabled", "", text, reverse("jobs"), is_serious=True))
    return sorted(needs, key=lambda need: not need.is_serious)


def _need(scope: Scope, kind: _Kind, count: int, first: date) -> Need:
    query = {**kind.query, **({"start_time_from": first.isoformat()} if kind.model == "calls.call" else {})}
    return Need(
        icon=kind.icon,
        count=str(count) if count <= MOST else f"{MOST}+",
        text=kind.one if count == 1 else kind.several,
        address=list_in(scope, kind.model, query, kind.by),
        is_serious=kind.is_serious,
    )
