"""What a provider that can do something does. A provider's test class inherits one of these for each capability."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

import msgspec
import pytest

from calls.providers.call_state import ProviderState
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.texts import TextStatus
from calls.providers.tools import TOOLS
from calls.reports import ENDED, CallReport
from tests.calls.providers.any_json import assert_fits
from tests.calls.providers.provider_contract import (
    AGENT,
    CUSTOMER,
    OUR_NUMBER,
    ProviderContract,
    World,
    agent_saying,
    dial_to,
    number_of,
    question,
    secret_of,
    text_to,
    tool_with,
)
from tests.factories import UNKNOWN_ID
from tests.waiting import wait_until

# An id that is no call's, and what would lead to another path if it were put into one.
UNKNOWN: Final = ("unknown-1", "../../Accounts", "a b", "")
NOWHERE: Final = "http://127.0.0.1:1"


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was written down as something that nobody expects."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


class HangsUp(ProviderContract):
    def test_a_call_that_goes_on_ends_there(self, world: World) -> None:
        call = world.begin()
        assert world.goes_on(call)

        self.provider.hang_up(self.credentials(world), call)

        wait_until(lambda: not world.goes_on(call))

    def test_one_that_is_over_is_a_success_and_no_warning(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        self.provider.hang_up(self.credentials(world), world.over())
        assert not warnings_in(caplog)

    @pytest.mark.parametrize("unknown", UNKNOWN)
    def test_one_that_is_unknown_there_is_a_success_and_no_warning(
        self, world: World, unknown: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.provider.hang_up(self.credentials(world), unknown)
        assert not warnings_in(caplog)

    def test_with_wrong_credentials_the_call_goes_on(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        call = world.begin()
        with pytest.raises(ProviderError) as caught:
            self.provider.hang_up(self.wrong_credentials(world), call)
        assert caught.value.problem is ProviderProblem.UNAUTHORIZED
        assert world.goes_on(call)
        assert warnings_in(caplog)

    def test_a_provider_that_is_away_has_hung_up_on_no_call(self, world: World) -> None:
        with pytest.raises(ProviderError) as caught:
            self.provider.hang_up(self.credentials(world, base_url=NOWHERE), world.over())
        assert caught.value.problem is ProviderProblem.UNAVAILABLE


class TellsPersons(ProviderContract):
    def test_who_was_rung_hears_it(self, world: World) -> None:
        call = world.begin()
        wait_until(lambda: world.was_answered(call))

        self.provider.tell_person(self.credentials(world), call, "Handed over by Mia. " + "x" * 2_000)

        (told,) = world.told(call)
        assert told.startswith("Handed over by Mia. xxx")
        assert world.goes_on(call)

    @pytest.mark.parametrize("unknown", UNKNOWN)
    def test_nobody_hears_it_where_the_call_is_over_and_that_is_no_warning(
        self, world: World, unknown: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        for call in (world.over(), unknown):
            with pytest.raises(ProviderError) as caught:
                self.provider.tell_person(self.credentials(world), call, "Hello.")
            assert caught.value.problem is ProviderProblem.NOT_FOUND
        assert not warnings_in(caplog)


class PausesRecordings(ProviderContract):
    def recorded(self, world: World) -> str:
        call = world.begin()
        wait_until(lambda: world.recording(call) is not None)
        return call

    def test_it_pauses_and_goes_on(self, world: World) -> None:
        call, credentials = self.recorded(world), self.credentials(world)
        running = world.recording(call)

        self.provider.pause_recording(credentials, call)
        paused = world.recording(call)
        self.provider.resume_recording(credentials, call)

        assert paused != running
        assert world.recording(call) == running
        assert world.goes_on(call)

    def test_asked_twice_it_stays_so(self, world: World) -> None:
        call, credentials = self.recorded(world), self.credentials(world)
        self.provider.pause_recording(credentials, call)
        paused = world.recording(call)

        self.provider.pause_recording(credentials, call)

        assert world.recording(call) == paused
        for _ in range(2):
            self.provider.resume_recording(credentials, call)

    @pytest.mark.parametrize("unknown", UNKNOWN)
    def test_where_nothing_is_recorded_that_is_said(self, world: World, unknown: str) -> None:
        for call in (unknown, world.over()):
            for ask in (self.provider.pause_recording, self.provider.resume_recording):
                with pytest.raises(ProviderError) as caught:
                    ask(self.credentials(world), call)
                assert caught.value.problem is ProviderProblem.NOT_FOUND

    def test_with_wrong_credentials_it_goes_on(self, world: World) -> None:
        call = self.recorded(world)
        running = world.recording(call)
        with pytest.raises(ProviderError) as caught:
            self.provider.pause_recording(self.wrong_credentials(world), call)
        assert caught.value.problem is ProviderProblem.UNAUTHORIZED
        assert world.recording(call) == running

    def test_an_answer_that_is_lost_leaves_it_open_and_may_be_asked_again(self, world: World) -> None:
        call, credentials = self.recorded(world), self.credentials(world)
        world.lose_answers()
        with pytest.raises(ProviderError) as caught:
            self.provider.pause_recording(credentials, call)
        assert caught.value.is_undecided
        paused = world.recording(call)

        self.provider.pause_recording(credentials, call)

        assert world.recording(call) == paused

    def test_a_provider_that_is_away_has_paused_nothing(self, world: World) -> None:
        with pytest.raises(ProviderError) as caught:
            self.provider.pause_recording(self.credentials(world, base_url=NOWHERE), world.over())
        assert caught.value.problem is ProviderProblem.UNAVAILABLE


class Listens(ProviderContract):
    def test_a_call_that_goes_on_is_heard_as_long_as_somebody_wants_it(self, world: World) -> None:
        call = world.begin()
        assert list(self.provider.listen(self.credentials(world), call, is_wanted=lambda: False)) == []
        assert world.goes_on(call)

    @pytest.mark.parametrize("unknown", UNKNOWN)
    def test_one_that_does_not_go_on_is_not_heard_without_a_warning_each_time(
        self, world: World, unknown: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        for call in (world.over(), unknown):
            with pytest.raises(ProviderError) as caught:
                list(self.provider.listen(self.credentials(world), call, is_wanted=lambda: True))
            assert caught.value.problem in (ProviderProblem.NOT_FOUND, ProviderProblem.REFUSED)
        assert not warnings_in(caplog)

    def test_with_wrong_credentials_nothing_is_heard(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        with pytest.raises(ProviderError) as caught:
            list(self.provider.listen(self.wrong_credentials(world), world.begin(), is_wanted=lambda: True))
        assert caught.value.problem is ProviderProblem.UNAUTHORIZED
        assert warnings_in(caplog)

    def test_a_provider_that_is_away_is_not_heard(self, world: World) -> None:
        credentials, call = self.credentials(world, base_url=NOWHERE), world.over()
        with pytest.raises(ProviderError) as caught:
            list(self.provider.listen(credentials, call, is_wanted=lambda: True))
        assert caught.value.problem is ProviderProblem.UNAVAILABLE


class LooksUp(ProviderContract):
    def test_a_call_that_goes_on_does_so(self, world: World) -> None:
        found = self.provider.look_up(self.credentials(world), question(world.begin()))
        assert found.state is ProviderState.GOING_ON

    def test_one_that_is_over_comes_with_its_report(self, world: World) -> None:
        call = world.over()
        found = self.provider.look_up(self.credentials(world), question(call))
        assert found.state is ProviderState.OVER
        assert found.report is not None
        assert found.report.provider == self.provider.name
        assert found.report.provider_call_id == call
        assert found.report.status in ENDED
        assert_fits(found.report)

    @pytest.mark.parametrize("unknown", [*UNKNOWN, None])
    def test_one_that_is_unknown_there_is_that_and_no_warning(
        self, world: World, unknown: str | None, caplog: pytest.LogCaptureFixture
    ) -> None:
        found = self.provider.look_up(self.credentials(world), question(unknown))
        assert found.state is ProviderState.UNKNOWN
        assert not warnings_in(caplog)

    def test_wrong_credentials_and_a_provider_that_is_away_say_nothing_of_a_call(self, world: World) -> None:
        call = world.over()
        for credentials, problem in (
            (self.wrong_credentials(world), ProviderProblem.UNAUTHORIZED),
            (self.credentials(world, base_url=NOWHERE), ProviderProblem.UNAVAILABLE),
        ):
            with pytest.raises(ProviderError) as caught:
                self.provider.look_up(credentials, question(call))
            assert caught.value.problem is problem


class ErasesCalls(ProviderContract):
    def test_a_call_is_erased_and_once_more_is_a_success(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        call = world.over()
        self.provider.erase_call(self.credentials(world), call)
        self.provider.erase_call(self.credentials(world), call)
        assert not warnings_in(caplog)

    def test_to_erase_one_that_is_unknown_there_is_a_success(self, world: World) -> None:
        for unknown in ("unknown-1", "a b"):
            self.provider.erase_call(self.credentials(world), unknown)

    def test_what_was_not_erased_is_an_error(self, world: World) -> None:
        call = world.over()
        for credentials, problem in (
            (self.wrong_credentials(world), ProviderProblem.UNAUTHORIZED),
            (self.credentials(world, base_url=NOWHERE), ProviderProblem.UNAVAILABLE),
        ):
            with pytest.raises(ProviderError) as caught:
                self.provider.erase_call(credentials, call)
            assert caught.value.problem is problem


class ErasesTexts(ProviderContract):
    """Of one that sends them."""

    def test_a_text_is_erased_and_once_more_is_a_success(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        sent = self._settled(world)
        self.provider.erase_text(self.credentials(world), sent)
        assert sent not in world.texts()
        self.provider.erase_text(self.credentials(world), sent)
        assert not warnings_in(caplog)

    def test_to_erase_a_text_that_is_unknown_there_is_a_success(self, world: World) -> None:
        for unknown in UNKNOWN:
            self.provider.erase_text(self.credentials(world), unknown)

    def test_a_text_that_was_not_erased_is_an_error(self, world: World) -> None:
        sent = self._settled(world)
        for credentials, problem in (
            (self.wrong_credentials(world), ProviderProblem.UNAUTHORIZED),
            (self.credentials(world, base_url=NOWHERE), ProviderProblem.UNAVAILABLE),
        ):
            with pytest.raises(ProviderError) as caught:
                self.provider.erase_text(credentials, sent)
            assert caught.value.problem is problem
        assert sent in world.texts()

    def _settled(self, world: World) -> str:
        sent = self.provider.send_text(self.credentials(world), text_to(CUSTOMER)).provider_message_id
        world.settle()
        return sent


class GivesTokens(ProviderContract):
    def test_a_browsers_token_is_its_document_and_no_network(self, world: World) -> None:
        before = world.requests()
        token = self.provider.browser_token(
            self.credentials(world), user_id=UNKNOWN_ID, caller_number=lambda: OUR_NUMBER
        )
        assert type(token) is self.provider.token_document
        document = msgspec.to_builtins(token)
        assert document["token"]
        assert document["userId"] == UNKNOWN_ID
        text = msgspec.json.encode(token).decode()
        assert not [each.name for each in self.provider.settings if each.is_secret and self.values[each.name] in text]
        assert world.requests() == before


class HasTrunk(ProviderContract):
    def test_a_trunk_has_an_address_and_shows_no_password(self) -> None:
        assert self.provider.sip_trunk({}).address
        trunk = self.provider.sip_trunk({each.name: f"value-of-{each.name}" for each in self.provider.settings})
        for setting in self.provider.settings:
            assert not setting.is_secret or f"value-of-{setting.name}" not in repr(trunk)


class HoldsConversations(LooksUp):
    def test_calls_are_handed_over_at_a_host(self) -> None:
        host = self.provider.handover_host()
        assert host
        assert "/" not in host

    def test_a_report_that_names_no_carrier_leads_to_none(self) -> None:
        assert self.provider.carrier_leg(CallReport(provider=self.provider.name)) is None

    def test_a_conversation_of_another_call_is_not_taken_for_it(self, world: World) -> None:
        world.begin()
        assert self.provider.conversation_of(self.credentials(world), question("call-1")) is None

    def test_with_wrong_credentials_no_conversation_is_found(self, world: World) -> None:
        with pytest.raises(ProviderError) as caught:
            self.provider.conversation_of(self.wrong_credentials(world), question("call-1"))
        assert caught.value.problem is ProviderProblem.UNAUTHORIZED

    def test_an_agent_dials_and_its_conversation_can_be_looked_up(self, world: World) -> None:
        answer = self.provider.dial(self.credentials(world), dial_to(CUSTOMER))
        found = self.provider.look_up(self.credentials(world), question(answer.conversation_id))
        assert found.state is not ProviderState.UNKNOWN

    def test_a_dial_that_is_refused_was_certainly_none(self, world: World) -> None:
        with pytest.raises(ProviderError) as caught:
            self.provider.dial(self.credentials(world), dial_to("+12025550197"))
        assert caught.value.problem is ProviderProblem.REFUSED
        assert not caught.value.is_undecided

    def test_a_number_is_made_known_once_and_forgotten_once(self, world: World) -> None:
        credentials = self.credentials(world)
        first = self.provider.answer_number(credentials, number_of(AGENT))
        again = self.provider.answer_number(credentials, number_of(AGENT, first.id))
        lost_sight_of = self.provider.answer_number(credentials, number_of(AGENT))
        assert first.is_new
        assert [(each.id, each.is_new) for each in (again, lost_sight_of)] == [(first.id, False)] * 2

        self.provider.forget_number(credentials, first.id)
        self.provider.forget_number(credentials, first.id)

        assert self.provider.answer_number(credentials, number_of(AGENT)).is_new

    def test_a_number_that_no_agent_answers_is_taken_back(self, world: World) -> None:
        credentials = self.credentials(world)
        with pytest.raises(ProviderError):
            self.provider.answer_number(credentials, number_of("agent_unknown"))

        assert self.provider.answer_number(credentials, number_of(AGENT)).is_new


class HasTools(ProviderContract):
    def test_every_tool_has_an_address_of_the_provider_and_a_schema(self) -> None:
        offered = self.provider.tools()
        assert [each.tool for each in offered] == list(TOOLS)
        assert {each.path for each in offered} <= {endpoint.path for endpoint in self.provider.endpoints}
        for each in offered:
            assert each.tool.parameters.keys() <= each.schema["properties"].keys()


class HostsTools(HasTools):
    def test_a_secret_is_kept_once_whether_its_id_is_known_or_not(self, world: World) -> None:
        credentials = self.credentials(world)
        first = self.provider.keep_secret(credentials, secret_of("Bearer one"))
        for known_id in (first, None, "sec_gone"):
            assert self.provider.keep_secret(credentials, secret_of("Bearer two", known_id)) == first

    def test_a_tool_is_made_once_and_then_brought_up_to_date(self, world: World) -> None:
        credentials = self.credentials(world)
        secret_id = self.provider.keep_secret(credentials, secret_of("Bearer one"))
        made = self.provider.register_tool(credentials, tool_with(secret_id))
        assert self.provider.register_tool(credentials, tool_with(secret_id, made)) == made
        [there] = self.provider.registered_tools(credentials)
        assert (there.id, there.name, there.secret_id) == (made, "get-contact", secret_id)

    def test_a_tool_that_is_gone_there_is_not_found(self, world: World) -> None:
        credentials = self.credentials(world)
        secret_id = self.provider.keep_secret(credentials, secret_of("Bearer one"))
        with pytest.raises(ProviderError) as caught:
            self.provider.register_tool(credentials, tool_with(secret_id, "tool_gone"))
        assert caught.value.problem is ProviderProblem.NOT_FOUND

    def test_an_agent_has_the_tools_that_it_was_given_last(self, world: World) -> None:
        credentials = self.credentials(world)
        secret_id = self.provider.keep_secret(credentials, secret_of("Bearer one"))
        made = [self.provider.register_tool(credentials, tool_with(secret_id)) for _ in range(2)]
        self.provider.give_tools(credentials, AGENT, made, out_of=made)
        before = world.requests()
        self.provider.give_tools(credentials, AGENT, made, out_of=made)
        # It was looked at, and nothing had to be changed.
        assert world.requests() == before + 1
        for variable in ("transfer_number", None):
            self.provider.give_tools(credentials, AGENT, made, out_of=made, hands_over_to=variable)
            before = world.requests()
            self.provider.give_tools(credentials, AGENT, made, out_of=made, hands_over_to=variable)
            assert world.requests() == before + 1
        with pytest.raises(ProviderError) as caught:
            self.provider.give_tools(credentials, "agent_unknown", made, out_of=made)
        assert caught.value.problem is ProviderProblem.NOT_FOUND


class SendsTexts(ProviderContract):
    def test_a_text_is_taken_and_has_an_id_there(self, world: World) -> None:
        sent = self.provider.send_text(self.credentials(world), text_to(CUSTOMER, "Bonjour à vous, 5 €"))
        assert (sent.status, sent.problem) == (TextStatus.QUEUED, None)
        assert sent.provider_message_id in world.texts()
        assert world.texts()[sent.provider_message_id] == "Bonjour à vous, 5 €"

    def test_what_texts_need_are_settings_of_the_account(self) -> None:
        assert self.provider.text_settings
        assert set(self.provider.text_settings) <= {each.name for each in self.provider.settings}

    def test_with_wrong_credentials_nothing_is_sent(self, world: World) -> None:
        with pytest.raises(ProviderError) as caught:
            self.provider.send_text(self.wrong_credentials(world), text_to(CUSTOMER))
        assert caught.value.problem is ProviderProblem.UNAUTHORIZED
        assert not world.texts()

    def test_a_provider_that_is_away_has_certainly_sent_nothing(self, world: World) -> None:
        with pytest.raises(ProviderError) as caught:
            self.provider.send_text(self.credentials(world, base_url=NOWHERE), text_to(CUSTOMER))
        assert caught.value.problem is ProviderProblem.UNAVAILABLE
        assert not caught.value.is_undecided

    def test_an_answer_that_is_lost_leaves_open_whether_it_was_sent(self, world: World) -> None:
        world.lose_answers()
        with pytest.raises(ProviderError) as caught:
            self.provider.send_text(self.credentials(world), text_to(CUSTOMER))
        assert caught.value.is_undecided
        assert list(world.texts().values()) == ["Hello"]


class HostsAgents(HostsTools):
    def test_an_agent_is_made_found_by_its_tag_and_read(self, world: World) -> None:
        credentials = self.credentials(world)
        assert self.provider.find_agent(credentials, "tag-1") is None
        wanted = agent_saying("Hi.", voice_id="v1", language="fr", temperature=0.5)
        made = self.provider.make_agent(credentials, wanted, tag="tag-1")
        assert self.provider.find_agent(credentials, "tag-1") == made
        assert self.provider.find_agent(credentials, "tag-2") is None
        assert self.provider.read_agent(credentials, made) == wanted

    def test_a_changed_agent_is_so_from_then_on_and_keeps_what_is_left_open(self, world: World) -> None:
        credentials = self.credentials(world)
        made = self.provider.make_agent(
            credentials, agent_saying("Hi.", voice_id="v1", language="fr", temperature=0.5), tag="tag-1"
        )
        secret_id = self.provider.keep_secret(credentials, secret_of("Bearer one"))
        wanted = agent_saying("", personalization_url="https://calls.example.com/who", secret_id=secret_id)

        changed = self.provider.change_agent(credentials, made, wanted)

        assert changed == replace(wanted, voice_id="v1", language="fr", temperature=0.5)
        assert self.provider.read_agent(credentials, made) == changed

    def test_a_changed_agent_keeps_its_tools(self, world: World) -> None:
        credentials = self.credentials(world)
        made = self.provider.make_agent(credentials, agent_saying("Hi."), tag="tag-1")
        secret_id = self.provider.keep_secret(credentials, secret_of("Bearer one"))
        tool = self.provider.register_tool(credentials, tool_with(secret_id))
        self.provider.give_tools(credentials, made, [tool], out_of=[tool])
        self.provider.change_agent(credentials, made, agent_saying("Hello."))
        before = world.requests()
        self.provider.give_tools(credentials, made, [tool], out_of=[tool])
        assert world.requests() == before + 1

    def test_an_agent_that_is_not_there_is_not_found(self, world: World) -> None:
        credentials = self.credentials(world)
        with pytest.raises(ProviderError) as read:
            self.provider.read_agent(credentials, "agent_unknown")
        with pytest.raises(ProviderError) as changed:
            self.provider.change_agent(credentials, "agent_unknown", agent_saying("Hi."))
        assert {read.value.problem, changed.value.problem} == {ProviderProblem.NOT_FOUND}


# Which class shows that a capability is one.
CONTRACTS: Final[dict[str, type[ProviderContract]]] = {
    "hang_up": HangsUp,
    "tell_person": TellsPersons,
    "pause_recording": PausesRecordings,
    "resume_recording": PausesRecordings,
    "listen": Listens,
    "look_up": LooksUp,
    "browser_token": GivesTokens,
    "sip_trunk": HasTrunk,
    "carrier_leg": HoldsConversations,
    "conversation_of": HoldsConversations,
    "handover_host": HoldsConversations,
    "dial": HoldsConversations,
    "erase_call": ErasesCalls,
    "erase_text": ErasesTexts,
    "send_text": SendsTexts,
    "answer_number": HoldsConversations,
    "forget_number": HoldsConversations,
    "tools": HasTools,
    "find_agent": HostsAgents,
    "make_agent": HostsAgents,
    "read_agent": HostsAgents,
    "change_agent": HostsAgents,
    "keep_secret": HostsTools,
    "registered_tools": HostsTools,
    "register_tool": HostsTools,
    "give_tools": HostsTools,
}
