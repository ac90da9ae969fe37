"""POST /api/calls/{callId}/terminate, with the simulated providers at the other end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from threading import Event
from typing import Any

import msgspec
import pytest
import requests
from django.utils import timezone

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator, SinchAccount, TwilioAccount
from calls.models import Call, CallStatus, VoiceAccount
from calls.services.browser_calls import terminate_call
from conversations.models import Message
from tests.at_once import at_once
from tests.calls.api.browsing import (
    CALLER,
    OURS,
    assert_refused,
    ringing_call,
    statements,
)
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import (
    CALLBACK,
    DIAL,
    SINCH_KEY,
    SINCH_SECRET,
    TWILIO_SID,
    TWILIO_TOKEN,
)
from tests.calls.event_log import event_names
from tests.calls.telephony import make_account
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_contact, make_conversation, make_user
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

PROVIDERS = ("sinch", "twilio")
RINGS = {"action": {"name": "connectMxp", "destination": {"type": "username", "endpoint": "us"}}}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Calls ring, and then last until somebody hangs up."""
    with (
        Receiver() as ours,
        Simulator(
            SinchAccount(
                application_key=SINCH_KEY, application_secret=SINCH_SECRET, callback_url=f"{ours.url}{CALLBACK}"
            ),
            TwilioAccount(
                account_sid=TWILIO_SID,
                auth_token=TWILIO_TOKEN,
                api_keys={"SK1": "secret"},
                voice_url=f"{ours.url}/twilio/inbound",
            ),
            pace=Pace(ringing=0.01, talking=3_600, processing=0.01, pause=0.01),
        ) as running,
    ):
        ours.answer(CALLBACK, (200, RINGS))
        ours.answer("/twilio/inbound", (200, DIAL.format(noun="Client", name="user-1")))
        yield running


# Makes the call of a provider, in our database and in the simulated world.
Begin = Callable[..., Call]


@pytest.fixture
def begin(simulator: Simulator, user: User) -> Begin:
    def begin_call(provider: str, **fields: Any) -> Call:
        if not VoiceAccount.objects.filter(organization=user.organization, provider=provider).exists():
            make_account(user, provider, **access(simulator)[provider])
        provider_call_id = simulator.call_in(provider, from_number=CALLER, to=OURS)
        return ringing_call(user, **{"provider": provider, "provider_call_id": provider_call_id, **fields})

    return begin_call


def access(simulator: Simulator) -> dict[str, dict[str, Any]]:
    twilio = {"auth_token": TWILIO_TOKEN, "api_key_sid": "SK1", "api_key_secret": "secret"}
    return {
        "sinch": {
            "account_id": SINCH_KEY,
            "secrets": {"application_secret": SINCH_SECRET},
            "base_url": simulator.url,
        },
        "twilio": {"account_id": TWILIO_SID, "secrets": twilio, "base_url": simulator.url},
    }


def terminate(client: ApiClient, call: Call | str) -> Answer:
    return client.post(f"/api/calls/{call if isinstance(call, str) else call.pk}/terminate")


def ended(answer: Answer) -> str:
    """The sentence of a success."""
    assert answer.status == 200, answer
    assert_is("CallsMessageResponse", answer.body)
    message: str = answer.body["message"]
    return message


def requests_to(simulator: Simulator) -> int:
    return sum(simulator.happened()["requests"].values())


def wait_until_nobody_talks(simulator: Simulator) -> None:
    simulator.settle()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("status", "expected"),
    [("initiated", "canceled"), ("ringing", "canceled"), ("in-progress", "completed"), ("answered", "completed")],
)
def test_the_provider_ends_the_call_and_so_do_we(
    status: str, expected: str, provider: str, begin: Begin, simulator: Simulator, api: ApiClient
) -> None:
    call = begin(provider, status=status)

    assert ended(terminate(api, call)) == "Call ended"

    wait_until_nobody_talks(simulator)
    call.refresh_from_db()
    assert (call.status, event_names(call.pk)) == (expected, ["call_ended"])
    assert call.end_time is not None
    assert requests_to(simulator) == 1


