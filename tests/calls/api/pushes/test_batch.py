"""POST /api/calls/ingest/batch: each call is kept or refused as it would be alone."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from pytest_django import Settings

from calls.api.pushes import batch as batch_view
from calls.models import Call, Recording
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.accounts.keys import client_with, make_key
from tests.calls.api.ingesting import INGEST, ingest, ingested, nothing_kept, recording_names
from tests.calls.api.pushes.pushing import BATCH, push, results, statuses
from tests.calls.api.test_ingest_database_faults import failing
from tests.clients import ApiClient, logged_in, vendor_of
from tests.factories import ingest_body, make_user, missed_call_body, mp3_bytes
from tests.http_targets import TargetServer
from tests.unhurried import as_shipped
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

BAD: list[Any] = [
    {},
    17,
    [],
    "call",
    missed_call_body(toNumber="5"),
    missed_call_body(status="completed"),
    missed_call_body(duration=-1),
    missed_call_body(metadata={"text": "x" * 70_000}),
    missed_call_body(agentName="a\0b"),
    ingest_body(recording="not base64!", externalCallId=None),
    ingest_body(recording=base64.b64encode(b"RIFF....WAVE").decode(), externalCallId=None),
    ingest_body(recording="http://127.0.0.1/a.mp3", externalCallId=None),
    ingest_body(transcript=[{"role": "caller", "message": ""}], externalCallId=None),
]


def test_each_call_is_kept_and_answered_in_order(vendor: ApiClient) -> None:
    bodies = [ingest_body(toNumber=f"+1416555{number:04}") for number in range(5)]

    found = results(vendor, bodies)

    assert statuses(found) == [201] * 5
    for body, result in zip(bodies, found, strict=True):
        call = Call.objects.get(pk=result["callId"])
        assert (call.external_call_id, call.to_number) == (body["externalCallId"], body["toNumber"])
        assert (call.contact_id, call.conversation_id) == (result["contactId"], result["conversationId"])
    assert Call.objects.count() == Message.objects.count() == Contact.objects.count() == Recording.objects.count() == 5
    assert EventLog.objects.count() == 20


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_call_that_is_refused_is_answered_as_alone_and_leaves_the_others(vendor: ApiClient, bad: Any) -> None:
    alone = ingest(vendor, bad)
    assert alone.status >= 400

    found = results(vendor, [missed_call_body(), bad, ingest_body()])

    assert statuses(found) == [201, alone.status, 201]
    assert found[1] == {"status": alone.status, **alone.body}
    assert Call.objects.count() == 2


def test_an_empty_batch_keeps_nothing(vendor: ApiClient) -> None:
    with nothing_kept():
        assert results(vendor, []) == []


def test_a_hundred_calls_are_taken(vendor: ApiClient) -> None:
    assert statuses(results(vendor, [missed_call_body()] * 100)) == [201] * 100


def test_a_hundred_and_one_calls_are_refused_as_a_whole(vendor: ApiClient) -> None:
    with nothing_kept():
        answer = push(vendor, [missed_call_body()] * 101)

    assert answer.status == 413
    assert answer.body["error"] == "Invalid field calls: more than 100 calls"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MALFORMED_JSON"),
        (b"{", "MALFORMED_JSON"),
        (b'{"calls": [{]}', "MALFORMED_JSON"),
        (b'{"calls": [' + b"[" * 100_000 + b"]}", "MALFORMED_JSON"),
        (b"[]", "VALIDATION_ERROR"),
        (b"{}", "VALIDATION_ERROR"),
        (b'{"calls": null}', "VALIDATION_ERROR"),
        (b'{"calls": {}}', "VALIDATION_ERROR"),
        (b'{"calls": "all of them"}', "VALIDATION_ERROR"),
    ],
)
def test_a_body_that_is_no_batch_is_refused_as_a_whole(vendor: ApiClient, body: bytes, code: str) -> None:
    with nothing_kept():
        answer = push(vendor, body)

    assert (answer.status, answer.body["code"]) == (400, code)


def test_a_byte_order_mark_is_passed_over(vendor: ApiClient) -> None:
    body = b"\xef\xbb\xbf" + json.dumps({"calls": [missed_call_body()]}).encode()

    assert statuses(push(vendor, body).body["results"]) == [201]


def test_text_that_is_not_utf_8_is_the_fault_of_its_call(vendor: ApiClient) -> None:
    calls = json.dumps({"calls": [missed_call_body(), missed_call_body(agentName="Caf\udce9")]}, ensure_ascii=False)

    found = push(vendor, calls.encode(errors="surrogateescape")).body["results"]

    assert statuses(found) == [201, 400]
    assert found[1]["code"] == "MALFORMED_JSON"


# ---- Again ------------------------------------------------------------------------------------------------------


def test_a_call_that_was_kept_before_is_answered_with_its_id(vendor: ApiClient) -> None:
    body = ingest_body()
    first = ingested(vendor, body)

    found = results(vendor, [missed_call_body(), body])

    assert found[1] == {"status": 200, "success": True, "deduplicated": True, "callId": first["callId"]}


def test_of_two_calls_with_one_id_in_a_batch_the_first_is_kept(vendor: ApiClient) -> None:
    found = results(vendor, [missed_call_body(externalCallId="a"), missed_call_body(externalCallId=" a ", duration=5)])

    assert statuses(found) == [201, 200]
    assert found[1]["callId"] == found[0]["callId"]
    assert Call.objects.get().duration == 0


def test_where_the_first_of_two_with_one_id_is_refused_the_second_is_kept(vendor: ApiClient) -> None:
    found = results(vendor, [ingest_body(externalCallId="a", recording="?"), missed_call_body(externalCallId="a")])

    assert statuses(found) == [400, 201]


def test_a_batch_that_is_sent_again_keeps_nothing(vendor: ApiClient) -> None:
    bodies = [ingest_body(), missed_call_body(externalCallId="a")]
    first = results(vendor, bodies)

    with nothing_kept():
        again = results(vendor, bodies)

    assert statuses(again) == [200, 200]
    assert [result["callId"] for result in again] == [result["callId"] for result in first]


def test_a_call_of_another_organization_with_the_same_id_is_another(vendor: ApiClient, other_user: User) -> None:
    body = ingest_body()

    found = results(vendor, [body]) + results(vendor_of(other_user), [body])

    assert statuses(found) == [201, 201]
    assert {call.organization_id for call in Call.objects.all()} == {
        Call.objects.get(pk=result["callId"]).organization_id for result in found
    }
    assert Contact.objects.count() == Conversation.objects.count() == 2


# ---- Recordings ---------------------------------------------------------------------------------------------------


def test_recordings_come_as_base64_and_by_url(vendor: ApiClient, settings: Settings) -> None:
    with TargetServer({"/abc123.mp3": mp3_bytes()}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        calls = [ingest_body(recording=target.url(name)) for name in ("/abc123.mp3", "/nothing.mp3")]
        found = results(vendor, [*calls, ingest_body()])

    assert statuses(found) == [201, 400, 201]
    assert found[1]["code"] == "RECORDING_UNREACHABLE"
    assert recording_names() == set(Recording.objects.values_list("file", flat=True))
    assert len(recording_names()) == 2


# ---- What goes wrong here ----------------------------------------------------------------------------------------


def test_a_fault_of_ours_is_the_answer_of_its_call_alone(vendor: ApiClient) -> None:
    with failing(Recording, sqlite="SELECT RAISE(ABORT, 'fault')", postgres="RAISE 'fault'"):
        found = results(vendor, [missed_call_body(), ingest_body(), missed_call_body()])

    assert statuses(found) == [201, 500, 201]
    assert found[1]["code"] == "INTERNAL_ERROR"
    assert Call.objects.count() == 2
    assert recording_names() == set()


def test_calls_that_a_batch_has_no_time_for_are_to_be_sent_again(
    vendor: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_view, "BATCH_SECONDS", -1.0)

    found = results(vendor, [missed_call_body()] * 3)

    assert statuses(found) == [201, 503, 503]
    assert found[2]["code"] == "BATCH_OUT_OF_TIME"
    assert Call.objects.count() == 1


def test_a_minute_and_a_half_is_what_a_batch_may_take() -> None:
    assert as_shipped["calls.api.pushes.batch.BATCH_SECONDS"] == 90.0


# ---- Who may -----------------------------------------------------------------------------------------------------


def test_a_key_that_may_ingest_is_needed(user: User, vendor: ApiClient) -> None:
    for client in (ApiClient(), ApiClient("tk_live_x"), logged_in(user), client_with(make_key(user, "can_read_calls"))):
        with nothing_kept():
            answer = push(client, [missed_call_body()])
        assert (answer.status, answer.body["code"]) == (401, "UNAUTHORIZED")


def test_calls_belong_to_the_owner_of_the_key(user: User) -> None:
    colleague = make_user(organization=user.organization)

    results(vendor_of(colleague), [missed_call_body()])

    call = Call.objects.get()
    assert (call.user_id, call.organization_id) == (colleague.pk, user.home_id)


def test_it_is_posted_as_json(vendor: ApiClient) -> None:
    assert vendor.get(BATCH).status == 405
    assert vendor.post(BATCH, b"calls=1", content_type="application/x-www-form-urlencoded").status == 415


@pytest.mark.parametrize("path", [INGEST, BATCH])
def test_other_parameters_are_refused(vendor: ApiClient, path: str) -> None:
    for query in ("dryRun=yes", "dryRun=", "dry_run=true", "dryRun=true&dryRun=true", "x=1"):
        with nothing_kept():
            answer = vendor.post(f"{path}?{query}", missed_call_body())
        assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR"), query
