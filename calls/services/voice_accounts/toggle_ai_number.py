"""Let an agent answer, and dial from, a number; or no longer.

The provider is asked first and outside of any transaction, and the row is written only when it has agreed. What breaks
in between is put right by asking again: a number that the provider has forgotten is imported anew, or is gone already,
and one whose import was never answered is taken over. Of several who change a number at once, one does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from calls.models import PhoneNumber, Prompt
from calls.providers.dialling import NumberToAnswer, SipTrunk
from calls.providers.errors import ProviderError
from calls.providers.registry import agents_provider, provider_of, trunk_carriers
from calls.selectors.voice_accounts.accounts import account_with, values_in
from calls.selectors.voice_accounts.agents_account import agents_account, refusal_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.locks import CacheLock
from tether_calls.common.phone import spellings

logger = logging.getLogger(__name__)

# Four requests of at most a minute, and some; what a killed process leaves is gone after that.
_LONGEST_SECONDS = 300


def enable_ai_number(
    *, organization_id: str, phone_number: str, agent_id: str | None, user_id: str | None = None
) -> PhoneNumber:
    """Make the number known to the agents' provider, have the agent answer it there, and save both.

    Without `agent_id` the number keeps its agent. Raises PHONE_NUMBER_NOT_FOUND, AGENT_NOT_FOUND, AGENT_NOT_SYNCED,
    VALIDATION_ERROR for a number without a trunk, PROVIDER_NOT_CONFIGURED, PROVIDER_ERROR, PROVIDER_UNKNOWN,
    LOCK_UNAVAILABLE where the cache is away, and PHONE_NUMBER_CHANGED where another request was quicker.
    """
    with _alone_with(organization_id, phone_number):
        number = _number(organization_id, phone_number, user_id)
        _enable(organization_id, number, agent_id)
    return number


def _enable(organization_id: str, number: PhoneNumber, agent_id: str | None) -> None:
    if not provider_of(number.provider).can("sip_trunk"):
        labels = " or ".join(provider_of(name).label for name in trunk_carriers())
        raise TetherError.of_field("phoneNumber", f"Not a {labels} number: agents dial over {labels}'s trunk")
    agent = _agent(organization_id, agent_id or number.ai_agent_id)
    provider, credentials = agents_provider(), agents_account(organization_id).credentials
    wanted = NumberToAnswer(
        phone_number=number.phone_number,
        label=number.label or number.phone_number,
        agent_id=agent.assistant_id,
        trunk=_trunk(organization_id, number.provider),
        known_id=number.elevenlabs_phone_number_id,
    )
    try:
        answered = provider.answer_number(credentials, wanted)
    except ProviderError as error:
        raise refusal_of(error) from error
    try:
        _save(number, ai_enabled=True, ai_agent_id=agent.prompt_id, elevenlabs_phone_number_id=answered.id)
    except BaseException:
        if answered.is_new:
            _forget(credentials, answered.id)
        raise


def disable_ai_number(*, organization_id: str, phone_number: str, user_id: str | None = None) -> PhoneNumber:
    """Have the agents' provider forget the number, and save that no agent answers it.

    Raises PHONE_NUMBER_NOT_FOUND, PROVIDER_NOT_CONFIGURED, PROVIDER_ERROR, PROVIDER_UNKNOWN, PHONE_NUMBER_CHANGED,
    LOCK_UNAVAILABLE.
    """
    with _alone_with(organization_id, phone_number):
        number = _number(organization_id, phone_number, user_id)
        _disable(organization_id, number)
    return number


def _disable(organization_id: str, number: PhoneNumber) -> None:
    if number.elevenlabs_phone_number_id:
        credentials = agents_account(organization_id).credentials
        try:
            agents_provider().forget_number(credentials, number.elevenlabs_phone_number_id)
        except ProviderError as error:
            raise refusal_of(error) from error
    _save(number, ai_enabled=False, ai_agent_id=None, elevenlabs_phone_number_id=None)


@contextmanager
def _alone_with(organization_id: str, phone_number: str) -> Iterator[None]:
    """One change of a number at a time: else one would take over an import that another is about to take back.

    Raises PHONE_NUMBER_CHANGED, LOCK_UNAVAILABLE.
    """
    lock = CacheLock("ai-number", organization_id, phone_number, seconds=_LONGEST_SECONDS)
    if not lock.acquire():
        raise TetherError(ErrorCode.PHONE_NUMBER_CHANGED)
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True)
class _Agent:
    prompt_id: str
    assistant_id: str


def _number(organization_id: str, phone_number: str, user_id: str | None) -> PhoneNumber:
    numbers = PhoneNumber.objects.of_organization(organization_id)
    if user_id is not None:
        numbers = numbers.filter(user_id=user_id)
    return numbers.get_or_refuse(ErrorCode.PHONE_NUMBER_NOT_FOUND, phone_number__in=spellings(phone_number))


def _agent(organization_id: str, prompt_id: str | None) -> _Agent:
    if prompt_id is None:
        raise TetherError.of_field("aiAgentId", "This field is required.")
    prompt = Prompt.objects.of_organization(organization_id).get_or_refuse(ErrorCode.AGENT_NOT_FOUND, pk=prompt_id)
    if not prompt.elevenlabs_agent_id:
        raise TetherError(ErrorCode.AGENT_NOT_SYNCED)
    return _Agent(prompt_id=prompt.pk, assistant_id=prompt.elevenlabs_agent_id)


def _trunk(organization_id: str, carrier: str) -> SipTrunk:
    account = account_with(organization_id, carrier)
    return provider_of(carrier).sip_trunk({} if account is None else values_in(account))


def _forget(credentials: Any, number_id: str) -> None:
    try:
        agents_provider().forget_number(credentials, number_id)
    except ProviderError as error:
        # An id of theirs, and no secret: it is needed for cleaning up.
        logger.warning("Phone number %s is left at the agents' provider: %s", number_id, error)


@transaction.atomic
def _save(number: PhoneNumber, **values: object) -> None:
    """Only where it has not been changed since it was read. Raises PHONE_NUMBER_CHANGED."""
    seen = {name: getattr(number, name) for name in ("elevenlabs_phone_number_id", "user_id", "provider")}
    numbers = PhoneNumber.objects.of_organization(number.organization_id)
    if not numbers.filter(pk=number.pk, **seen).update(**values):
        raise TetherError(ErrorCode.PHONE_NUMBER_CHANGED)
    for name, value in values.items():
        setattr(number, name, value)