def test_the_duration_is_counted_from_the_answer(api: ApiClient, user: User) -> None:
    now = timezone.now()
    call = ringing_call(user, status=CallStatus.IN_PROGRESS, answer_time=now)

    terminate(api, call)

    call.refresh_from_db()
    assert call.end_time is not None
    assert call.duration == round((call.end_time - now).total_seconds(), 3)


def test_the_call_leaves_its_message(api: ApiClient, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization)
    call = ringing_call(user, contact=contact, conversation=make_conversation(contact))

    terminate(api, call)

    assert event_names(call.pk) == ["call_ended", "fetch_messages"]
    assert Message.objects.get(call_id=call.pk).content == "Call canceled (0 s)"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_once_more_is_a_success_and_repeats_nothing(
    provider: str, begin: Begin, simulator: Simulator, api: ApiClient
) -> None:
    call = begin(provider)
    terminate(api, call)

    assert ended(terminate(api, call)) == "The call had ended already"
    assert event_names(call.pk) == ["call_ended"]
    assert requests_to(simulator) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_that_its_provider_names_meanwhile_is_hung_up_there(
    provider: str, begin: Begin, simulator: Simulator, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = begin(provider)
    name, hang_up = call.provider_call_id, terminate_call._hang_up
    Call.objects.filter(pk=call.pk).update(provider_call_id=None)

    def hang_up_while_it_is_named(asked: Call) -> bool:
        was_asked = hang_up(asked)
        Call.objects.filter(pk=asked.pk).update(provider_call_id=name)
        return was_asked

    monkeypatch.setattr(terminate_call, "_hang_up", hang_up_while_it_is_named)

    assert ended(terminate(api, call)) == "Call ended"

    wait_until_nobody_talks(simulator)
    assert (requests_to(simulator), event_names(call.pk)) == (1, ["call_ended"])


@pytest.mark.parametrize("status", ["completed", "no-answer", "busy", "failed", "canceled"])
def test_what_has_ended_stays_as_it_ended(status: str, api: ApiClient, user: User) -> None:
    call = ringing_call(user, status=status)

    assert ended(terminate(api, call)) == "The call had ended already"
    call.refresh_from_db()
    assert (call.status, call.end_time, event_names(call.pk)) == (status, None, [])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_that_is_over_at_the_provider_is_over(
    provider: str, begin: Begin, simulator: Simulator, api: ApiClient
) -> None:
    call = begin(provider)
    terminate(api, call)
    wait_until_nobody_talks(simulator)
    Call.objects.filter(pk=call.pk).update(status=CallStatus.IN_PROGRESS)

    assert ended(terminate(api, call)) == "Call ended"
    call.refresh_from_db()
    assert call.status == "completed"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_that_the_provider_does_not_know_is_over(provider: str, begin: Begin, api: ApiClient) -> None:
    for number, unknown in enumerate(["nobodys", "../../Accounts", "a b"]):
        call = begin(provider, provider_call_id=f"{unknown}{number}")

        assert ended(terminate(api, call)) == "Call ended"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 401}, "PROVIDER_ERROR"),
        ({"status": 403}, "PROVIDER_ERROR"),
        ({"status": 422}, "PROVIDER_ERROR"),
        ({"status": 429}, "PROVIDER_ERROR"),
        ({"status": 500}, "PROVIDER_UNKNOWN"),
        ({"status": 502}, "PROVIDER_UNKNOWN"),
        ({"status": 503}, "PROVIDER_UNKNOWN"),
        ({"fault": "close"}, "PROVIDER_UNKNOWN"),
        ({"fault": "html", "status": 200}, "PROVIDER_UNKNOWN"),
    ],
)
def test_a_provider_that_does_not_do_it_leaves_the_call_as_it_was(
    fault: dict[str, Any], code: str, provider: str, begin: Begin, simulator: Simulator, api: ApiClient
) -> None:
    call = begin(provider)
    before = Call.objects.filter(pk=call.pk).values().get()
    simulator.fail(provider, **fault)

    assert_refused(terminate(api, call), code, status=500)
    assert Call.objects.filter(pk=call.pk).values().get() == before
    assert event_names(call.pk) == []

    # And it can be tried again.
    assert ended(terminate(api, call)) == "Call ended"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_that_is_away_leaves_the_call_as_it_was(provider: str, begin: Begin, api: ApiClient) -> None:
    call = begin(provider)
    VoiceAccount.objects.update(base_url="http://127.0.0.1:1")

    assert_refused(terminate(api, call), "PROVIDER_ERROR", status=500)
    call.refresh_from_db()
    assert (call.status, event_names(call.pk)) == ("ringing", [])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_wrong_credentials_leave_the_call_as_it_was(provider: str, begin: Begin, api: ApiClient) -> None:
    call = begin(provider)
    account = VoiceAccount.objects.get()
    account.secrets = dict.fromkeys(account.secrets, "d3Jvbmc=")
    account.save()

    assert_refused(terminate(api, call), "PROVIDER_ERROR", status=500)
    call.refresh_from_db()
    assert call.status == "ringing"


