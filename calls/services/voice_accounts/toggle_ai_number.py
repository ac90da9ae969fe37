"""Let an agent answer, and dial from, a number; or no longer.

The provider is asked first and outside of any transaction, and the row is written only when it has agreed. What breaks
in between is put right by asking again: a number that ElevenLabs has forgotten is imported anew, or is gone already,
and one whose import was never answered is taken over. Of several who change a number at once, one does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from calls.models import NumberProvider, PhoneNumber, Prompt, VoiceAccount, VoiceProvider
from calls.providers.credentials import ElevenLabsCredentials
from calls.providers.elevenlabs.client import ElevenLabsClient, SipTrunk
from calls.providers.errors import ProviderError, ProviderProblem
from calls.selectors.voice_accounts.accounts import account_with, credentials_of
from tether_calls.common.errors import ErrorCode, TetherError

logger = logging.getLogger(__name__)

# Four requests of at most a minute, and some; what a killed process leaves is gone after that.
_LONGEST_SECONDS = 300


def enable_ai_number(
    *, organization_id: str, phone_number: str, agent_id: str | None, user_id: str | None = None
) -> PhoneNumber:
    """Import the number at ElevenLabs, have the agent answer it there, and save both.

    Without `agent_id` the number keeps its agent. Raises PHONE_NUMBER_NOT_FOUND, AGENT_NOT_FOUND, AGENT_NOT_SYNCED,
    VALIDATION_ERROR for a number that is not Sinch's, PROVIDER_NOT_CONFIGURED, PROVIDER_ERROR, PROVIDER_UNKNOWN, and
    PHONE_NUMBER_CHANGED where somebody else was quicker.
    """
    with _alone_with(organization_id, phone_number):
        number = _number(organization_id, phone_number, user_id)
        _enable(organization_id, number, agent_id)
    return number


def _enable(organization_id: str, number: PhoneNumber, agent_id: str | None) -> None:
    if number.provider != NumberProvider.SINCH:
        raise TetherError.of_field("phoneNumber", "Not a Sinch number: agents dial over Sinch's trunk")
    agent = _agent(organization_id, agent_id or number.ai_agent_id)
    client = _client(organization_id)
    trunk = _trunk(account_with(organization_id, VoiceProvider.SINCH))
    try:
        imported = _import(client, number, agent.assistant_id, trunk)
    except ProviderError as error:
        raise _refused(error) from error
    try:
        _save(number, ai_enabled=True, ai_agent_id=agent.prompt_id, elevenlabs_phone_number_id=imported.id)
    except BaseException:
        if imported.is_new:
            _forget(client, imported.id)
        raise


def disable_ai_number(*, organization_id: str, phone_number: str, user_id: str | None = None) -> PhoneNumber:
    """Have ElevenLabs forget the number, and save that no agent answers it.

    Raises PHONE_NUMBER_NOT_FOUND, PROVIDER_NOT_CONFIGURED, PROVIDER_ERROR, PROVIDER_UNKNOWN, PHONE_NUMBER_CHANGED.
    """
    with _alone_with(organization_id, phone_number):
        number = _number(organization_id, phone_number, user_id)
        _disable(organization_id, number)
    return number


def _disable(organization_id: str, number: PhoneNumber) -> None:
    if number.elevenlabs_phone_number_id:
        client = _client(organization_id)
        try:
            client.delete_number(number.elevenlabs_phone_number_id)
        except ProviderError as error:
            if error.problem is not ProviderProblem.NOT_FOUND:
                raise _refused(error) from error
    _save(number, ai_enabled=False, ai_agent_id=None, elevenlabs_phone_number_id=None)


@contextmanager
def _alone_with(organization_id: str, phone_number: str) -> Iterator[None]:
    """One change of a number at a time: else one would take over an import that another is about to take back.

    Raises PHONE_NUMBER_CHANGED.
    """
    key = f"ai-number:{organization_id}:{phone_number}"
    if not cache.add(key, 1, timeout=_LONGEST_SECONDS):
        raise TetherError(ErrorCode.PHONE_NUMBER_CHANGED)
    try:
        yield
    finally:
        cache.delete(key)


@dataclass(frozen=True)
class _Agent:
    prompt_id: str
    assistant_id: str


@dataclass(frozen=True)
class _Imported:
    id: str
    is_new: bool


def _number(organization_id: str, phone_number: str, user_id: str | None) -> PhoneNumber:
    numbers = PhoneNumber.objects.of_organization(organization_id)
    if user_id is not None:
        numbers = numbers.filter(user_id=user_id)
    return numbers.get_or_refuse(ErrorCode.PHONE_NUMBER_NOT_FOUND, phone_number=phone_number)


def _agent(organization_id: str, prompt_id: str | None) -> _Agent:
    if prompt_id is None:
        raise TetherError.of_field("aiAgentId", "This field is required.")
    prompt = Prompt.objects.of_organization(organization_id).get_or_refuse(ErrorCode.AGENT_NOT_FOUND, pk=prompt_id)
    if not prompt.elevenlabs_agent_id:
        raise TetherError(ErrorCode.AGENT_NOT_SYNCED)
    return _Agent(prompt_id=prompt.pk, assistant_id=prompt.elevenlabs_agent_id)


def _client(organization_id: str) -> ElevenLabsClient:
    credentials = credentials_of(organization_id, ElevenLabsCredentials)
    if credentials is None or not credentials.api_key:
        raise _elevenlabs_not_configured()
    return ElevenLabsClient(credentials)


def _trunk(account: VoiceAccount | None) -> SipTrunk:
    known = {} if account is None else account.secrets
    return SipTrunk(
        address=known.get("sip_address") or settings.SINCH_SIP_ADDRESS,
        username=known.get("sip_username", ""),
        password=known.get("sip_password", ""),
    )


def _import(client: ElevenLabsClient, number: PhoneNumber, assistant_id: str, trunk: SipTrunk) -> _Imported:
    """Raises ProviderError; a number that was imported and then got no agent is taken back."""
    there = client.imported_numbers()
    # One that we lost sight of, because the answer to its import never came, is taken over.
    known = there.get(number.phone_number)
    if number.elevenlabs_phone_number_id in there.values():
        known = number.elevenlabs_phone_number_id
    if known is not None:
        client.assign_agent(known, assistant_id)
        return _Imported(known, is_new=False)
    label = number.label or number.phone_number
    imported = client.import_sip_number(phone_number=number.phone_number, label=label, trunk=trunk)
    try:
        client.assign_agent(imported, assistant_id)
    except ProviderError:
        _forget(client, imported)
        raise
    return _Imported(imported, is_new=True)


def _forget(client: ElevenLabsClient, phone_number_id: str) -> None:
    try:
        client.delete_number(phone_number_id)
    except ProviderError as error:
        # An id of theirs, and no secret: whoever cleans up needs it.
        logger.warning("Phone number %s is left at ElevenLabs: %s", phone_number_id, error)


@transaction.atomic
def _save(number: PhoneNumber, **values: object) -> None:
    """Only where nobody has changed it since it was read. Raises PHONE_NUMBER_CHANGED."""
    seen = {name: getattr(number, name) for name in ("elevenlabs_phone_number_id", "user_id", "provider")}
    if not PhoneNumber.objects.filter(pk=number.pk, **seen).update(**values):
        raise TetherError(ErrorCode.PHONE_NUMBER_CHANGED)
    for name, value in values.items():
        setattr(number, name, value)


def _refused(error: ProviderError) -> TetherError:
    if error.problem is ProviderProblem.NOT_CONFIGURED:
        return _elevenlabs_not_configured()
    return TetherError(ErrorCode.PROVIDER_UNKNOWN if error.is_undecided else ErrorCode.PROVIDER_ERROR)


def _elevenlabs_not_configured() -> TetherError:
    return TetherError(ErrorCode.PROVIDER_NOT_CONFIGURED, "ElevenLabs is not configured")
