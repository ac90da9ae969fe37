"""What needs somebody: how many rows there are of each kind of trouble, in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from calls.models import Call, Delivery, DeliveryState, PhoneNumber, Prompt, VoiceAccount, WebhookSubscription
from calls.outcomes import EndReason
from calls.selectors.counting.sources import compiled
from calls.selectors.webhooks_out.subscriptions import FAILING, GIVEN_UP
from tether_calls.accounts.models import ApiKey, Organization, Wallet
from tether_calls.accounts.selectors import about_to_expire, running_low
from tether_calls.common.sight import Sight

# More of one kind are `99+`.
MOST = 99
# As far back as calls are looked through that a provider has lost.
LOST_WITHIN = timedelta(days=7)

Rows = QuerySet[Any, Any]


class Trouble(StrEnum):
    """A kind of trouble; its rows are those of a list of the admin, with a filter of the same meaning."""

    DELIVERIES_FAILED = "deliveries_failed"
    DELIVERIES_INVALID = "deliveries_invalid"
    WEBHOOKS_FAILING = "webhooks_failing"
    WEBHOOKS_GIVEN_UP = "webhooks_given_up"
    WALLETS_LOW = "wallets_low"
    CALLS_UNHEARD_OF = "calls_unheard_of"
    CALLS_UNKNOWN = "calls_unknown"
    KEYS_EXPIRING = "keys_expiring"


_OF_WHO_SEES_ALL = frozenset(
    {Trouble.DELIVERIES_FAILED, Trouble.DELIVERIES_INVALID, Trouble.WEBHOOKS_FAILING, Trouble.WEBHOOKS_GIVEN_UP}
)


def troubles(*, organization_id: str | None, lost_since: datetime, sight: Sight | None) -> Mapping[Trouble, int]:
    """How many rows there are of each kind, MOST + 1 at most; calls that began before `lost_since` do not count.

    Who does not see all calls is told of no deliveries and webhooks, whose lists are closed as well. One statement.
    """
    now = timezone.now()
    kinds: dict[Trouble, Rows] = {
        Trouble.DELIVERIES_FAILED: _rows(Delivery, organization_id).filter(state=DeliveryState.FAILED),
        Trouble.DELIVERIES_INVALID: _rows(Delivery, organization_id).filter(state=DeliveryState.INVALID),
        Trouble.WEBHOOKS_FAILING: _rows(WebhookSubscription, organization_id).filter(FAILING),
        Trouble.WEBHOOKS_GIVEN_UP: _rows(WebhookSubscription, organization_id).filter(GIVEN_UP),
        Trouble.WALLETS_LOW: _rows(Wallet, organization_id).filter(running_low()),
        Trouble.CALLS_UNHEARD_OF: _lost(organization_id, EndReason.UNHEARD_OF, lost_since, sight),
        Trouble.CALLS_UNKNOWN: _lost(organization_id, EndReason.UNKNOWN_AT_PROVIDER, lost_since, sight),
        Trouble.KEYS_EXPIRING: _rows(ApiKey, organization_id).filter(about_to_expire(now)),
    }
    if sight is not None:
        kinds = {kind: rows for kind, rows in kinds.items() if kind not in _OF_WHO_SEES_ALL}
    parts: list[str] = []
    params: list[Any] = []
    for kind, rows in kinds.items():
        sql, values = compiled(rows.order_by().values_list("pk")[: MOST + 1])
        parts.append(f"SELECT '{kind}' AS kind, COUNT(*) AS found FROM ({sql}) {kind}")  # noqa: S608
        params += values
    # wall: each part is confined above
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return {Trouble(kind): found for kind, found in cursor.fetchall() if found}


@dataclass(frozen=True)
class Begun:
    """What a new organization has done already."""

    has_calls: bool
    has_key: bool
    has_account: bool
    has_agent: bool
    has_number: bool


def begun(*, organization_id: str) -> Begun:
    """One statement."""
    models: Mapping[str, Any] = {
        "has_calls": Call,
        "has_key": ApiKey,
        "has_account": VoiceAccount,
        "has_agent": Prompt,
        "has_number": PhoneNumber,
    }
    there = {name: Exists(model.objects.of_organization(OuterRef("pk"))) for name, model in models.items()}
    row = Organization.objects.filter(pk=organization_id).annotate(**there).values(*there).first()
    return Begun(**(row or dict.fromkeys(there, False)))


def _lost(organization_id: str | None, reason: EndReason, since: datetime, sight: Sight | None) -> Rows:
    lost = _rows(Call, organization_id).filter(end_reason=reason, start_time__gte=since)
    return lost if sight is None else lost.filter(sight.of_calls())


def _rows(model: Any, organization_id: str | None) -> Rows:
    if organization_id is not None:
        rows: Rows = model.objects.of_organization(organization_id)
        return rows
    if model is Call:
        # One organization after the other: the indexes begin with it.
        # wall: of all organizations
        calls: Rows = Call.objects.filter(organization_id__in=Organization.objects.order_by().values("pk"))
        return calls
    # wall: of all organizations
    everybody: Rows = model.objects.all()
    return everybody
