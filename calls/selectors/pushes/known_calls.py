"""Which pushed calls are there already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from calls.models import Call
from calls.models.live_call import AWAITING


@dataclass(frozen=True)
class KnownCall:
    """`is_live`: it was pushed while it went on, and its final push takes it over."""

    call_id: str
    is_live: bool = False


def known_calls(*, organization_id: str, user_id: str, external_call_ids: Collection[str]) -> dict[str, KnownCall]:
    """A user's calls in the organization, by the vendor's identifier. One statement, none for no identifier."""
    if not external_call_ids:
        return {}
    calls = Call.objects.of_organization(organization_id).filter(
        user_id=user_id, external_call_id__in=external_call_ids
    )
    rows = calls.values_list("external_call_id", "pk", "live__state")
    return {str(name): KnownCall(call_id, state in AWAITING) for name, call_id, state in rows}
