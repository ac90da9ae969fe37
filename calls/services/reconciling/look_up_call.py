"""What a call's provider knows of it by now. Network: never within a transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from calls.models import Call
from calls.providers.base import Provider
from calls.providers.call_state import LookUp
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.http import DEFAULT_LIMITS
from calls.providers.registry import agents_provider, provider_of
from calls.redaction.reports import redacted_report
from calls.selectors.voice_accounts.accounts import account_with, credentials_in
from calls.services.lifecycle.call_in_question import call_in_question

# Background: long time-outs, though not so long that the calls behind this one wait for ever.
_LIMITS: Final = replace(DEFAULT_LIMITS, read_seconds=15, total_seconds=30)


def look_up_call(call: Call) -> LookUp:
    """Ask the provider of a call, with the organization's credentials. Raises ProviderError.

    What the organization does not keep is redacted in the answer.

    A call that its provider has not named can be found only where our own id travels along.
    """
    return _look_up(call, provider_of(call.provider), call.provider_call_id)


def look_up_conversation(call: Call) -> LookUp:
    """Ask the agents' provider for a call's conversation, also where a carrier has the call. Raises ProviderError."""
    provider = agents_provider()
    is_own = call.provider == provider.name
    return _look_up(call, provider, call.provider_call_id if is_own else call.ai_conversation_id)


def _look_up(call: Call, provider: Provider[Any], provider_call_id: str | None) -> LookUp:
    account = account_with(call.organization_id, provider.name)
    if account is None:
        raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=provider.name)
    credentials = credentials_in(account, provider)
    found = provider.look_up(credentials, call_in_question(call, provider_call_id), limits=_LIMITS)
    if found.report is None:
        return found
    return replace(found, report=redacted_report(found.report, account.organization.redacts))
