"""What providers have of calls: deleted by their APIs where they have one for it, else named as to be deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q

from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.registry import provider_of, providers
from calls.selectors.voice_accounts.accounts import account_with, credentials_in

# Calls whose copies are deleted before that is written down.
_AT_ONCE: Final = 20
# Ids that a certificate names; of more, the count says how many.
_NAMED: Final = 50

COPIES: Final = {provider.name: f"What {provider.label} has" for provider in providers() if provider.reports_calls}


@dataclass
class Copies:
    """Of some calls: how many have a copy, how many were deleted, how many stay, and why. `last`: the last call."""

    last: str
    found: int = 0
    done: int = 0
    kept: int = 0
    why: list[str] = field(default_factory=list)


def erase_copies(
    name: str,
    *,
    organization_id: str,
    calls: Any,
    after: str,
    held: Callable[[str], bool],
    is_last_try: bool,
) -> Copies | None:
    """Delete what a provider has of the next calls; None: there are no more. Network: no transaction may be open.

    Raises ProviderError where the provider could not be asked, unless it is the last try: then it is to be done there.
    """
    provider = provider_of(name)
    mine = Q(provider=name, provider_call_id__isnull=False)
    if provider.holds_conversations:
        mine |= Q(ai_conversation_id__isnull=False)
    rows = list(
        calls.filter(mine, pk__gt=after)
        .order_by("pk")
        .values_list("pk", "provider", "provider_call_id", "ai_conversation_id")[:_AT_ONCE]
    )
    if not rows:
        return None
    account = account_with(organization_id, name)
    outcome = Copies(last=rows[-1][0], found=len(rows))
    left: list[str] = []
    for call_id, carrier, provider_call_id, conversation_id in rows:
        there = provider_call_id if carrier == name else conversation_id
        if held(call_id):
            outcome.kept += 1
            outcome.why = ["A legal hold is placed."]
            continue
        try:
            if account is None:
                raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=name)
            provider.erase_call(credentials_in(account, provider), there)
            outcome.done += 1
        except ProviderError as error:
            if error.problem not in _FINAL and not is_last_try:
                raise
            left.append(there)
    if left:
        outcome.kept += len(left)
        outcome.why.append(f"To be deleted at {provider.label}: {', '.join(left[:_NAMED])}.")
    return outcome


# Which another try does not change.
_FINAL: Final = frozenset({ProviderProblem.NOT_SUPPORTED, ProviderProblem.NOT_CONFIGURED, ProviderProblem.UNAUTHORIZED})
