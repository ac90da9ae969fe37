"""The part of the start page that a new organization sees before its first call."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from calls.admin.desk.scope import Scope
from calls.selectors.desk.attention import begun


@dataclass(frozen=True)
class Step:
    text: str
    is_done: bool
    address: str
    link: str


def first_steps(scope: Scope) -> list[Step]:
    """What to do first, where there is no call at all; none where there are only none of late."""
    if scope.organization_id is None:
        return []
    done = begun(organization_id=scope.organization_id)
    if done.has_calls:
        return []

    def add(model: str) -> str:
        return reverse(f"admin:{model.replace('.', '_')}_add")

    return [
        Step(
            "Let a vendor's or partner's system push its calls: give it an API key.",
            done.has_key,
            add("accounts.apikey"),
            "Add an API key",
        ),
        Step(
            "Call from browsers, or have agents call: enter the account at a provider.",
            done.has_account,
            add("calls.voiceaccount"),
            "Add a voice account",
        ),
        Step("Say which agents there are.", done.has_agent, add("calls.prompt"), "Add an agent"),
        Step(
            "Say under which numbers you are called, and call.",
            done.has_number,
            add("calls.phonenumber"),
            "Add a number",
        ),
    ]
