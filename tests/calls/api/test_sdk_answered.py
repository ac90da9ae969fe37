"""POST /api/calls/sdk/answer and /api/calls/sdk/reject."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import requests
from django.utils import timezone

from calls.models import Call, CallStatus
from conversations.models import Message
from tests.at_once import at_once
from tests.calls.api.browsing import (
    ANSWER,
    CALLER,
    REJECT,
    assert_refused,
    call_in,
    ringing_call,
    statements,
)
from tests.calls.event_log import event_names
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_contact, make_conversation, make_user
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize("path", [ANSWER, REJECT])
TERMINAL = ["completed", "no-answer", "busy", "failed", "canceled"]


@pytest.fixture
def call(user: User) -> Call:
    """With contact and conversation."""
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number=CALLER)
    return ringing_call(user, contact=contact, conversation=make_conversation(contact))


@pytest.fixture
def colleague(user: User) -> User:
    return make_user(organization=user.organization)


def assert_nothing_found(answer: Answer) -> None:
    assert answer.status == 200, answer
    assert_is("CallsCallSuccessResponse", answer.body)
    assert answer.body == {"success": True, "message": "No such call; go on"}


# ---- answer --------------------------------------------------------------------------------------------------------


def test_the_first_answer_has_the_call(call: Call, colleague: User) -> None:
    before = timezone.now()

    document = call_in(logged_in(colleague).post(ANSWER, {"callId": call.pk, "conferenceId": "room 1"}))

    call.refresh_from_db()
    assert (call.status, call.user_id) == ("in-progress", colleague.pk)
    assert call.answer_time is not None
    assert before <= call.answer_time <= timezone.now()
    assert (document["status"], document["userId"]) == ("in-progress", colleague.pk)
    assert document["providerMetadata"] == {"conferenceId": "room 1"}
    assert event_names(call.pk) == ["call_answered"]


def test_a_second_answer_changes_nothing_and_is_not_told(api: ApiClient, call: Call, colleague: User) -> None:
    first = call_in(api.post(ANSWER, {"callId": call.pk}))

    second = call_in(logged_in(colleague).post(ANSWER, {"callId": call.pk, "conferenceId": "room 2"}))

    assert second == first
    assert event_names(call.pk) == ["call_answered"]


@pytest.mark.parametrize("status", TERMINAL)
@BOTH
def test_a_call_that_has_ended_stays_as_it_is(path: str, status: str, api: ApiClient, user: User) -> None:
    ended = ringing_call(user, status=status, user=None)

    document = call_in(api.post(path, {"callId": ended.pk}))

    assert (document["status"], "userId" in document, "answerTime" in document) == (status, False, False)
    assert event_names(ended.pk) == []


def test_a_call_that_the_provider_told_of_first_gets_its_user(api: ApiClient, user: User) -> None:
    answered = ringing_call(user, status=CallStatus.IN_PROGRESS, user=None)

    assert call_in(api.post(ANSWER, {"callId": answered.pk}))["userId"] == user.pk
    assert event_names(answered.pk) == []


def test_where_the_provider_was_faster_the_browser_adds_what_is_not_known(api: ApiClient, user: User) -> None:
    answered = ringing_call(user, status=CallStatus.IN_PROGRESS)

    document = call_in(api.post(ANSWER, {"callId": answered.pk, "conferenceId": "conference-1"}))
    again = call_in(api.post(ANSWER, {"callId": answered.pk, "conferenceId": "conference-2"}))

    assert again == document
    assert document["providerMetadata"]["conferenceId"] == "conference-1"
    assert "answerTime" in document
    assert event_names(answered.pk) == []


def test_agents_who_answer_at_once_all_get_200_and_one_has_the_call(live_url: str) -> None:
    user = make_user()
    agents = [make_user(organization=user.organization) for _ in range(6)]
    for names in ({"callId": ""}, {"callerNumber": CALLER}):
        call = ringing_call(user, user=None)
        body = {name: value or call.pk for name, value in names.items()}

        answers = post_at_once(live_url + ANSWER, [(logged_in(agent), body) for agent in agents])

        call.refresh_from_db()
        assert [answer.status_code for answer in answers] == [200] * len(agents)
        assert {answer.json()["call"]["userId"] for answer in answers if "call" in answer.json()} == {call.user_id}
        assert call.user_id in {agent.pk for agent in agents}
        assert event_names(call.pk) == ["call_answered"]


def test_of_an_answer_and_a_rejection_at_once_one_counts(live_url: str) -> None:
    user = make_user()
    api = logged_in(user)
    for _ in range(4):
        call = ringing_call(user)
        body = {"callId": call.pk}

        answers = at_once([partial(_post, live_url + path, api, body) for path in (ANSWER, REJECT)])

        call.refresh_from_db()
        assert [answer.status_code for answer in answers] == [200, 200]
        told = {"in-progress": "call_answered", "no-answer": "call_rejected"}[call.status]
        assert event_names(call.pk) == [told]


def post_at_once(url: str, posts: Sequence[tuple[ApiClient, Any]]) -> list[requests.Response]:
    return at_once([partial(_post, url, client, body) for client, body in posts])


def _post(url: str, client: ApiClient, body: Any) -> requests.Response:
    return requests.post(url, json=body, headers={"Authorization": f"Bearer {client.token}"}, timeout=PATIENCE)


# ---- Which call ----------------------------------------------------------------------------------------------------


@BOTH
def test_our_id_counts_before_twilios_and_twilios_before_the_number(path: str, api: ApiClient, user: User) -> None:
    ours, by_number = ringing_call(user), ringing_call(user, from_number="+14165550177")
    twilios = ringing_call(user, provider="twilio", provider_call_id="CA1")
    names = {"callId": ours.pk, "twilioCallSid": "CA1", "callerNumber": "+14165550177"}

    found = [call_in(api.post(path, names))["_id"]]
    found.append(call_in(api.post(path, {**names, "callId": new_object_id()}))["_id"])
    found.append(call_in(api.post(path, {**names, "callId": "x", "twilioCallSid": "CA2"}))["_id"])

    assert found == [ours.pk, twilios.pk, by_number.pk]


@BOTH
def test_by_number_it_is_the_newest_that_rings(path: str, api: ApiClient, user: User) -> None:
    now = timezone.now()
    ringing_call(user, start_time=now - timedelta(seconds=60))
    newest = ringing_call(user, start_time=now - timedelta(seconds=30), status=CallStatus.INITIATED)
    ringing_call(user, start_time=now, status=CallStatus.IN_PROGRESS)
    ringing_call(user, start_time=now, status=CallStatus.NO_ANSWER)
    ringing_call(user, start_time=now, direction="outbound")
    ringing_call(user, start_time=now, from_number="+14165550198")

    assert call_in(api.post(path, {"callerNumber": CALLER}))["_id"] == newest.pk


@BOTH
def test_by_number_nothing_is_found_that_rang_too_long_ago(path: str, api: ApiClient, user: User) -> None:
    ringing_call(user, start_time=timezone.now() - timedelta(minutes=5, seconds=1))

    assert_nothing_found(api.post(path, {"callerNumber": CALLER}))


@BOTH
@pytest.mark.parametrize(
    "names",
    [
        {"callId": new_object_id()},
        {"callId": "x"},
        {"callId": "a" * 100_000},
        {"twilioCallSid": "CA404"},
        {"twilioCallSid": "' OR 1=1 --"},
        {"callerNumber": "+14165550101"},
        {"callerNumber": "anonymous"},
        {"callId": None, "twilioCallSid": "", "callerNumber": "restricted"},
    ],
)
def test_what_is_not_found_is_no_failure(names: dict[str, Any], path: str, api: ApiClient, call: Call) -> None:
    assert_nothing_found(api.post(path, names))


@BOTH
def test_calls_of_another_organization_are_not_found(path: str, call: Call, user: User, other_api: ApiClient) -> None:
    twilios = ringing_call(user, provider="twilio", provider_call_id="CA1")

    for names in ({"callId": call.pk}, {"twilioCallSid": "CA1"}, {"callerNumber": CALLER}):
        assert_nothing_found(other_api.post(path, names))

    assert set(Call.objects.values_list("status", flat=True)) == {"ringing"}
    assert event_names(call.pk) == event_names(twilios.pk) == []


# ---- reject --------------------------------------------------------------------------------------------------------


def test_a_rejected_call_has_ended_unanswered(api: ApiClient, call: Call, user: User) -> None:
    document = call_in(api.post(REJECT, {"callId": call.pk}))

    call.refresh_from_db()
    assert (document["status"], document["duration"]) == ("no-answer", 0)
    assert call.end_time is not None
    assert "answerTime" not in document
    # The one message that every call leaves makes the conversation worth a look.
    assert event_names(call.pk) == ["call_rejected", "fetch_messages"]
    assert Message.objects.get(call_id=call.pk).content == "Call no answer (0 s)"


def test_a_call_is_rejected_once(api: ApiClient, call: Call) -> None:
    first = call_in(api.post(REJECT, {"callId": call.pk}))

    assert call_in(api.post(REJECT, {"callId": call.pk})) == first
    assert event_names(call.pk) == ["call_rejected", "fetch_messages"]


def test_a_rejected_call_cannot_be_answered(api: ApiClient, call: Call) -> None:
    rejected = call_in(api.post(REJECT, {"callId": call.pk}))

    assert call_in(api.post(ANSWER, {"callId": call.pk})) == rejected


@pytest.mark.parametrize("status", ["in-progress", "answered"])
def test_what_a_colleague_has_answered_goes_on(status: str, api: ApiClient, user: User) -> None:
    answered = ringing_call(user, status=status)

    assert call_in(api.post(REJECT, {"callId": answered.pk}))["status"] == status
    assert event_names(answered.pk) == []


def test_a_rejected_call_of_nobody_leaves_no_message(api: ApiClient, user: User) -> None:
    call = ringing_call(user)

    api.post(REJECT, {"callId": call.pk})

    assert event_names(call.pk) == ["call_rejected"]


# ---- Bad input, statements -----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    "body", [{}, {"callId": ""}, {"twilioCallSid": None, "callerNumber": " "}, {"conferenceId": "x"}]
)
def test_without_a_name_of_the_call_it_is_refused(body: dict[str, Any], path: str, api: ApiClient) -> None:
    answer = api.post(path, body)

    assert_refused(answer, "VALIDATION_ERROR", "")
    assert answer.body["error"]["message"] == "callId, twilioCallSid or callerNumber is required"


@BOTH
@pytest.mark.parametrize("name", ["callId", "twilioCallSid", "callerNumber"])
@pytest.mark.parametrize("value", [5, True, ["x"], {"a": "b"}])
def test_a_name_is_text(value: Any, name: str, path: str, api: ApiClient) -> None:
    assert_refused(api.post(path, {name: value}), "VALIDATION_ERROR", name)


def test_the_name_of_a_conference_has_a_limit(api: ApiClient, call: Call) -> None:
    answer = api.post(ANSWER, {"callId": call.pk, "conferenceId": "x" * 256})

    assert_refused(answer, "VALIDATION_ERROR", "conferenceId")


@BOTH
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"5", b'{"callId": "\\u0000"}'])
def test_a_body_that_is_none_is_refused(content: bytes, path: str, api: ApiClient) -> None:
    assert api.post(path, content).status == 400


def test_an_answer_costs_seven_statements(api: ApiClient, call: Call) -> None:
    """User, look-up, the row; its change, the event, whether it was handed over; recordings of the answer."""
    assert statements(api, ANSWER, {"callId": call.pk}) == 7


def test_an_answer_too_late_costs_four_statements(api: ApiClient, call: Call) -> None:
    api.post(ANSWER, {"callId": call.pk})

    assert statements(api, ANSWER, {"callId": call.pk}) == 4
