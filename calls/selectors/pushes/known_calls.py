"""Which pushed calls are there already, and what is kept of new ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Value

from calls.models import Call, RetentionRule, StorageMode
from calls.models.live_call import AWAITING


@dataclass(frozen=True)
class KnownCall:
    """`is_live`: it was pushed while it went on, and its final push takes it over."""

    call_id: str
    is_live: bool = False


@dataclass(frozen=True)
class KnownCalls:
    """By the vendor's identifier; and what is kept of those that are not there yet."""

    calls: dict[str, KnownCall]
    storage_mode: str


def known_calls(*, organization_id: str, user_id: str, external_call_ids: Collection[str]) -> KnownCalls:
    """A user's calls in the organization, and what it keeps of calls of no agent of its own. One statement."""
    calls = Call.objects.of_organization(organization_id).filter(
        user_id=user_id, external_call_id__in=external_call_ids
    )
    rules = RetentionRule.objects.of_organization(organization_id).filter(agent=None)
    # The rule is the row without a call.
    rule = rules.order_by().values_list("storage_mode", Value(""), Value(""))
    rows = calls.order_by().values_list("external_call_id", "pk", "live__state").union(rule, all=True)
    known: dict[str, KnownCall] = {}
    mode: str = StorageMode.EVERYTHING
    for name, call_id, state in rows if external_call_ids else rule:
        if call_id:
            known[str(name)] = KnownCall(call_id, state in AWAITING)
        else:
            mode = str(name)
    return KnownCalls(known, mode)
