"""POST /api/calls/ingest, many at once, over a running server: exactly once, and nothing half."""

from __future__ import annotations

import base64
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests
from pytest_django import Settings

from calls.models import Call, Recording
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.calls.api.ingesting import INGEST, assert_is_answer_of_ingest, recorded_bytes, recording_names
from tests.clients import ApiClient, vendor_of
from tests.factories import FIXTURES, ingest_body, make_user, missed_call_body, mp3_bytes
from tests.http_targets import TargetServer
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

OF_A_RECORDED_CALL = ["call_initiated", "call_ended", "call_recording_ready", "fetch_messages"]


def post_at_once(live_url: str, posts: Sequence[tuple[ApiClient, dict[str, Any]]]) -> list[requests.Response]:
    """Send every body in a thread of its own, all in the same moment; the answers in the order of the bodies."""
    barrier = Barrier(len(posts))

    def post(sent: tuple[ApiClient, dict[str, Any]]) -> requests.Response:
        vendor, body = sent
        barrier.wait(timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {vendor.token}"}
        return requests.post(live_url + INGEST, json=body, headers=headers, timeout=PATIENCE)

    with ThreadPoolExecutor(max_workers=len(posts)) as threads:
        answers = list(threads.map(post, posts))
    for answer in answers:
        assert_is_answer_of_ingest(answer.status_code, answer.json())
    return answers


def statuses(answers: Sequence[requests.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def assert_all_hangs_together() -> None:
    """Every call has its message and events, every conversation its count, every recording its file."""
    assert Message.objects.count() == Call.objects.count()
    for conversation in Conversation.objects.all():
        assert conversation.message_count == conversation.messages.count() == conversation.calls.count()
    for call in Call.objects.all():
        expected = OF_A_RECORDED_CALL if call.recordings.exists() else [OF_A_RECORDED_CALL[i] for i in (0, 1, 3)]
        assert list(EventLog.objects.filter(call_id=call.pk).order_by("id").values_list("name", flat=True)) == expected
    assert recording_names() == set(Recording.objects.values_list("file", flat=True))


def test_of_twenty_identical_posts_at_once_one_is_kept(live_url: str, vendor: ApiClient) -> None:
    answers = post_at_once(live_url, [(vendor, ingest_body(externalCallId="the same"))] * 20)

    assert statuses(answers) == {201: 1, 200: 19}
    assert len({answer.json()["callId"] for answer in answers}) == 1
    assert Call.objects.count() == Contact.objects.count() == Conversation.objects.count() == 1
    assert len(recording_names()) == Recording.objects.count() == 1
    assert EventLog.objects.count() == 4
    assert_all_hangs_together()


def test_of_identical_posts_at_once_that_bring_a_url_one_is_kept(
    live_url: str, vendor: ApiClient, settings: Settings
) -> None:
    with TargetServer({"/abc123.mp3": mp3_bytes()}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        answers = post_at_once(live_url, [(vendor, ingest_body(recording=target.url("/abc123.mp3")))] * 8)

    assert statuses(answers) == {201: 1, 200: 7}
    assert len(recording_names()) == 1
    assert_all_hangs_together()


def test_of_different_posts_at_once_with_one_external_id_one_is_kept_whole(live_url: str, vendor: ApiClient) -> None:
    bodies = [
        ingest_body(
            externalCallId="the same",
            toNumber=f"+1416555{number:04}",
            summary=f"Call {number}.",
            recording=base64.b64encode((FIXTURES / "audio" / name).read_bytes()).decode(),
        )
        for number, name in enumerate(["call-8khz-mono.mp3", "call-16khz-mono.mp3", "blip.mp3", "silence.mp3"])
    ]

    answers = post_at_once(live_url, [(vendor, body) for body in bodies])

    assert statuses(answers) == {201: 1, 200: 3}
    call = Call.objects.get()
    kept = next(body for body in bodies if body["toNumber"] == call.to_number)
    assert call.ai_summary == kept["summary"]
    (name,) = recording_names()
    assert recorded_bytes(name) == base64.b64decode(kept["recording"])
    # The contacts of those that came too late were taken back with them.
    assert Contact.objects.get().phone_number == call.to_number


@pytest.mark.parametrize("posts", [2, 8])
def test_different_posts_at_once_for_a_new_number_share_contact_and_conversation(
    live_url: str, vendor: ApiClient, posts: int
) -> None:
    rounds = 6
    for number in range(rounds):
        bodies = [ingest_body(toNumber=f"+1416555{number:04}") for _ in range(posts)]

        answers = post_at_once(live_url, [(vendor, body) for body in bodies])

        assert statuses(answers) == {201: posts}
        assert len({answer.json()["callId"] for answer in answers}) == posts
        assert len({answer.json()["contactId"] for answer in answers}) == 1
        assert len({answer.json()["conversationId"] for answer in answers}) == 1
    assert set(Conversation.objects.values_list("message_count", flat=True)) == {posts}
    assert Contact.objects.count() == Conversation.objects.count() == rounds
    assert_all_hangs_together()


def test_of_posts_at_once_that_name_a_caller_one_name_is_taken(live_url: str, vendor: ApiClient) -> None:
    names = [f"Kim{number} Example{number}" for number in range(8)]

    answers = post_at_once(live_url, [(vendor, missed_call_body(callerName=name)) for name in names])

    assert statuses(answers) == {201: 8}
    assert Contact.objects.get().full_name in names


def test_thirty_mixed_posts_at_once_are_each_kept_once(live_url: str, user: User) -> None:
    vendors = [vendor_of(user), vendor_of(make_user(organization=user.organization)), vendor_of(make_user())]
    posts = [
        (
            vendor,
            ingest_body(
                externalCallId=f"call {number}" if number < 4 else None,
                direction=("inbound", "outbound")[number % 2],
                fromNumber="+14165550100",
                toNumber=f"+1416555{7000 + number % 3}",
                **({} if number % 2 else {"status": "busy", "recording": None}),
            ),
        )
        for vendor in vendors
        for number in (0, 0, 1, 1, 2, 2, 3, 4, 5, 6)
    ]
    random.Random(5).shuffle(posts)

    answers = post_at_once(live_url, posts)

    assert statuses(answers) == {201: 21, 200: 9}
    assert Call.objects.count() == 21
    assert_all_hangs_together()


def test_posts_at_once_that_are_refused_leave_nothing_beside_those_that_are_kept(
    live_url: str, vendor: ApiClient
) -> None:
    good = [ingest_body() for _ in range(6)]
    bad = [ingest_body(recording="not base64!"), ingest_body(summary=None), ingest_body(toNumber="5")] * 2

    answers = post_at_once(live_url, [(vendor, body) for pair in zip(good, bad, strict=True) for body in pair])

    assert statuses(answers) == {201: 6, 400: 6}
    assert Call.objects.count() == 6
    assert_all_hangs_together()
