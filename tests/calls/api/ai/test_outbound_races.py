"""POST /api/calls/ai/outbound, many at once, over a running server: one person's telephone rings once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests

from calls.demo.simulator import Simulator
from calls.models import Call, CallStatus
from calls.services.agent_calls import dial_lock
from contacts.models import Contact
from conversations.models import Conversation
from tests.calls.api.ai.outbound import (
    ANOTHER_AGENT,
    ANOTHER_NUMBER,
    OUTBOUND,
    Office,
    assert_is_answer,
    customer,
    dials,
    make_number,
    outbound,
)
from tests.calls.event_log import events_of
from tests.clients import ApiClient, logged_in
from tests.factories import make_prompt, make_user
from tests.waiting import PATIENCE


def post_at_once(live_url: str, posts: Sequence[tuple[ApiClient, dict[str, Any]]]) -> list[requests.Response]:
    """Send every body in a thread of its own, all in the same moment; the answers in the order of the bodies."""
    barrier = Barrier(len(posts))

    def post(sent: tuple[ApiClient, dict[str, Any]]) -> requests.Response:
        client, body = sent
        headers = {"Authorization": f"Bearer {client.token}"}
        barrier.wait(timeout=PATIENCE)
        return requests.post(live_url + OUTBOUND, json=body, headers=headers, timeout=PATIENCE)

    with ThreadPoolExecutor(max_workers=len(posts)) as threads:
        answers = list(threads.map(post, posts))
    for answer in answers:
        assert_is_answer(answer.status_code, answer.json())
    return answers


def assert_one_was_placed(answers: Sequence[requests.Response]) -> None:
    """One says so, and everybody else gets its ids or is told to wait."""
    placed = [answer.json() for answer in answers if answer.status_code == 200]
    assert Counter(answer["deduplicated"] for answer in placed)[False] == 1
    assert len({(answer["conversationId"], answer["sipCallId"]) for answer in placed}) == 1
    for answer in answers:
        if answer.status_code != 200:
            assert (answer.status_code, answer.json()["code"]) == (429, "OUTBOUND_IN_FLIGHT")
            assert 1 <= int(answer.headers["Retry-After"]) <= dial_lock.LOCK_SECONDS


@pytest.mark.parametrize("known", [True, False])
def test_of_twenty_identical_requests_at_once_one_dials(
    live_url: str, api: ApiClient, office: Office, simulator: Simulator, known: bool
) -> None:
    body = {"contactId": office.contact.pk} if known else {"phoneNumber": customer(1)}

    answers = post_at_once(live_url, [(api, body)] * 20)

    assert_one_was_placed(answers)
    assert dials(simulator) == Call.objects.count() == Conversation.objects.count() == 1
    assert Contact.objects.count() == (1 if known else 2)
    assert events_of(Call.objects.get()) == {"call_initiated": 1}


def test_contact_and_number_of_one_person_at_once_are_one_call(
    live_url: str, api: ApiClient, office: Office, simulator: Simulator
) -> None:
    bodies = [{"contactId": office.contact.pk}, {"phoneNumber": customer(0)}] * 5

    assert_one_was_placed(post_at_once(live_url, [(api, body) for body in bodies]))

    assert dials(simulator) == 1


def test_of_identical_requests_whose_answer_is_lost_none_dials_again(
    live_url: str, api: ApiClient, office: Office, simulator: Simulator
) -> None:
    simulator.fail("elevenlabs", "outbound-call", "close", after=True, times=10)

    answers = post_at_once(live_url, [(api, {"contactId": office.contact.pk})] * 10)

    assert Counter(answer.status_code for answer in answers) == {500: 1, 429: 9}
    assert dials(simulator) == 1
    assert Call.objects.get().status == CallStatus.INITIATED


def test_different_calls_at_once_are_all_placed(
    live_url: str, api: ApiClient, office: Office, simulator: Simulator
) -> None:
    """Another agent, another number, another user: each is another call."""
    assert office.user.organization is not None
    agent = make_prompt(office.user.organization, elevenlabs_agent_id=ANOTHER_AGENT)
    colleague = make_user(organization=office.user.organization)
    make_number(colleague, phone_number=ANOTHER_NUMBER)
    person = {"phoneNumber": customer(1)}

    answers = post_at_once(
        live_url,
        [
            (api, person),
            (api, {**person, "agentId": agent.pk}),
            (api, {"phoneNumber": customer(2)}),
            (logged_in(colleague), person),
        ],
    )

    assert [answer.json().get("deduplicated") for answer in answers] == [False] * 4
    assert dials(simulator) == Call.objects.count() == 4
    assert Contact.objects.filter(phone_number=customer(1)).count() == 1


@pytest.mark.django_db
def test_a_repeated_request_gets_the_first_ids(api: ApiClient, office: Office, simulator: Simulator) -> None:
    first = outbound(api, contactId=office.contact.pk, callReason="First")
    second = outbound(api, phoneNumber=customer(0), agentId=office.agent.pk, callReason="Second")

    assert (first.status, second.status) == (200, 200)
    assert (first.body["deduplicated"], second.body["deduplicated"]) == (False, True)
    assert second.body["conversationId"] == first.body["conversationId"]
    assert second.body["sipCallId"] == first.body["sipCallId"]
    assert (dials(simulator), Call.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_repeated_request_for_a_call_that_was_deleted_dials_no_other(
    api: ApiClient, office: Office, simulator: Simulator
) -> None:
    outbound(api, contactId=office.contact.pk)
    Call.objects.all().delete()

    answer = outbound(api, contactId=office.contact.pk)

    assert (answer.status, answer.body["code"], dials(simulator)) == (429, "OUTBOUND_IN_FLIGHT", 1)
