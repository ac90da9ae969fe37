"""The tool schedule-callback: who is called back, when, by which agent, from which number; and once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from typing import Any

import pytest
import requests
from django.utils import timezone

from calls.models import Call, Prompt, ScheduledCall, VoiceAccount
from calls.services.agent_calls.dial_due import dial_scheduled_calls
from contacts.models import Contact
from tests.calls.api.ai.conftest import office, simulator
from tests.calls.api.ai.outbound import Office, customer
from tests.calls.scheduling import come_due
from tests.calls.webhooks.elevenlabs_office import (
    AGENT,
    CALLER,
    TOOL_SECRET,
    ask,
    make_account,
    make_agent,
    make_ai_number,
)
from tests.clients import Answer
from tests.factories import make_call, make_contact, make_do_not_call, make_prompt
from tests.waiting import PATIENCE
from tether_calls.accounts.models import CallingHours, Organization, User

__all__ = ["office", "simulator"]

pytestmark = pytest.mark.django_db

PATH = "/api/webhook/elevenlabs/tools/schedule-callback"
CONVERSATION = "conv_1"
# Friday, half past nine in Toronto.
NOW = datetime(2026, 5, 15, 13, 30, tzinfo=UTC)
TOMORROW_AT_THREE = "2026-05-16T15:00"


@pytest.fixture
def account(user: User) -> VoiceAccount:
    return make_account(user)


@pytest.fixture
def agent(user: User, account: VoiceAccount) -> Prompt:
    """An agent with a number from which it calls."""
    agent = make_agent(user, AGENT)
    make_ai_number(user, agent, elevenlabs_phone_number_id="phnum_1")
    return agent


@pytest.fixture
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def use(**told: Any) -> Answer:
    asked = {"conversation_id": CONVERSATION, "agent_id": AGENT, "phone_number": CALLER, "when": TOMORROW_AT_THREE}
    return ask({**asked, **told}, path=PATH)


def reply(**told: Any) -> dict[str, Any]:
    answer = use(**told)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


@pytest.mark.usefixtures("_now")
def test_a_caller_is_called_back_by_the_clock_where_they_are(agent: Prompt) -> None:
    assert reply() == {
        "success": True,
        "scheduled_for": "2026-05-16T19:00:00.000Z",
        "message": "They are called back on Saturday, 2026-05-16 at 15:00 (America/Toronto).",
    }
    (scheduled,) = ScheduledCall.objects.all()
    assert (scheduled.source, scheduled.phone_number, scheduled.agent) == ("agent", CALLER, agent)
    assert scheduled.contact == Contact.objects.get(phone_number=CALLER)


@pytest.mark.usefixtures("_now")
@pytest.mark.parametrize(
    ("when", "scheduled_for"),
    [
        ("2026-05-16T15:00:00+02:00", "2026-05-16T13:00:00.000Z"),
        ("2026-05-16T15:00Z", "2026-05-16T15:00:00.000Z"),
        (" 2026-05-16 15:00 ", "2026-05-16T19:00:00.000Z"),
    ],
)
def test_the_time_may_have_an_offset(agent: Prompt, when: str, scheduled_for: str) -> None:
    assert reply(when=when)["scheduled_for"] == scheduled_for


@pytest.mark.usefixtures("_now")
def test_outside_of_the_calling_hours_the_answer_says_when_it_will_be(home: Organization, agent: Prompt) -> None:
    CallingHours.objects.create(organization=home, start=time(9), end=time(20), weekdays=0b0011111)

    assert reply()["message"] == "They are called back on Monday, 2026-05-18 at 09:00 (America/Toronto)."


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"when": None}, "when is missing."),
        ({"when": "tomorrow at three"}, "This is no date and time such as 2026-12-01T15:00. Where the person is, it"),
        ({"when": "2026-05-16"}, "This is no date and time"),
        ({"when": "x" * 5_000}, "This is no date and time"),
        ({"when": {"date": "2026-05-16"}}, "when is missing."),
        (
            {"when": "2026-05-15T09:00"},
            "This time is over. Where the person is, it is now Friday, 2026-05-15 at 09:30 (America/Toronto).",
        ),
        ({"when": "2038-05-15T09:00"}, "This is too far ahead."),
        ({"when": "2026-11-01T01:30"}, "On that day this hour comes twice."),
        ({"when": "2027-03-14T02:30"}, "On that day this hour is left out"),
        # Toll-free: it may ring from Guam to Newfoundland.
        ({"phone_number": "+18002345678"}, "It is not known what time it is where the person is."),
        ({"phone_number": "four one six"}, "This is no telephone number with its country code."),
        ({"phone_number": "+15555550171"}, "This number cannot be called. Ask for it again, digit by digit."),
        ({"phone_number": ""}, "phone_number is missing"),
    ],
)
@pytest.mark.usefixtures("_now")
def test_what_cannot_be_planned_is_said_in_a_sentence(agent: Prompt, told: Any, error: str) -> None:
    answer = reply(**told)

    assert answer["success"] is False
    assert answer["error"].startswith(error)
    assert not ScheduledCall.objects.exists()


@pytest.mark.usefixtures("_now")
def test_in_the_hour_that_comes_twice_an_offset_tells_which(agent: Prompt) -> None:
    assert reply(when="2026-11-01T01:30-04:00")["scheduled_for"] == "2026-11-01T05:30:00.000Z"
    assert reply(when="2026-11-01T01:30-05:00")["scheduled_for"] == "2026-11-01T06:30:00.000Z"


@pytest.mark.usefixtures("_now")
def test_a_number_on_the_list_is_not_called_back(home: Organization, agent: Prompt) -> None:
    make_do_not_call(home, phone_number=CALLER)

    assert reply() == {"success": False, "error": "The phone number is on your Do Not Call list"}


@pytest.mark.usefixtures("_now")
def test_the_agent_of_the_conversation_calls_back_from_the_number_that_was_talked_over(
    user: User, home: Organization, account: VoiceAccount, agent: Prompt
) -> None:
    other = make_prompt(home, elevenlabs_agent_id="agent_2")
    make_ai_number(user, other, phone_number="+14165550101", elevenlabs_phone_number_id="phnum_2")
    call = make_call(
        user,
        provider="elevenlabs",
        provider_call_id=CONVERSATION,
        direction="inbound",
        provider_phone_number="+14165550101",
        ai_agent=other,
    )

    assert reply()["success"] is True

    (scheduled,) = ScheduledCall.objects.all()
    assert (scheduled.agent, scheduled.from_number, scheduled.user) == (other, "+14165550101", user)
    assert scheduled.asking_call_id == call.pk


@pytest.mark.usefixtures("_now")
def test_an_agent_without_a_number_promises_nothing(user: User, account: VoiceAccount) -> None:
    make_agent(user, AGENT)

    assert reply() == {"success": False, "error": "The agent does not have an assigned phone number"}


@pytest.mark.usefixtures("_now")
def test_agents_of_another_organization_are_not_found(
    user: User, other_user: User, account: VoiceAccount, agent: Prompt
) -> None:
    assert other_user.organization is not None
    theirs = make_prompt(other_user.organization, elevenlabs_agent_id="agent_theirs")
    make_call(other_user, provider="elevenlabs", provider_call_id="conv_theirs", ai_agent=theirs)

    assert reply(agent_id="agent_theirs", conversation_id="conv_theirs")["success"] is False
    assert use(agent_id="agent_theirs").body["success"] is False
    assert ask({"phone_number": CALLER}, secret="wrong", path=PATH).status == 401
    assert not ScheduledCall.objects.exists()


# ---- Once


@pytest.mark.usefixtures("_now")
def test_the_same_request_again_plans_nothing_more(agent: Prompt) -> None:
    assert reply() == reply()
    assert ScheduledCall.objects.count() == 1


@pytest.mark.usefixtures("_now")
def test_another_time_moves_the_call_back_that_there_is(agent: Prompt) -> None:
    reply()
    moved = reply(when="2026-05-16T16:00", conversation_id="conv_2")

    (scheduled,) = ScheduledCall.objects.all()
    assert moved["scheduled_for"] == "2026-05-16T20:00:00.000Z"
    assert scheduled.next_at == datetime(2026, 5, 16, 20, tzinfo=UTC)


@pytest.mark.usefixtures("_now")
def test_another_persons_call_back_is_another_one(home: Organization, agent: Prompt) -> None:
    make_contact(home, phone_number="+14165550172")
    reply()
    reply(phone_number="+14165550172")

    assert ScheduledCall.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_same", [True, False], ids=["the same", "twenty conversations"])
def test_twenty_requests_at_once_plan_one_call(agent: Prompt, live_url: str, is_same: bool) -> None:
    def send(number: int) -> dict[str, Any]:
        told = {
            "conversation_id": CONVERSATION if is_same else f"conv_{number}",
            "agent_id": AGENT,
            "phone_number": CALLER,
            "when": f"{timezone.now().year + 1}-01-15T15:00:00-05:00",
        }
        headers = {"Authorization": f"Bearer {TOOL_SECRET}"}
        answer: dict[str, Any] = requests.post(live_url + PATH, json=told, headers=headers, timeout=PATIENCE).json()
        return answer

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(send, range(20)))

    assert all(answer["success"] for answer in answers), answers
    assert ScheduledCall.objects.count() == 1
    assert Contact.objects.filter(phone_number=CALLER).count() == 1


# ---- Kept


def test_what_was_promised_is_done(user: User, office: Office) -> None:
    office.account.secrets = {**office.account.secrets, "tool_secret": TOOL_SECRET}
    office.account.save()
    office.number.ai_agent = office.agent
    office.number.save()
    told = {"agent_id": office.agent.elevenlabs_agent_id, "phone_number": customer(0)}
    when = timezone.now().replace(microsecond=0, minute=0)
    answer = reply(**told, when=f"{when:%Y-%m-%d}T23:59:59Z", conversation_id="conv_9")
    assert answer["success"] is True, answer

    come_due()
    dial_scheduled_calls()

    (call,) = Call.objects.all()
    assert (call.to_number, call.from_number, call.ai_agent) == (customer(0), office.number.phone_number, office.agent)
    assert call.metadata["callReason"].startswith("They have asked to be called back")
