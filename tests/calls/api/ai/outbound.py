"""Asking for AI calls, at an organization that has all that they need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator
from calls.models import PhoneNumber, Prompt, VoiceAccount, VoiceProvider
from contacts.models import Contact
from tests.calls.api.ingesting import nothing_kept
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.factories import make_contact, make_prompt
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User

OUTBOUND = "/api/calls/ai/outbound"
API_KEY = "sk_test"
AGENT, ANOTHER_AGENT = "agent_1", "agent_2"
NUMBER_ID, ANOTHER_NUMBER_ID = "phnum_1", "phnum_2"
OUR_NUMBER, ANOTHER_NUMBER = "+12025550100", "+12025550101"


@contextmanager
def simulating() -> Iterator[Simulator]:
    """ElevenLabs, with the account, agents and numbers of the offices here."""
    account = ElevenLabsAccount(
        api_key=API_KEY,
        agents={AGENT: "Mia", ANOTHER_AGENT: "Leo"},
        phone_numbers=(
            ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER),
            ElevenLabsNumber(phone_number_id=ANOTHER_NUMBER_ID, phone_number=ANOTHER_NUMBER),
        ),
    )
    with Simulator(account, pace=Pace.quick(0.03)) as running:
        yield running


def customer(digit: int) -> str:
    """A number whose last digit chooses what the simulator does."""
    return f"+1202555019{digit}"


@dataclass(frozen=True)
class Office:
    """Somebody who can have AI calls made: account, agent, number and a contact who answers."""

    user: User
    account: VoiceAccount
    agent: Prompt
    number: PhoneNumber
    contact: Contact


def make_number(user: User, **fields: Any) -> PhoneNumber:
    defaults: dict[str, Any] = {
        "organization": user.organization,
        "user": user,
        "provider": "sinch",
        "phone_number": OUR_NUMBER,
        "ai_enabled": True,
        "elevenlabs_phone_number_id": NUMBER_ID,
    }
    return PhoneNumber.objects.create(**{**defaults, **fields})


def make_office(user: User, simulator: Simulator) -> Office:
    assert user.organization is not None
    account: dict[str, Any] = {
        "organization": user.organization,
        "provider": VoiceProvider.ELEVENLABS,
        "secrets": {"api_key": API_KEY},
        "base_url": simulator.url,
    }
    return Office(
        user=user,
        account=VoiceAccount.objects.create(**account),
        agent=make_prompt(user.organization, name="Mia", elevenlabs_agent_id=AGENT),
        number=make_number(user),
        contact=make_contact(user.organization, phone_number=customer(0), first_name="Dana", last_name="Example"),
    )


def outbound(client: ApiClient, body: Any = None, /, **fields: Any) -> Answer:
    """Post fields, or a body as it is; whatever the answer is, it must be what the contract says of its status."""
    answer = client.post(OUTBOUND, fields if body is None else body)
    assert_is_answer(answer.status, answer.body)
    return answer


def assert_is_answer(status: int, body: Any) -> None:
    assert_is("CallsOutboundAiCallResponse" if status == 200 else "CallsErrorResponse", body)


def assert_refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.body["code"]) == (status, code), answer


def assert_invalid(answer: Answer, path: str) -> None:
    assert_refused(answer, 400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in answer.body["error"]["details"]] == [path]


def dials(simulator: Simulator) -> int:
    """How often the provider was asked to dial, whatever it answered."""
    count: int = simulator.happened()["dials"]
    return count


@contextmanager
def nothing_kept_or_dialled(simulator: Simulator) -> Iterator[None]:
    """The block makes no row, and the provider has not been asked to dial."""
    with nothing_kept():
        yield
    assert dials(simulator) == 0


def conversation(simulator: Simulator, conversation_id: str) -> Any:
    """What ElevenLabs says of a conversation."""
    url = f"{simulator.url}/v1/convai/conversations/{conversation_id}"
    return requests.get(url, headers={"xi-api-key": API_KEY}, timeout=PATIENCE).json()
