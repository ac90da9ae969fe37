"""What every provider does, and how it refuses what it cannot do.

A provider's `test_provider.py` has one class that inherits this by way of a contract for each capability, and
`EndpointContract` where the provider calls us. `test_registry.py` names what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import pytest

from calls.providers.agents import AgentSettings, SecretToKeep, ToolToRegister
from calls.providers.base import Provider
from calls.providers.call_state import CallInQuestion
from calls.providers.dialling import AgentDial, NumberToAnswer, SipTrunk
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.texts import TextToSend
from calls.reports import CallReport
from tests.factories import UNKNOWN_ID

AGENT, NUMBER_ID, OUR_NUMBER, CUSTOMER = "agent_1", "phnum_1", "+12025550100", "+12025550190"


class World(Protocol):
    """The provider's side."""

    @property
    def url(self) -> str: ...

    def begin(self) -> str:
        """The provider's id of a call that goes on until it is hung up."""

    def over(self) -> str:
        """The provider's id of a call that is over."""

    def goes_on(self, provider_call_id: str) -> bool: ...

    def was_answered(self, provider_call_id: str) -> bool: ...

    def told(self, provider_call_id: str) -> list[str]:
        """What those were told who were rung."""

    def recording(self, provider_call_id: str) -> str | None:
        """What the recording of a call that goes on does, in the provider's words; None where nothing is recorded."""

    def requests(self) -> int:
        """How many have arrived."""

    def texts(self) -> Mapping[str, str]:
        """What texts say, by the provider's ids of them."""

    def settle(self) -> None:
        """Everything that goes on takes its course."""

    def lose_answers(self) -> None:
        """The next request is carried out, and its answer does not come."""


def question(provider_call_id: str | None) -> CallInQuestion:
    return CallInQuestion(
        call_id=UNKNOWN_ID,
        provider_call_id=provider_call_id,
        provider_agent_id=None,
        created_at=datetime.now(UTC),
        was_answered=True,
    )


def dial_to(number: str) -> AgentDial:
    return AgentDial(
        agent_id=AGENT, phone_number_id=NUMBER_ID, to_number=number, call_id=UNKNOWN_ID, dynamic_variables={}
    )


def number_of(agent_id: str, known_id: str | None = None) -> NumberToAnswer:
    trunk = SipTrunk(address="trunk.example")
    return NumberToAnswer(
        phone_number="+12025550199", label="Reception", agent_id=agent_id, trunk=trunk, known_id=known_id
    )


def secret_of(value: str, known_id: str | None = None) -> SecretToKeep:
    return SecretToKeep(name="tether_calls_1", value=value, known_id=known_id)


def tool_with(secret_id: str, known_id: str | None = None) -> ToolToRegister:
    return ToolToRegister(
        name="get-contact",
        description="Looks somebody up.",
        url="https://calls.example.com/tools/get-contact",
        schema={"type": "object", "properties": {"note": {"type": "string", "description": "What."}}, "required": []},
        secret_id=secret_id,
        known_id=known_id,
    )


def text_to(number: str, content: str = "Hello") -> TextToSend:
    return TextToSend(message_id=UNKNOWN_ID, from_number=OUR_NUMBER, to_number=number, content=content, reports_to=None)


def agent_saying(first_message: str, **settings: Any) -> AgentSettings:
    return AgentSettings(name="Mia", instructions="Be brief.", first_message=first_message, **settings)