# ---- Nobody to ask -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", [*PROVIDERS, "external"])
def test_without_an_account_the_call_is_ended_here(provider: str, api: ApiClient, user: User) -> None:
    call = ringing_call(user, provider=provider, provider_call_id="CA1")

    assert ended(terminate(api, call)) == "Call ended; there was no provider to ask"
    assert event_names(call.pk) == ["call_ended"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_with_half_an_account_the_call_is_ended_here(
    provider: str, begin: Begin, simulator: Simulator, api: ApiClient
) -> None:
    call = begin(provider)
    account = VoiceAccount.objects.get()
    account.secrets = {}
    account.save()

    assert ended(terminate(api, call)) == "Call ended; there was no provider to ask"
    assert requests_to(simulator) == 0


def test_an_account_of_another_organization_is_none_of_ours(
    simulator: Simulator, api: ApiClient, user: User, other_user: User
) -> None:
    make_account(other_user, "sinch", **access(simulator)["sinch"])
    call = ringing_call(user, provider_call_id="abc")

    assert ended(terminate(api, call)) == "Call ended; there was no provider to ask"
    assert requests_to(simulator) == 0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_that_the_provider_has_not_named_yet_is_ended_here(
    provider: str, begin: Begin, simulator: Simulator, api: ApiClient
) -> None:
    call = begin(provider, provider_call_id=None)

    assert ended(terminate(api, call)) == "Call ended; there was no provider to ask"
    assert requests_to(simulator) == 0


# ---- Conversations of AI agents --------------------------------------------------------------------------------------


@pytest.fixture
def agents_call(user: User) -> Iterator[Callable[..., tuple[Call, Simulator]]]:
    """A running conversation of ours in a simulated world; how the account there differs can be said."""
    with Simulator(pace=Pace(ringing=0.0, talking=3_600, processing=0.01, pause=0.01)) as running:

        def begin_conversation(**particulars: Any) -> tuple[Call, Simulator]:
            number = ElevenLabsNumber(phone_number_id="phnum_1", phone_number=OURS, agent_id="agent_1")
            running.add_account(ElevenLabsAccount(api_key="sk_1", phone_numbers=(number,), **particulars))
            make_account(user, "elevenlabs", secrets={"api_key": "sk_1"}, base_url=running.url)
            conversation = running.call_in("elevenlabs", from_number=CALLER, to=OURS)
            wait_until(lambda: running.happened()["calls"][0]["status"] == "in-progress")
            call = ringing_call(
                user, provider="elevenlabs", provider_call_id=conversation, status=CallStatus.IN_PROGRESS
            )
            return call, running

        yield begin_conversation


def talks(simulator: Simulator) -> bool:
    return bool(simulator.happened()["calls"][0]["status"] == "in-progress")


AgentsCall = Callable[..., tuple[Call, Simulator]]


def test_an_agents_conversation_is_ended_by_its_monitor(agents_call: AgentsCall, api: ApiClient) -> None:
    call, simulator = agents_call()

    assert ended(terminate(api, call)) == "Call ended"

    assert not talks(simulator)
    assert simulator.happened()["requests"]["elevenlabs monitor"] == 1
    call.refresh_from_db()
    assert (call.status, call.end_reason, event_names(call.pk)) == ("completed", "agent_hangup", ["call_ended"])


def test_without_the_monitor_nothing_is_said_to_have_ended(agents_call: AgentsCall, api: ApiClient) -> None:
    call, simulator = agents_call(monitoring="off")

    assert_refused(terminate(api, call), "CALL_NOT_TERMINABLE", status=409)

    call.refresh_from_db()
    assert (call.status, event_names(call.pk), talks(simulator)) == ("in-progress", [], True)


def test_a_command_that_is_not_carried_out_has_ended_nothing(
    agents_call: AgentsCall, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calls.providers.elevenlabs.provider.CONFIRM_SECONDS", 0.3)
    call, simulator = agents_call(monitoring="deaf")

    assert_refused(terminate(api, call), "PROVIDER_UNKNOWN", status=500)

    call.refresh_from_db()
    assert (call.status, event_names(call.pk), talks(simulator)) == ("in-progress", [], True)


def test_one_that_is_over_there_is_over(agents_call: AgentsCall, api: ApiClient) -> None:
    call, _ = agents_call()
    terminate(api, call)
    Call.objects.filter(pk=call.pk).update(status=CallStatus.IN_PROGRESS)

    assert ended(terminate(api, call)) == "Call ended"


def test_a_conversation_that_the_account_does_not_know_is_over(agents_call: AgentsCall, api: ApiClient) -> None:
    call, simulator = agents_call()
    Call.objects.filter(pk=call.pk).update(provider_call_id="conv_unknown")

    assert ended(terminate(api, call)) == "Call ended"
    assert talks(simulator)


def test_a_dial_whose_answer_was_lost_is_not_said_to_have_ended(agents_call: AgentsCall, api: ApiClient) -> None:
    """It has no conversation that is known: it may ring all the same."""
    call, _ = agents_call()
    Call.objects.filter(pk=call.pk).update(provider_call_id=None, status=CallStatus.INITIATED)

    assert_refused(terminate(api, call), "PROVIDER_UNKNOWN", status=500)
    call.refresh_from_db()
    assert (call.status, event_names(call.pk)) == ("initiated", [])


def test_a_redirect_takes_the_key_nowhere(agents_call: AgentsCall, api: ApiClient) -> None:
    call, simulator = agents_call()
    simulator.fail("elevenlabs", "monitor", status=302)

    assert_refused(terminate(api, call), "CALL_NOT_TERMINABLE", status=409)
    assert talks(simulator)


@pytest.fixture
def twilio_beside(agents_call: AgentsCall, user: User) -> Iterator[Callable[[bool], tuple[Call, Simulator, str]]]:
    """A conversation on a number that ElevenLabs has at Twilio: in the organization's account there, or another one."""

    def begin(is_ours: bool) -> tuple[Call, Simulator, str]:
        call, simulator = agents_call(monitoring="off", telephony="twilio")
        for sid in (TWILIO_SID, "AC" + "9" * 32):
            account = TwilioAccount(account_sid=sid, auth_token=TWILIO_TOKEN, voice_url=f"{theirs.url}/voice")
            simulator.add_account(msgspec.structs.replace(account, api_keys={"SK1": "secret"}))
        make_account(user, "twilio", is_active=False, **access(simulator)["twilio"])
        leg = simulator.call_in(
            "twilio", from_number=CALLER, to=OURS, account=TWILIO_SID if is_ours else "AC" + "9" * 32
        )
        simulator._do(lambda world: setattr(world.calls[call.provider_call_id or ""], "call_sid", leg))
        wait_until(lambda: status_of(simulator, leg) == "in-progress")
        return call, simulator, leg

    with Receiver() as theirs:
        theirs.answer("/voice", (200, DIAL.format(noun="Client", name="user-1")))
        yield begin


def status_of(simulator: Simulator, call_id: str) -> str:
    [found] = [each for each in simulator.happened()["calls"] if each["id"] == call_id]
    return str(found["status"])


def test_a_conversation_whose_carrier_is_known_is_ended_there(twilio_beside: Any, api: ApiClient) -> None:
    call, simulator, leg = twilio_beside(True)

    assert ended(terminate(api, call)) == "Call ended"

    # The carrier takes the order at once; that the call is over there, it says a moment later.
    wait_until(lambda: status_of(simulator, leg) == "completed")
    call.refresh_from_db()
    assert call.status == "completed"


def test_a_carriers_call_of_another_account_has_not_been_ended(twilio_beside: Any, api: ApiClient) -> None:
    call, simulator, _ = twilio_beside(False)

    assert_refused(terminate(api, call), "CALL_NOT_TERMINABLE", status=409)

    call.refresh_from_db()
    assert (call.status, talks(simulator)) == ("in-progress", True)


# ---- Whose call, races, statements ---------------------------------------------------------------------------------


def test_a_call_of_another_organization_is_answered_like_one_that_is_not_there(
    begin: Begin, simulator: Simulator, other_api: ApiClient
) -> None:
    call = begin("sinch")

    answer = terminate(other_api, call)

    assert_refused(answer, "CALL_NOT_FOUND", status=404)
    assert answer.content == terminate(other_api, new_object_id()).content
    assert requests_to(simulator) == 0


def test_what_is_sent_along_does_not_hinder_it(api: ApiClient, user: User) -> None:
    for content in (b"", b"{", b'{"reason": "busy"}'):
        assert api.post(f"/api/calls/{ringing_call(user).pk}/terminate", content).status == 200


@pytest.mark.parametrize("provider", PROVIDERS)
def test_of_several_at_once_one_is_told(live_url: str, simulator: Simulator, provider: str) -> None:
    user = make_user()
    make_account(user, provider, **access(simulator)[provider])
    provider_call_id = simulator.call_in(provider, from_number=CALLER, to=OURS)
    call = ringing_call(user, provider=provider, provider_call_id=provider_call_id)
    headers = {"Authorization": f"Bearer {logged_in(user).token}"}
    post = partial(requests.post, f"{live_url}/api/calls/{call.pk}/terminate", headers=headers, timeout=PATIENCE)

    answers = at_once([post] * 5)

    assert [answer.status_code for answer in answers] == [200] * 5
    assert event_names(call.pk) == ["call_ended"]


def test_while_the_provider_is_asked_the_row_is_free(
    live_url: str, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        terminate_call, "_LIMITS", replace(terminate_call._LIMITS, read_seconds=PATIENCE, total_seconds=PATIENCE)
    )
    user = make_user()
    make_account(user, "sinch", **access(simulator)["sinch"])
    provider_call_id = simulator.call_in("sinch", from_number=CALLER, to=OURS)
    call = ringing_call(user, provider_call_id=provider_call_id)
    simulator.fail("sinch", fault="stall")
    headers = {"Authorization": f"Bearer {logged_in(user).token}"}

    over = Event()

    def hang_up() -> int:
        address = f"{live_url}/api/calls/{call.pk}/terminate"
        status = requests.post(address, headers=headers, timeout=PATIENCE).status_code
        over.set()
        return status

    def answer_meanwhile() -> int:
        wait_until(lambda: requests_to(simulator))
        body = {"callId": call.pk}
        address = f"{live_url}/api/calls/sdk/answer"
        status = requests.post(address, json=body, headers=headers, timeout=PATIENCE).status_code
        assert not over.is_set()
        simulator.stop()  # the provider hangs up on us
        return status

    assert at_once([hang_up, answer_meanwhile]) == [500, 200]
    call.refresh_from_db()
    assert (call.status, event_names(call.pk)) == ("in-progress", ["call_answered"])


def test_ending_a_call_costs_six_statements(api: ApiClient, user: User) -> None:
    """User, call; the row locked, its change, its recordings, the event."""
    assert statements(api, f"/api/calls/{ringing_call(user).pk}/terminate") == 6


def test_asking_the_provider_costs_one_more_for_the_account(begin: Begin, api: ApiClient) -> None:
    assert statements(api, f"/api/calls/{begin('sinch').pk}/terminate") == 7


def test_a_call_that_has_ended_costs_two_statements(api: ApiClient, user: User) -> None:
    call = ringing_call(user, status=CallStatus.COMPLETED)

    assert statements(api, f"/api/calls/{call.pk}/terminate") == 2
