"""What the last call with somebody was about, for the agent that speaks with them next."""

from __future__ import annotations

from typing import Final

from calls.models import Call

# A spoken turn waits for it, and all of it goes to the model.
_LONGEST: Final = 1_000
# Calls that are looked through for one with a summary.
_LATEST: Final = 20


def last_summary(*, organization_id: str, contact_id: str) -> str:
    """Empty where none of their latest calls has one. One statement, by the index of a contact's history."""
    calls = Call.objects.of_organization(organization_id).filter(contact_id=contact_id)
    summaries = calls.order_by("-start_time", "-pk").values_list("ai_summary", flat=True)[:_LATEST]
    return next((summary[:_LONGEST] for summary in summaries if summary), "")