# Every capability that needs the account, asked for as it is meant to be.
_WITH_CREDENTIALS: Final[dict[str, Callable[[Provider[Any], Any], object]]] = {
    "hang_up": lambda provider, credentials: provider.hang_up(credentials, "call-1"),
    "conversation_of": lambda provider, credentials: provider.conversation_of(credentials, question("call-1")),
    "tell_person": lambda provider, credentials: provider.tell_person(credentials, "call-1", "Hello."),
    "pause_recording": lambda provider, credentials: provider.pause_recording(credentials, "call-1"),
    "resume_recording": lambda provider, credentials: provider.resume_recording(credentials, "call-1"),
    "look_up": lambda provider, credentials: provider.look_up(credentials, question("call-1")),
    "listen": lambda provider, credentials: list(provider.listen(credentials, "call-1", is_wanted=lambda: False)),
    "browser_token": lambda provider, credentials: provider.browser_token(
        credentials, user_id=UNKNOWN_ID, caller_number=lambda: ""
    ),
    "dial": lambda provider, credentials: provider.dial(credentials, dial_to(CUSTOMER)),
    "erase_call": lambda provider, credentials: provider.erase_call(credentials, "call-1"),
    "erase_text": lambda provider, credentials: provider.erase_text(credentials, "text-1"),
    "send_text": lambda provider, credentials: provider.send_text(credentials, text_to(CUSTOMER)),
    "answer_number": lambda provider, credentials: provider.answer_number(credentials, number_of(AGENT)),
    "forget_number": lambda provider, credentials: provider.forget_number(credentials, NUMBER_ID),
    "keep_secret": lambda provider, credentials: provider.keep_secret(credentials, secret_of("Bearer x")),
    "registered_tools": lambda provider, credentials: provider.registered_tools(credentials),
    "register_tool": lambda provider, credentials: provider.register_tool(credentials, tool_with("sec_1")),
    "find_agent": lambda provider, credentials: provider.find_agent(credentials, "tag-1"),
    "make_agent": lambda provider, credentials: provider.make_agent(credentials, agent_saying("Hi."), tag="tag-1"),
    "read_agent": lambda provider, credentials: provider.read_agent(credentials, AGENT),
    "change_agent": lambda provider, credentials: provider.change_agent(credentials, AGENT, agent_saying("Hi.")),
    "give_tools": lambda provider, credentials: provider.give_tools(credentials, AGENT, [], out_of=()),
}
ASKS: Final[dict[str, Callable[[Provider[Any], Any], object]]] = {
    **_WITH_CREDENTIALS,
    "sip_trunk": lambda provider, _: provider.sip_trunk({}),
    "handover_host": lambda provider, _: provider.handover_host(),
    "carrier_leg": lambda provider, _: provider.carrier_leg(CallReport(provider=provider.name)),
    "tools": lambda provider, _: provider.tools(),
}


class ProviderContract:
    provider: Provider[Any]
    # The names of the methods by which it does something.
    capabilities: frozenset[str]
    # Every setting of an account that the provider's world knows.
    values: Mapping[str, str]

    def credentials(self, world: World, **values: str) -> Any:
        return self.provider.credentials_from({**self.values, "base_url": world.url, **values})

    def wrong_credentials(self, world: World) -> Any:
        """Another account's secrets: base64, so that they might be anybody's."""
        secrets = {each.name: "d3Jvbmc=" for each in self.provider.settings if each.is_secret}
        return self.credentials(world, **secrets)

    def test_it_can_do_what_is_said_of_it(self) -> None:
        assert {name for name in ASKS if self.provider.can(name)} == self.capabilities

    def test_what_it_cannot_do_it_refuses_before_anything_is_sent(self, world: World) -> None:
        before = world.requests()
        for name in ASKS.keys() - self.capabilities:
            with pytest.raises(ProviderError) as caught:
                ASKS[name](self.provider, self.credentials(world))
            assert (caught.value.problem, caught.value.provider) == (
                ProviderProblem.NOT_SUPPORTED,
                self.provider.name,
            ), name
        assert world.requests() == before

    def test_without_credentials_nothing_is_sent(self, world: World) -> None:
        before = world.requests()
        for name in _WITH_CREDENTIALS.keys() & self.capabilities:
            with pytest.raises(ProviderError) as caught:
                ASKS[name](self.provider, self.provider.credentials_from({"base_url": world.url}))
            assert caught.value.problem is ProviderProblem.NOT_CONFIGURED, name
        assert world.requests() == before

    def test_credentials_hold_what_is_set_and_show_no_secret(self) -> None:
        values = {setting.name: f"value-of-{setting.name}" for setting in self.provider.settings}
        credentials = self.provider.credentials_from(values)
        wanted = {field.name for field in fields(credentials)} - {"base_url"}
        assert {name: getattr(credentials, name) for name in wanted} == {name: values[name] for name in wanted}
        for secret in (values[setting.name] for setting in self.provider.settings if setting.is_secret):
            for shown in (repr(credentials), str(credentials), f"{[credentials]}"):
                assert secret not in shown

    def test_every_setting_is_of_the_credentials_or_of_the_trunk(self) -> None:
        own = {field.name for field in fields(self.provider.credentials)}
        for setting in self.provider.settings:
            if setting.name not in own:
                changed = self.provider.sip_trunk({setting.name: "changed.example"})
                assert changed != self.provider.sip_trunk({}), setting.name
