"""The demo: two organizations with a month of calls, and the file that says how to get in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from django.core.files.storage import storages
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from calls.demo.access import Demo, provide_demo
from calls.demo.dialogues import dialogues
from calls.demo.past_calls import past_calls
from calls.demo.people import ADMIN, DEMO, OTHER, USER
from calls.demo.seed import DEMO_CALLS, OTHER_CALLS
from calls.models import (
    Call,
    CallHearing,
    CallScore,
    CallTag,
    Disposition,
    ListeningQueue,
    Recording,
    Tag,
)
from calls.services.recordings.mp3 import inspect_mp3
from calls.storage import LocalRecordings
from contacts.models import ContactNote, NoteMention
from conversations.models import Conversation, Message
from tests.clients import ApiClient, logged_in
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

BASE_URL = "http://127.0.0.1:2212"


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Made once, as nobody changes it, and taken back after the module; its file goes with the folder."""
    with (
        override_settings(DATA_DIR=tmp_path_factory.mktemp("demo")),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        yield provide_demo(base_url=BASE_URL)
        transaction.set_rollback(True)


@pytest.fixture
def calls(demo: Demo) -> list[Call]:
    """Those of the first organization, newest first."""
    return list(Call.objects.filter(organization_id=demo.document["organizationId"]).order_by("-start_time"))


def client_of(email: str) -> ApiClient:
    return logged_in(User.objects.get(email=email))


def total(api: ApiClient) -> int:
    count: int = api.get("/api/calls/history").body["total"]
    return count


# ---- What there is to look at


def test_there_is_a_month_of_calls(calls: list[Call]) -> None:
    now = timezone.now()

    assert len(calls) == DEMO_CALLS
    assert all(call.end_time is not None and call.start_time <= call.end_time < now for call in calls)
    assert now - timedelta(days=30) < calls[-1].start_time < now - timedelta(days=24)
    assert calls[0].start_time > now - timedelta(hours=1)


def test_whenever_it_is_made_all_calls_are_over_and_the_newest_can_be_heard() -> None:
    for hours in range(0, 24 * 7, 5):
        now = datetime(2026, 11, 16, tzinfo=UTC) + timedelta(hours=hours, minutes=hours % 60)

        calls = past_calls(DEMO, now=now, count=DEMO_CALLS, recorded=True)

        assert len(calls) == DEMO_CALLS, now
        assert all(now - timedelta(days=30) < call.start < call.end < now for call in calls), now
        assert all(call.dialogue is not None for call in calls[-3:]), now


def test_calls_end_in_every_way_and_mostly_well(calls: list[Call]) -> None:
    statuses = Counter(call.status for call in calls)

    assert set(statuses) == {"completed", "no-answer", "busy", "failed", "canceled"}
    assert DEMO_CALLS * 0.6 < statuses["completed"] < DEMO_CALLS * 0.85
    assert all(bool(call.duration) == (call.status == "completed") for call in calls)


def test_calls_go_both_ways_and_come_by_every_provider(calls: list[Call]) -> None:
    assert min(Counter(call.direction for call in calls).values()) > DEMO_CALLS * 0.3
    assert {call.provider for call in calls} == {"elevenlabs", "sinch", "twilio", "external"}


def test_agents_have_told_what_was_said(calls: list[Call]) -> None:
    told = [call for call in calls if call.ai_transcript]

    assert len(told) > DEMO_CALLS * 0.4
    assert all(call.ai_summary and "{" not in call.ai_summary for call in told)
    assert not any("{" in turn["message"] for call in told for turn in call.ai_transcript or [])
    assert len({call.ai_summary for call in told}) > len(told) / 2
    for call in told:
        times = [turn["timestamp"] for turn in call.ai_transcript or []]
        assert times == sorted(times)
        assert call.duration is not None
        assert times[-1] < call.duration


def test_people_have_judged_the_calls(calls: list[Call]) -> None:
    judged = [call for call in calls if call.disposition_id]

    assert DEMO_CALLS * 0.2 < len(judged) < DEMO_CALLS * 0.6
    assert 0 < sum(call.is_starred for call in calls) < DEMO_CALLS * 0.1
    assert {call.disposition_id for call in judged} <= set(Disposition.objects.values_list("pk", flat=True))
    borne = Counter(tag_id for call in calls for tag_id in call.tag_ids.split())
    assert borne == Counter(CallTag.objects.values_list("tag_id", flat=True))
    assert set(borne) == set(Tag.objects.values_list("pk", flat=True))


def test_every_summary_is_a_note_and_some_calls_have_one_that_mentions_a_colleague(calls: list[Call]) -> None:
    told = {call.pk: call.ai_summary for call in calls if call.ai_summary}
    summaries = ContactNote.objects.filter(type="ai_summary", call_id__in=told)
    written = ContactNote.objects.filter(type="manual")
    admin = User.objects.get(email=ADMIN.email)

    assert {note.call_id: note.note for note in summaries} == told
    assert 0 < len(written) < 10
    assert not any("{" in note.note for note in written)
    mentioned = NoteMention.objects.filter(user=admin, is_seen=False)
    assert 0 < mentioned.count() == NoteMention.objects.count()
    assert all(f"@{admin.full_name}" in mention.note.note for mention in mentioned.select_related("note"))
    search = client_of(USER.email).get("/api/calls/search", q='"first reminder"').body
    assert [hit["matches"][0]["role"] for hit in search["hits"]] == ["note"]


def test_some_of_the_recorded_calls_have_been_heard_and_scored_and_a_queue_waits(calls: list[Call]) -> None:
    scored = set(CallScore.objects.values_list("call_id", flat=True))
    assert len(scored) >= 3
    assert scored == set(CallHearing.objects.values_list("call_id", flat=True))
    assert scored <= set(Recording.objects.values_list("call_id", flat=True))
    assert {score.organization_id for score in CallScore.objects.all()} == {calls[0].organization_id}
    assert ListeningQueue.objects.get().organization_id == calls[0].organization_id


def test_ids_have_the_order_of_the_calls(calls: list[Call]) -> None:
    assert [call.pk for call in calls] == sorted((call.pk for call in calls), reverse=True)
    assert all(call.created_at <= call.updated_at < timezone.now() for call in calls)


def test_all_numbers_are_of_the_range_for_fiction(demo: Demo) -> None:
    numbers = {number for pair in Call.objects.values_list("from_number", "to_number") for number in pair}

    assert all(re.fullmatch(r"\+141655501\d\d", number) for number in numbers)


def test_conversations_hold_one_message_for_each_call(demo: Demo) -> None:
    assert Message.objects.count() == Call.objects.count()
    for conversation in Conversation.objects.all():
        messages = conversation.messages.order_by("-created_at")
        newest = messages[0]
        assert conversation.message_count == len(messages)
        assert (conversation.latest_message, conversation.last_message_time) == (newest.content, newest.created_at)


def test_the_log_tells_of_each_call_in_order(calls: list[Call]) -> None:
    for call in calls[:40]:
        names = list(EventLog.objects.filter(call_id=call.pk).order_by("pk").values_list("name", flat=True))
        heard = ["call_recording_ready"] if call.recordings.exists() else []
        answered = ["call_answered"] if call.answer_time else []
        assert names == ["call_initiated", *answered, "call_ended", *heard, "fetch_messages"]


# ---- Recordings


def test_the_newest_calls_can_be_heard(calls: list[Call]) -> None:
    recorded = [call for call in calls if call.recordings.exists()]

    assert 10 <= len(recorded) <= 12
    assert recorded[:3] == calls[:3]


def test_every_recording_is_an_mp3_of_its_calls_duration(demo: Demo) -> None:
    for recording in Recording.objects.select_related("call"):
        with recording.file.open() as file:
            facts = inspect_mp3(file)
        assert recording.call.duration == pytest.approx(facts.duration, abs=0.2)
        assert recording.duration == pytest.approx(facts.duration, abs=0.001)
        assert recording.size == recording.file.size


def test_a_recording_plays_from_the_address_that_the_api_gives(calls: list[Call]) -> None:
    audio = {dialogue.summary: dialogue.audio.read_bytes() for dialogue in dialogues()}
    api = client_of(USER.email)

    address = api.get(f"/api/calls/{calls[0].pk}/recording").body["audioUrl"]

    if isinstance(storages["recordings"], LocalRecordings):
        played = api.get(address.removeprefix("http://testserver")).content
    else:
        played = requests.get(address, timeout=PATIENCE).content
    assert played == audio[calls[0].ai_summary]


# ---- The other organization


def test_the_other_organization_sees_its_own_calls_alone(calls: list[Call]) -> None:
    other = client_of(OTHER.email)

    assert total(other) == OTHER_CALLS
    assert total(client_of(USER.email)) == DEMO_CALLS
    assert other.get(f"/api/calls/{calls[0].pk}").status == 404
    assert other.get(f"/api/calls/{calls[0].pk}/recording").status == 404
