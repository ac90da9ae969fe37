"""Several calls are locked in the order in which what is told of one of them locks what hangs together with it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, Q, QuerySet

from calls.models import Call, Delivery, Transfer
from calls.providers.registry import providers


def in_lock_order(calls: Any) -> Any:
    """Callers' calls before the calls of agents that handed them over, and calls that are alike by their ids."""
    return calls.order_by(F("transferred_from").asc(nulls_last=True), "pk")


def deliveries_of(organization_id: str, call_ids: Collection[str]) -> QuerySet[Delivery]:
    """Providers' requests about some calls, those too that were not, or not yet, processed. One statement."""
    calls = Call.objects.of_organization(organization_id).filter(pk__in=call_ids)
    names = {name for row in calls.values_list("provider_call_id", "ai_conversation_id") for name in row if name}
    named = Q(provider__in=[provider.name for provider in providers()], provider_call_id__in=names)
    return Delivery.objects.of_organization(organization_id).filter(Q(call__in=call_ids) | named)


def lock_calls_with_all(organization_id: str, call_ids: Collection[str]) -> list[Call]:
    """Calls of an organization that are there, locked with what is changed or deleted together with them.

    A provider's request is locked before its call, as where it is processed; then the caller's call, the transfer and
    the agent's call, as where a caller is handed over: so nobody waits for somebody who waits for them. Five
    statements.
    """
    deliveries = deliveries_of(organization_id, call_ids).order_by("pk")
    list(deliveries.select_for_update(of=("self",)).values_list("pk", flat=True))
    calls = Call.objects.of_organization(organization_id).filter(pk__in=call_ids)
    locked = calls.select_for_update(of=("self",))
    transfers = Transfer.objects.of_organization(organization_id)
    # Also of an agent's call that is not known yet.
    arrived = Q(pk__in=transfers.filter(leg__in=call_ids).order_by().values("leg"))
    legs = list(in_lock_order(locked.filter(arrived | Q(transferred_from__isnull=False))))
    of_calls = transfers.filter(Q(call__in=call_ids) | Q(leg__in=call_ids)).order_by("pk")
    list(of_calls.select_for_update(of=("self",)).values_list("pk", flat=True))
    others = list(locked.exclude(pk__in=[leg.pk for leg in legs]).order_by("pk"))
    return sorted([*legs, *others], key=lambda call: call.pk)
