"""What providers have of calls and texts: deleted by their APIs where these can, else named as to be deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.db.models import Q

from calls.providers.base import Provider
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.registry import provider_of, providers
from calls.selectors.voice_accounts.accounts import account_with, credentials_in

# Calls or texts whose copies are deleted before that is written down.
_AT_ONCE: Final = 20


@dataclass(frozen=True, kw_only=True)
class CopyPlace:
    """What one provider has; `of` is the place whose rows tell of it."""

    name: str
    title: str
    provider: str
    of: Literal["calls", "messages"]


_OF_CALLS: Final = tuple(
    CopyPlace(name=f"copy:{provider.name}", title=f"What {provider.label} has", provider=provider.name, of="calls")
    for provider in providers()
    if provider.reports_calls
)
_OF_TEXTS: Final = tuple(
    CopyPlace(
        name=f"textCopy:{provider.name}", title=f"Texts at {provider.label}", provider=provider.name, of="messages"
    )
    for provider in providers()
    if provider.can("send_text")
)
COPIES: Final = (*_OF_CALLS, *_OF_TEXTS)


@dataclass
class Copies:
    """Of some rows: how many copies were deleted, how many stay there, and why; how many are held.

    `seen_to` are the rows of the former two, `last` is the last row of all.
    """

    last: str
    done: int = 0
    kept: int = 0
    held: int = 0
    why: list[str] = field(default_factory=list)
    seen_to: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Copy:
    row: str
    call_id: str | None
    # The provider's id of it.
    there: str


def erase_copies(
    place: CopyPlace,
    *,
    organization_id: str,
    rows: Any,
    after: str,
    held: Callable[[str | None], bool],
    is_last_try: bool,
) -> Copies | None:
    """Delete what a provider has of the next rows; None: there are no more. Network: no transaction may be open.

    `held`: whether a legal hold covers the call that a row is of. Copies that are left there are named, as their rows
    go. Raises ProviderError where the provider could not be asked, unless it is the last try: then the copy is left.
    """
    provider = provider_of(place.provider)
    copies = _READ[place.of](provider, rows.filter(pk__gt=after).order_by("pk"))
    if not copies:
        return None
    account = account_with(organization_id, provider.name)
    outcome = Copies(last=copies[-1].row)
    left: list[str] = []
    for copy in copies:
        if held(copy.call_id):
            outcome.held += 1
            outcome.why = ["A legal hold is placed."]
            continue
        try:
            if account is None:
                raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=provider.name)
            erase = provider.erase_call if place.of == "calls" else provider.erase_text
            erase(credentials_in(account, provider), copy.there)
            outcome.done += 1
        except ProviderError as error:
            if error.problem not in _FINAL and not is_last_try:
                raise
            left.append(copy.there)
        outcome.seen_to.append(copy.row)
    if left:
        outcome.kept += len(left)
        outcome.why.append(f"To be deleted at {provider.label}: {', '.join(left)}.")
    return outcome


def _calls(provider: Provider[Any], calls: Any) -> list[_Copy]:
    mine = Q(provider=provider.name, provider_call_id__isnull=False)
    if provider.holds_conversations:
        mine |= Q(ai_conversation_id__isnull=False)
    rows = calls.filter(mine).values_list("pk", "provider", "provider_call_id", "ai_conversation_id")[:_AT_ONCE]
    return [
        _Copy(row=pk, call_id=pk, there=provider_call_id if carrier == provider.name else conversation_id)
        for pk, carrier, provider_call_id, conversation_id in rows
    ]


def _texts(provider: Provider[Any], messages: Any) -> list[_Copy]:
    """Those that the carrier has taken, or has brought."""
    rows = messages.filter(provider=provider.name).exclude(provider_message_id="")
    return [
        _Copy(row=pk, call_id=call_id, there=there)
        for pk, call_id, there in rows.values_list("pk", "call_id", "provider_message_id")[:_AT_ONCE]
    ]


_READ: Final = {"calls": _calls, "messages": _texts}

# Which another try does not change.
_FINAL: Final = frozenset({ProviderProblem.NOT_SUPPORTED, ProviderProblem.NOT_CONFIGURED, ProviderProblem.UNAUTHORIZED})
