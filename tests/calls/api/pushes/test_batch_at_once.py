"""POST /api/calls/ingest/batch, several at once over a running server; and what a large one costs."""

from __future__ import annotations

import base64
import json
from collections import Counter
from functools import partial
from typing import Any

import pytest
import requests

from calls.models import Call, Recording
from contacts.models import Contact
from tests.at_once import at_once
from tests.calls.api.ingesting import recording_names
from tests.calls.api.pushes.pushing import BATCH, push, results, statuses
from tests.calls.api.test_ingest_races import assert_all_hangs_together
from tests.calls.webhooks.test_hostile_bodies import peak_of
from tests.clients import ApiClient
from tests.factories import ingest_body, missed_call_body, mp3_bytes
from tests.waiting import PATIENCE

MEGABYTE = 1024 * 1024


def push_at_once(live_url: str, vendor: ApiClient, batches: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Send all batches in the same moment; all their results."""

    def send(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {vendor.token}"}
        answer = requests.post(live_url + BATCH, json={"calls": calls}, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["results"]
        return found

    return [result for found in at_once([partial(send, calls) for calls in batches]) for result in found]


def test_a_call_in_several_batches_at_once_is_kept_once(live_url: str, vendor: ApiClient) -> None:
    same = [ingest_body(externalCallId=f"call {number}", toNumber=f"+1416555{number:04}") for number in range(6)]
    batches = [same, same[::-1], same[3:] + same[:3], [*same, *same]]

    found = push_at_once(live_url, vendor, batches)

    assert Counter(statuses(found)) == {201: 6, 200: 24}
    assert len({result["callId"] for result in found}) == Call.objects.count() == Contact.objects.count() == 6
    assert len(recording_names()) == Recording.objects.count() == 6
    assert_all_hangs_together()


def test_batches_at_once_for_the_same_new_numbers_share_contacts(live_url: str, vendor: ApiClient) -> None:
    numbers = [f"+1416555{number:04}" for number in range(10)]
    batches = [
        [missed_call_body(fromNumber=number) for number in order] for order in (numbers, numbers[::-1], numbers[5:] * 2)
    ]

    found = push_at_once(live_url, vendor, batches)

    assert Counter(statuses(found)) == {201: 30}
    assert Contact.objects.count() == 10
    assert_all_hangs_together()


@pytest.mark.django_db
def test_a_call_of_sixty_megabytes_costs_less_than_four_times_its_size(vendor: ApiClient) -> None:
    """The body as the test's client has it and as it is read; the recording decoded, and on its way to the storage."""
    audio = mp3_bytes() * (45 * MEGABYTE // len(mp3_bytes()))
    calls = [missed_call_body(), ingest_body(recording=base64.b64encode(audio).decode()), {}, ingest_body()]
    body = json.dumps({"calls": calls}).encode()
    del audio, calls
    results(vendor, [ingest_body()])  # what is made at the first request
    answers = []

    peak = peak_of(lambda: answers.append(push(vendor, body)))

    assert statuses(answers[0].body["results"]) == [201, 201, 400, 201]
    assert len(body) > 59 * MEGABYTE
    assert peak < 4 * len(body)


@pytest.mark.django_db
@pytest.mark.parametrize("element", [b"0", b"{}", b"[]", b'""'])
def test_a_body_full_of_elements_costs_less_than_three_times_its_size(vendor: ApiClient, element: bytes) -> None:
    results(vendor, [missed_call_body()])  # what is made at the first request
    body = b'{"calls": [' + b",".join([element] * (8 * MEGABYTE // (len(element) + 1))) + b"]}"
    answers = []

    peak = peak_of(lambda: answers.append(push(vendor, body)))

    assert answers[0].status == 413
    assert peak < 3 * len(body) + MEGABYTE
