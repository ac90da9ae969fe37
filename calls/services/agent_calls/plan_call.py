"""Who is to call whom, and whether it can be done: everything that an AI call needs before its row is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from django.utils import timezone

from calls.models import PhoneNumber, Prompt, SyncState
from calls.providers.base import Provider
from calls.providers.errors import ProviderProblem
from calls.providers.registry import agents_provider
from calls.selectors.voice_accounts.accounts import account_with, credentials_in, missing_in
from calls.services.agent_calls.call_variables import Personalization, personalize
from calls.services.agent_calls.choose_version import Speech, choose_version
from contacts.models import CallPurpose, ConsentSource, Contact, DialPath
from contacts.selectors.contacts import find_contact_by_number
from contacts.selectors.context_variables import context_of
from contacts.services import find_or_create_dialled
from contacts.services.consents import Given, add_consent
from contacts.services.may_call import Asking, Decision, may_call, refusals_kept, require_allowed
from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id
from tether_calls.common.phone import is_same_number

# The answer to a client whose call the provider did not place.
SENTENCES: Final = {
    ProviderProblem.NOT_CONFIGURED: "The organization has no usable account with the voice provider",
    ProviderProblem.UNAUTHORIZED: "The voice provider does not accept the organization's credentials",
    ProviderProblem.NOT_FOUND: "The voice provider does not know the agent or the number to call from",
    ProviderProblem.REFUSED: "The voice provider refused the call",
    ProviderProblem.BUSY: "The voice provider has no line free; try again later",
    ProviderProblem.UNAVAILABLE: "The voice provider is not available; try again later",
}


@dataclass(frozen=True, kw_only=True)
class Dial:
    """Who is to call whom, chosen by the rules of one API. `contact` None: the one with the number, or a new one.

    `variables` None: the agent says what it always says. `whom` is the field of the request that says who is called.
    """

    user: User
    contact: Contact | None
    phone_number: str
    agent: Prompt
    number: PhoneNumber
    whom: str
    call_reason: str = ""
    variables: Mapping[str, Any] | None = None
    # Of the plan that it was made by, for whoever reads the call.
    scheduled_call_id: str | None = None
    # By which way it is asked for, with which key, and what the person is called for.
    path: DialPath
    api_key_id: str | None = None
    purpose: CallPurpose = CallPurpose.MARKETING
    # That they may be, as whoever asks tells it.
    consent: Given | None = None


@dataclass(frozen=True, kw_only=True)
class CallPlan(Dial):
    """A dial that is permitted, with everything it needs."""

    contact: Contact
    decision: Decision
    provider: Provider[Any]
    credentials: Any
    personalization: Personalization
    # The call's, before there is one: it decides which version speaks.
    call_id: str
    # Voice and language of the version that speaks, where they are not the agent's own.
    voice_id: str | None
    language: str | None
    # The version that speaks, as far as it is known.
    version_id: str | None


def plan_call(*, dial: Dial) -> CallPlan:
    """Everything that a dial needs; a contact is made last, so that a request that is refused leaves none behind.

    Whatever refuses the dial, but for faults of the request, is kept as a decision. Raises VALIDATION_ERROR where a
    number would call itself, CallRefused where a rule does not let it be called, INVALID_VARIABLES, and PROVIDER_ERROR
    without usable credentials.
    """
    organization_id = dial.user.home_id
    if is_same_number(dial.phone_number, dial.number.phone_number):
        raise TetherError.of_field(dial.whom, "This is the number that the call would be made from")
    call_id = new_object_id()
    speech = choose_version(dial.agent, call_id)
    if dial.consent is not None:
        add_consent(
            organization_id=organization_id,
            phone_number=dial.phone_number,
            purpose=dial.purpose,
            given=dial.consent,
            source=ConsentSource.DIAL,
            sight=None,
            added_by_id=dial.user.pk,
        )
    decision = may_call(
        Asking(
            organization_id=organization_id,
            phone_number=dial.phone_number,
            path=dial.path,
            at=timezone.now(),
            purpose=dial.purpose,
            user_id=dial.user.pk,
            api_key_id=dial.api_key_id,
            agent_id=dial.agent.pk,
            is_disclosed=bool(speech.texts.disclosure.strip()),
            scheduled_call_id=dial.scheduled_call_id,
        )
    )
    with refusals_kept(decision):
        # Attempts are asked about once it is known that this is not the last one again.
        require_allowed(decision, but_for=ErrorCode.TOO_MANY_ATTEMPTS)
        return _planned(dial, call_id, speech, decision)


def _planned(dial: Dial, call_id: str, speech: Speech, decision: Decision) -> CallPlan:
    organization_id = dial.user.home_id
    known = dial.contact or find_contact_by_number(organization_id=organization_id, phone_number=dial.phone_number)
    context = context_of(organization_id=organization_id, contact_id=None if known is None else known.pk)
    personalization = _personalization(speech, dial.variables, context)
    provider = agents_provider()
    account = account_with(organization_id, provider.name)
    if account is None or missing_in(account):
        raise TetherError(ErrorCode.PROVIDER_ERROR, SENTENCES[ProviderProblem.NOT_CONFIGURED])
    contact = known or find_or_create_dialled(
        organization_id=organization_id, user_id=dial.user.pk, phone_number=dial.phone_number
    )
    chosen = {field.name: getattr(dial, field.name) for field in fields(Dial)}
    return CallPlan(
        **{**chosen, "contact": contact},
        decision=decision,
        provider=provider,
        credentials=credentials_in(account, provider),
        personalization=personalization,
        call_id=call_id,
        voice_id=None if speech.other is None else speech.other.voice_id or None,
        language=_language(speech),
        version_id=_version_id(speech, personalization),
    )


def _language(speech: Speech) -> str | None:
    """That of another version, where it is another one: an agent may not permit that it is said at all."""
    other = speech.other
    return other.language if other is not None and other.language not in ("", speech.agent.language) else None


def _personalization(
    speech: Speech, variables: Mapping[str, Any] | None, context: Mapping[str, Any]
) -> Personalization:
    """Raises INVALID_VARIABLES."""
    if variables is None:
        personalization = Personalization(dynamic_variables=context)
    else:
        personalization = personalize(speech.texts, {**context, **variables})
    if speech.other is None:
        if personalization.first_message is None and not _says_it_there(speech.agent):
            return replace(personalization, first_message=speech.agent.opening)
        return personalization
    # The provider has the agent's own texts: it is told those of the other version, filled in or not, also empty ones.
    instructions, first_message = personalization.instructions, personalization.first_message
    return replace(
        personalization,
        instructions=speech.other.prompt if instructions is None else instructions,
        first_message=speech.other.opening if first_message is None else first_message,
    )


def _says_it_there(agent: Prompt) -> bool:
    """Whether its provider has it say who calls, so that it need not be told so for this call."""
    is_synced = agent.sync_state == SyncState.SYNCED and agent.synced_version_id == agent.version_id
    return not agent.disclosure.strip() or is_synced


def _version_id(speech: Speech, personalization: Personalization) -> str | None:
    version_id: str | None
    if speech.other is not None:
        version_id = speech.other.pk
    elif personalization.instructions is not None:
        # Made of what the agent says here.
        version_id = speech.agent.version_id
    else:
        version_id = speech.agent.spoken_version_id
    return version_id
