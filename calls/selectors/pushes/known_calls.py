"""Which pushed calls are there already."""

from __future__ import annotations

from collections.abc import Collection

from calls.models import Call


def known_calls(*, organization_id: str, user_id: str, external_call_ids: Collection[str]) -> dict[str, str]:
    """A user's calls in the organization, by the vendor's identifier: ids. One statement, none for no identifier."""
    if not external_call_ids:
        return {}
    calls = Call.objects.of_organization(organization_id).filter(
        user_id=user_id, external_call_id__in=external_call_ids
    )
    return {str(name): call_id for name, call_id in calls.values_list("external_call_id", "pk")}
