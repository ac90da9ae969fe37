"""Live pushes and the final push of one call in the same moment, over a running server: one call comes of it."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest
import requests

from calls.models import Call, LiveTurn, Recording
from contacts.models import Contact
from tests.at_once import at_once
from tests.calls.api.pushes.test_live import NAME, STARTED, turn
from tests.calls.event_log import event_names
from tests.clients import ApiClient, vendor_of
from tests.factories import ingest_body, make_user
from tests.waiting import PATIENCE

LIVE, INGEST = "/api/calls/live", "/api/calls/ingest"


@pytest.fixture
def vendor(live_url: str) -> ApiClient:
    return vendor_of(make_user())


def post(live_url: str, vendor: ApiClient, path: str, body: dict[str, Any]) -> int:
    headers = {"Authorization": f"Bearer {vendor.token}"}
    sent = {"externalCallId": NAME, **body}
    return requests.post(live_url + path, json=sent, headers=headers, timeout=PATIENCE).status_code


def test_start_and_final_push_at_once_are_one_call(live_url: str, vendor: ApiClient) -> None:
    final = ingest_body(externalCallId=NAME)
    pushes = [(LIVE, STARTED), (INGEST, final)] * 4

    answers = at_once([partial(post, live_url, vendor, path, body) for path, body in pushes])

    call = Call.objects.get()
    assert (call.status, call.ai_summary) == ("completed", final["summary"])
    assert (Recording.objects.count(), Contact.objects.count()) == (1, 1)
    assert Counter(answers[1::2]) == {201: 1, 200: 3}
    assert set(answers[::2]) <= {200, 409}
    told = Counter(event_names(call.pk))
    assert (told["call_initiated"], told["call_ended"], told["call_recording_ready"]) == (1, 1, 1)


def test_a_turn_that_is_told_many_times_at_once_is_kept_once(live_url: str, vendor: ApiClient) -> None:
    post(live_url, vendor, LIVE, STARTED)
    bodies = [{"event": "turn", "place": place, "turns": [turn(f"{place}")]} for place in range(4)] * 4

    answers = at_once([partial(post, live_url, vendor, LIVE, body) for body in bodies])

    assert set(answers) == {200}
    turns = LiveTurn.objects.order_by("place")
    assert [(each.place, each.message) for each in turns] == [(place, f"{place}") for place in range(4)]
    assert sorted(each.sequence for each in turns) == [1, 2, 3, 4]


def test_what_was_taken_down_before_the_end_is_in_the_transcript(live_url: str, vendor: ApiClient) -> None:
    post(live_url, vendor, LIVE, STARTED)
    bodies: list[dict[str, Any]] = [
        {"event": "turn", "place": place, "turns": [turn(f"{place}")]} for place in range(10)
    ]
    bodies.insert(5, {"event": "ended"})

    answers = at_once([partial(post, live_url, vendor, LIVE, body) for body in bodies])

    told = zip(bodies, answers, strict=True)
    kept = [f"{body['place']}" for body, status in told if status == 200 and "place" in body]
    assert [each["message"] for each in Call.objects.get().ai_transcript or []] == kept
