"""reconcile_calls: browsers' calls whose callbacks were lost, at Sinch and Twilio; and the command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.core.management import CommandError
from django.db import connection

from calls.demo.simulator import Outcome as Told
from calls.demo.simulator import Simulator
from calls.models import VoiceAccount
from calls.services.reconciling.finish_lookup import Outcome
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.services.reconciling.forgotten import (
    SINCH_KEY,
    SINCH_SECRET,
    command,
    make_forgotten,
    outcome_of,
    reconciled,
    silent_providers,
)
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def at_sinch(simulator: Simulator, digit: int) -> str:
    body = {
        "method": "ttsCallout",
        "ttsCallout": {"destination": {"type": "number", "endpoint": f"+1202555019{digit}"}, "cli": "+12025550100"},
    }
    url = f"{simulator.url}/calling/v1/callouts"
    call_id: str = requests.post(url, json=body, auth=(SINCH_KEY, SINCH_SECRET), timeout=PATIENCE).json()["callId"]
    return call_id


def at_twilio(simulator: Simulator, ours: Receiver, twiml: str, outcome: Told = Told.COMPLETED) -> str:
    """Somebody calls in, and is answered by the TwiML."""
    ours.answer("/voice", (200, f"<Response>{twiml}</Response>"))
    return simulator.call_in(
        "twilio", from_number="+12025550177", to="+12025550100", outcome=outcome, voice_url=f"{ours.url}/voice"
    )


def dial(digit: int) -> str:
    return f"<Dial><Number>+1202555019{digit}</Number></Dial>"


def credentials_gone(provider: str) -> None:
    VoiceAccount.objects.filter(provider=provider).delete()


# ---- Sinch


@pytest.mark.parametrize(("digit", "status"), [(0, "completed"), (5, "busy"), (6, "no-answer")])
def test_a_call_at_sinch_ends_as_sinch_says(digit: int, status: str, user: User, simulator: Simulator) -> None:
    call = make_forgotten(user, provider="sinch", provider_call_id=at_sinch(simulator, digit))
    simulator.settle()

    assert outcome_of() == [Outcome.SETTLED]

    call.refresh_from_db()
    assert call.status == status
    assert bool(call.duration) == (status == "completed")


# ---- Twilio


@pytest.mark.parametrize(("digit", "status"), [(0, "completed"), (5, "busy"), (6, "no-answer")])
def test_at_twilio_the_leg_that_was_called_tells_who_answered(
    digit: int, status: str, user: User, simulator: Simulator, ours: Receiver
) -> None:
    """The first leg is completed, whatever became of the other one."""
    call_sid = at_twilio(simulator, ours, dial(digit))
    call = make_forgotten(user, provider="twilio", provider_call_id=call_sid, direction="inbound", status="ringing")
    simulator.settle()

    assert outcome_of() == [Outcome.SETTLED]

    call.refresh_from_db()
    assert call.status == status
    assert bool(call.duration) == (status == "completed")
    assert call.provider_call_id == call_sid


@pytest.mark.parametrize(("known", "status"), [("ringing", "no-answer"), ("in-progress", "completed")])
def test_a_call_at_twilio_that_led_to_nobody_was_answered_only_where_we_were_told_so(
    known: str, status: str, user: User, simulator: Simulator, ours: Receiver
) -> None:
    call_sid = at_twilio(simulator, ours, "<Say>Nobody is here.</Say>")
    call = make_forgotten(user, provider="twilio", provider_call_id=call_sid, direction="inbound", status=known)
    simulator.settle()

    assert outcome_of() == [Outcome.SETTLED]

    call.refresh_from_db()
    assert call.status == status


def test_a_call_whose_legs_twilio_does_not_tell_is_left_alone(user: User, simulator: Simulator, ours: Receiver) -> None:
    call_sid = at_twilio(simulator, ours, dial(0))
    make_forgotten(user, provider="twilio", provider_call_id=call_sid, status="ringing")
    simulator.settle()
    simulator.fail("twilio", "calls-list", status=500)

    assert outcome_of() == [Outcome.NOT_REACHED]
    assert outcome_of() == [Outcome.SETTLED]


# ---- Both


def test_a_call_that_goes_on_is_left_alone(user: User, ours: Receiver) -> None:
    with silent_providers(talking=60) as simulator:
        VoiceAccount.objects.update(base_url=simulator.url)
        names = {"sinch": at_sinch(simulator, 0), "twilio": at_twilio(simulator, ours, dial(0))}
        calls = [
            make_forgotten(user, provider=provider, provider_call_id=name, status="ringing")
            for provider, name in names.items()
        ]

        assert outcome_of() == [Outcome.GOING_ON] * 2

    for call in calls:
        call.refresh_from_db()
        assert call.status == "ringing"


@pytest.mark.parametrize("provider", ["sinch", "twilio"])
@pytest.mark.parametrize("fault", [{"status": 401}, {"status": 500}, {"fault": "close"}], ids=str)
def test_an_error_of_the_provider_leaves_the_call_alone(
    fault: dict[str, Any], provider: str, user: User, simulator: Simulator
) -> None:
    call = make_forgotten(user, provider=provider, provider_call_id="CA-unknown")
    simulator.fail(provider, "call", **fault)

    run = reconciled()

    assert (run.outcomes, run.broken) == ({Outcome.NOT_REACHED: 1}, 0)
    call.refresh_from_db()
    assert call.status == "initiated"


@pytest.mark.parametrize("provider", ["sinch", "twilio"])
def test_a_call_that_the_provider_does_not_know_has_failed(provider: str, user: User) -> None:
    call = make_forgotten(user, provider=provider, provider_call_id="CA-unknown")

    assert outcome_of() == [Outcome.FAILED]

    call.refresh_from_db()
    assert (call.status, call.provider_metadata) == ("failed", {"failureReason": "unknown_at_provider"})


@pytest.mark.parametrize("provider", ["sinch", "twilio"])
def test_a_browser_s_call_that_no_provider_told_us_of_has_failed(
    provider: str, user: User, simulator: Simulator
) -> None:
    call = make_forgotten(user, provider=provider, provider_call_id=None)

    assert outcome_of() == [Outcome.FAILED]

    call.refresh_from_db()
    assert (call.status, call.provider_metadata) == ("failed", {"failureReason": "unheard_of"})
    assert simulator.happened()["requests"] == {}


@pytest.mark.parametrize(("hours", "status"), [(2, "in-progress"), (25, "failed")])
def test_a_browser_s_call_that_talks_is_given_a_day(hours: int, status: str, user: User) -> None:
    call = make_forgotten(user, provider="twilio", status="in-progress", age=timedelta(hours=hours))

    reconciled()

    call.refresh_from_db()
    assert call.status == status


@pytest.mark.parametrize("provider", ["sinch", "twilio"])
def test_without_credentials_a_call_is_left_alone(provider: str, user: User) -> None:
    credentials_gone(provider)
    make_forgotten(user, provider=provider, provider_call_id="CA-unknown")

    assert outcome_of() == [Outcome.NO_CREDENTIALS]


# ---- The command


def test_the_command_says_what_it_did(user: User, simulator: Simulator) -> None:
    make_forgotten(user, provider="sinch", provider_call_id="unknown")
    make_forgotten(user, provider="twilio", provider_call_id="unknown")
    simulator.fail("twilio", status=401)

    assert command() == "Looked at 2 calls: 1 failed, 1 provider not reached\n  twilio: unauthorized (401): 1\n"


def test_the_command_has_nothing_to_say_of_a_quiet_day() -> None:
    assert command() == "Looked at 0 calls\n"


def test_the_setting_says_how_long_a_call_is_left_alone(user: User, settings: Any) -> None:
    make_forgotten(user, provider="sinch", age=timedelta(minutes=20))
    settings.TETHER_RECONCILE_MINUTES = 25
    assert command() == "Looked at 0 calls\n"
    assert command("--minutes", "19") == "Looked at 1 calls: 1 failed\n"


def test_one_call_is_looked_at_whatever_its_age(user: User, simulator: Simulator) -> None:
    call_id = at_sinch(simulator, 0)
    call = make_forgotten(user, provider="sinch", provider_call_id=call_id, age=timedelta())
    simulator.settle()

    assert command("--call", call.pk) == "Looked at 1 calls: 1 settled\n"
    assert command("--call", call.pk) == "Looked at 1 calls: 1 settled by another report\n"


def test_a_call_of_another_organization_is_none(user: User, other_user: User) -> None:
    call = make_forgotten(user, provider="sinch")
    with pytest.raises(CommandError, match="no such call"):
        command("--call", call.pk, "--organization", str(other_user.organization_id))


@pytest.mark.parametrize("option", ["--minutes=-1", "--limit=0"])
def test_the_command_refuses_numbers_that_mean_nothing(option: str) -> None:
    with pytest.raises(CommandError):
        command(option)


def test_the_command_fails_when_something_is_broken_here(user: User, simulator: Simulator) -> None:
    make_forgotten(user, provider="sinch", provider_call_id=at_sinch(simulator, 0))
    simulator.settle()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE calls_voiceaccount SET secrets = 'unreadable'")

    with pytest.raises(CommandError, match="1 went wrong here"):
        command()
