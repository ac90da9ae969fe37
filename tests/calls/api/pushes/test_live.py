"""POST /api/calls/live: a vendor's call while it goes on, and the final push that takes it over."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from calls.models import Call, LiveCall, LiveTurn, RefusedPush
from calls.services.live_calls.close import close_live_calls
from contacts.models import ContactNote
from conversations.models import Message
from tests.accounts.keys import client_with, make_key
from tests.calls.api.ingesting import ingest, ingested, recording_names
from tests.calls.api.labelling import make_disposition
from tests.calls.api.pushes.pushing import push as push_batch
from tests.calls.event_log import event_names
from tests.clients import Answer, ApiClient, logged_in, vendor_of
from tests.contract.components import assert_is
from tests.factories import ingest_body, make_user, missed_call_body
from tests.statements import statements_made
from tether_calls.accounts.models import KeyPermission, Organization, User

pytestmark = pytest.mark.django_db

NAME = "vendor-call-1"
STARTED = {"event": "started", "direction": "outbound", "fromNumber": "+14165550100", "toNumber": "+14165550199"}
FINAL = {"externalCallId": NAME}


def tell(vendor: ApiClient, event: str, /, **fields: Any) -> Answer:
    body = STARTED if event == "started" else {"event": event}
    answer = vendor.post("/api/calls/live", {"externalCallId": NAME, **body, **fields})
    assert_is("CallsLivePushResponse" if answer.status == 200 else "CallsIngestErrorResponse", answer.body)
    return answer


def told(vendor: ApiClient, event: str, /, **fields: Any) -> str:
    """What must be kept; the call's id."""
    answer = tell(vendor, event, **fields)
    assert answer.status == 200, answer
    call_id: str = answer.body["callId"]
    return call_id


def turn(message: str, role: str = "agent", **fields: Any) -> dict[str, Any]:
    return {"role": role, "message": message, **fields}


def say(vendor: ApiClient, place: int, *messages: str) -> Answer:
    return tell(vendor, "turn", place=place, turns=[turn(message) for message in messages])


def messages_of(api: ApiClient, call_id: str) -> list[str]:
    return [each["message"] for each in api.get(f"/api/calls/{call_id}/live").body["turns"]]


# ---- While it goes on ------------------------------------------------------------------------------------------------


def test_a_call_is_in_the_history_from_its_start_on(vendor: ApiClient, api: ApiClient) -> None:
    call_id = told(vendor, "started", callerName="Ada Byron", agentName="Alex")

    [shown] = api.get("/api/calls/history").body["calls"]
    assert (shown["_id"], shown["status"], shown["provider"]) == (call_id, "in-progress", "external")
    assert (shown["from"], shown["to"], shown["direction"]) == ("+14165550100", "+14165550199", "outbound")
    assert shown["contactId"]["firstName"] == "Ada"
    assert event_names(call_id) == ["call_initiated", "call_answered"]


def test_one_that_rings_is_answered_by_another_start(vendor: ApiClient, api: ApiClient) -> None:
    call_id = told(vendor, "started", status="ringing")
    assert api.get(f"/api/calls/{call_id}").body["call"]["status"] == "ringing"

    assert told(vendor, "started") == call_id

    assert api.get(f"/api/calls/{call_id}").body["call"]["status"] == "in-progress"
    assert event_names(call_id) == ["call_initiated", "call_answered"]
    assert tell(vendor, "started").body["deduplicated"] is True


def test_its_turns_are_read_along(vendor: ApiClient, api: ApiClient) -> None:
    call_id = told(vendor, "started")
    tell(vendor, "turn", place=0, turns=[turn("Hello?", timestamp=0.5), turn("Hi.", "user")])
    say(vendor, 2, "How are you?")

    answer = api.get(f"/api/calls/{call_id}/live")

    assert_is("CallsLiveResponse", answer.body)
    assert answer.body == {
        "success": True,
        "callId": call_id,
        "status": "in-progress",
        "isLive": True,
        "turns": [turn("Hello?", timestamp=0.5), turn("Hi.", "user"), turn("How are you?")],
    }


def test_turns_come_in_any_order_and_any_number_of_times(vendor: ApiClient, api: ApiClient) -> None:
    for number, order in enumerate(permutations([(0, "a"), (1, "b"), (1, "b"), (2, "c")])):
        name = f"call-{number}"
        call_id = told(vendor, "started", externalCallId=name)
        for place, message in order:
            told(vendor, "turn", externalCallId=name, place=place, turns=[turn(message)])
        assert messages_of(api, call_id) == ["a", "b", "c"]


def test_a_turn_that_is_told_again_otherwise_stays_as_it_was(vendor: ApiClient, api: ApiClient) -> None:
    call_id = told(vendor, "started")
    say(vendor, 0, "first")

    again = say(vendor, 0, "second", "third")

    assert "deduplicated" not in again.body
    assert say(vendor, 0, "second").body["deduplicated"] is True
    assert messages_of(api, call_id) == ["first", "third"]


def test_a_turn_costs_few_statements(vendor: ApiClient) -> None:
    told(vendor, "started")
    say(vendor, 0, "warm")
    with statements_made() as queries:
        say(vendor, 1, "one", "two")
    # The key; the call's lock, its turns, what it counts.
    assert len(queries) == 4, queries


# ---- Its end ---------------------------------------------------------------------------------------------------------


def test_what_was_said_is_its_transcript_when_it_ends(vendor: ApiClient, api: ApiClient) -> None:
    call_id = told(vendor, "started")
    say(vendor, 0, "Hello?")

    told(vendor, "ended", duration=12, endReason="customer_hangup")

    call = api.get(f"/api/calls/{call_id}").body["call"]
    assert (call["status"], call["duration"], call["endReason"]) == ("completed", 12, "customer_hangup")
    assert call["aiTranscript"] == [turn("Hello?")]
    assert event_names(call_id)[2:] == ["call_ended", "fetch_messages"]
    assert messages_of(api, call_id) == ["Hello?"]
    assert api.get(f"/api/calls/{call_id}/live").body["isLive"] is False


@pytest.mark.parametrize("status", ["completed", "no-answer", "busy", "failed"])
def test_it_ends_as_the_vendor_says(status: str, vendor: ApiClient) -> None:
    call_id = told(vendor, "started", status="ringing")
    told(vendor, "ended", status=status)
    assert Call.objects.get(pk=call_id).status == status


def test_what_is_told_of_a_call_that_has_ended_is_refused(vendor: ApiClient) -> None:
    call_id = told(vendor, "started")
    told(vendor, "ended")
    before = Call.objects.values().get(), event_names(call_id)

    for answer in (say(vendor, 0, "late"), tell(vendor, "started")):
        assert (answer.status, answer.body["code"]) == (409, "CALL_HAS_ENDED")
    assert tell(vendor, "ended").body == {"success": True, "callId": call_id, "deduplicated": True}

    assert (Call.objects.values().get(), event_names(call_id)) == before
    assert not LiveTurn.objects.exists()


def test_the_same_is_so_after_its_final_push(vendor: ApiClient) -> None:
    call_id = ingested(vendor, ingest_body(**FINAL))["callId"]

    for answer in (say(vendor, 0, "late"), tell(vendor, "started")):
        assert (answer.status, answer.body["code"]) == (409, "CALL_HAS_ENDED")
    assert tell(vendor, "ended").body == {"success": True, "callId": call_id, "deduplicated": True}
    assert Call.objects.count() == 1


def test_a_call_that_was_never_started_is_unknown(vendor: ApiClient) -> None:
    for answer in (say(vendor, 0, "hello"), tell(vendor, "ended")):
        assert (answer.status, answer.body["code"]) == (404, "CALL_NOT_FOUND")
    assert [(each.code, each.external_call_id) for each in RefusedPush.objects.all()] == [("CALL_NOT_FOUND", NAME)] * 2


# ---- The final push --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ends_first", [True, False])
def test_the_final_push_takes_the_call_over(ends_first: bool, vendor: ApiClient, api: ApiClient) -> None:
    call_id = told(vendor, "started")
    say(vendor, 0, "a longer live text than the final one", "x" * 500)
    if ends_first:
        told(vendor, "ended", duration=3)
    body = ingest_body(**FINAL, tags=["vip"], disposition="Sold")

    ids = ingested(vendor, body)

    assert ids["callId"] == call_id
    call = api.get(f"/api/calls/{call_id}").body["call"]
    assert call["aiTranscript"] == body["transcript"]
    assert (call["aiSummary"], call["duration"], call["status"]) == (body["summary"], body["duration"], "completed")
    assert [each["name"] for each in call["tags"]] == ["vip"]
    assert call["disposition"]["name"] == "Sold"
    assert len(call["recordings"]) == 1
    assert (Call.objects.count(), Message.objects.count(), len(recording_names())) == (1, 1, 1)
    assert Message.objects.get().content == body["summary"]
    assert ContactNote.objects.get().note == body["summary"]
    begun = ["call_initiated", "call_answered"]
    rest = ["call_recording_ready", "fetch_messages"]
    if ends_first:
        expected = [*begun, "call_ended", "fetch_messages", "call_updated", "call_content_changed", *rest]
    else:
        expected = [*begun, "call_ended", *rest]
    assert event_names(call_id) == expected


def test_the_final_push_leaves_the_disposition_that_people_have_given_the_call(
    vendor: ApiClient, api: ApiClient, home: Organization
) -> None:
    call_id = told(vendor, "started")
    chosen = make_disposition(home, "Lost")
    assert api.patch(f"/api/calls/{call_id}", {"disposition": chosen.pk}).status == 200

    ingested(vendor, ingest_body(**FINAL, disposition="Sold"))

    assert api.get(f"/api/calls/{call_id}").body["call"]["disposition"]["name"] == "Lost"


def test_the_final_push_again_is_known(vendor: ApiClient) -> None:
    call_id = told(vendor, "started")
    ingested(vendor, ingest_body(**FINAL))

    again = ingest(vendor, ingest_body(**FINAL))

    assert (again.status, again.body["callId"]) == (200, call_id)
    assert (Call.objects.count(), len(recording_names())) == (1, 1)


def test_an_unanswered_end_takes_back_that_it_was_answered(vendor: ApiClient) -> None:
    call_id = told(vendor, "started")
    ingested(vendor, missed_call_body(**FINAL))
    assert Call.objects.get(pk=call_id).status == "no-answer"


def test_what_people_made_of_it_meanwhile_stays(vendor: ApiClient, api: ApiClient) -> None:
    call_id = told(vendor, "started")
    api.patch(f"/api/calls/{call_id}", {"isStarred": True})

    ingested(vendor, ingest_body(**FINAL))

    assert Call.objects.get(pk=call_id).is_starred


def test_a_dry_run_says_that_the_final_push_would_be_kept(vendor: ApiClient) -> None:
    told(vendor, "started")
    assert vendor.post("/api/calls/ingest?dryRun=true", ingest_body(**FINAL)).status == 202
    assert Call.objects.get().status == "in-progress"


def test_a_batch_takes_live_calls_over_too(vendor: ApiClient) -> None:
    call_id = told(vendor, "started")

    answer = push_batch(vendor, [ingest_body(**FINAL), ingest_body(**FINAL)])

    assert [(each["status"], each["callId"]) for each in answer.body["results"]] == [(201, call_id), (200, call_id)]
    assert Call.objects.get().status == "completed"


# ---- Calls that never end --------------------------------------------------------------------------------------------


def test_a_call_that_falls_silent_is_closed(vendor: ApiClient, api: ApiClient, settings: Settings) -> None:
    settings.TETHER_LIVE_CALL_MINUTES = 30
    silent, rings, goes_on = (
        told(vendor, "started", externalCallId=name, status=status)
        for name, status in (("a", "in-progress"), ("b", "ringing"), ("c", "in-progress"))
    )
    told(vendor, "turn", externalCallId="a", place=0, turns=[turn("Hello?")])
    heard_at = timezone.now() - timedelta(minutes=31)
    LiveCall.objects.exclude(pk=goes_on).update(heard_at=heard_at)

    close_live_calls()
    close_live_calls()

    call = api.get(f"/api/calls/{silent}").body["call"]
    assert (call["status"], call["endReason"], call["aiTranscript"]) == ("completed", "unheard_of", [turn("Hello?")])
    assert Call.objects.get(pk=silent).end_time == heard_at
    assert Call.objects.get(pk=rings).status == "failed"
    assert Call.objects.get(pk=goes_on).status == "in-progress"
    assert event_names(silent).count("call_ended") == 1


def test_a_call_that_was_closed_is_taken_over_all_the_same(vendor: ApiClient) -> None:
    call_id = told(vendor, "started")
    LiveCall.objects.update(heard_at=timezone.now() - timedelta(days=1))
    close_live_calls()

    body = ingest_body(**FINAL)
    assert ingested(vendor, body)["callId"] == call_id
    call = Call.objects.get(pk=call_id)
    assert (call.duration, call.ai_summary) == (body["duration"], body["summary"])
    assert call.end_reason != "unheard_of"


def test_what_watchers_needed_is_deleted_later(vendor: ApiClient) -> None:
    told(vendor, "started", externalCallId="ended")
    told(vendor, "started", externalCallId="kept")
    for name in ("ended", "kept"):
        told(vendor, "turn", externalCallId=name, place=0, turns=[turn("Hello?")])
    told(vendor, "ended", externalCallId="ended")
    ingested(vendor, ingest_body(externalCallId="kept"))
    close_live_calls()
    assert LiveTurn.objects.count() == 2

    LiveCall.objects.update(heard_at=timezone.now() - timedelta(minutes=11))
    close_live_calls()

    assert not LiveTurn.objects.exists()
    # The one whose final push is still to come.
    assert LiveCall.objects.get().call.external_call_id == "ended"


# ---- Whose, and how much ---------------------------------------------------------------------------------------------


def test_another_organization_has_calls_of_the_same_name(
    vendor: ApiClient, other_user: User, other_api: ApiClient, api: ApiClient
) -> None:
    call_id = told(vendor, "started")
    theirs = told(vendor_of(other_user), "started")
    say(vendor_of(other_user), 0, "theirs")

    assert theirs != call_id
    assert messages_of(api, call_id) == []
    unknown, foreign = other_api.get(f"/api/calls/{'0' * 24}/live"), other_api.get(f"/api/calls/{call_id}/live")
    assert (foreign.status, foreign.content) == (404, unknown.content)


def test_a_colleagues_key_pushes_calls_of_its_own(vendor: ApiClient, user: User) -> None:
    call_id = told(vendor, "started")
    colleague = vendor_of(make_user(organization=user.organization))
    assert tell(colleague, "ended").status == 404
    assert told(colleague, "started") != call_id


def test_it_takes_a_key_that_may_ingest(user: User, vendor: ApiClient) -> None:
    others = [permission for permission in KeyPermission.values if permission != "can_ingest_calls"]
    for client in (ApiClient(), logged_in(user), client_with(make_key(user, *others))):
        assert tell(client, "started").status == 401
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("event", "fields", "fault"),
    [
        ("started", {"direction": "sideways"}, "direction"),
        ("started", {"fromNumber": None}, "Missing required field: fromNumber"),
        ("started", {"fromNumber": " "}, "Missing required field: fromNumber"),
        ("started", {"toNumber": "5"}, "Invalid field toNumber: not a number in E.164"),
        ("started", {"toNumber": "anonymous"}, "toNumber"),
        ("started", {"status": "completed"}, "status"),
        ("started", {"callStartTime": "yesterday"}, "callStartTime"),
        ("started", {"callStartTime": "1970-01-01T00:00:00Z"}, "callStartTime"),
        ("started", {"agentName": "x" * 201}, "agentName"),
        ("started", {"externalCallId": " "}, "Missing required field: externalCallId"),
        ("started", {"externalCallId": "x" * 256}, "externalCallId"),
        ("started", {"externalCallId": None}, "Missing required field: externalCallId"),
        ("turn", {"place": 0, "turns": []}, "turns"),
        ("turn", {"place": 0}, "turns"),
        ("turn", {"turns": [turn("a")]}, "place"),
        ("turn", {"place": -1, "turns": [turn("a")]}, "place"),
        ("turn", {"place": 5_000, "turns": [turn("a")]}, "place"),
        ("turn", {"place": 1.5, "turns": [turn("a")]}, "place"),
        ("turn", {"place": 0, "turns": [turn("a", "caller")]}, "turns[0].role"),
        ("turn", {"place": 0, "turns": [turn("x" * 10_001)]}, "turns[0].message"),
        ("turn", {"place": 0, "turns": [{"role": "agent"}]}, "Missing required field: turns[0].message"),
        ("turn", {"place": 0, "turns": [{"role": None, "message": "a"}]}, "Missing required field: turns[0].role"),
        ("turn", {"place": 0, "turns": [None]}, "Invalid field turns[0]: "),
        ("turn", {"place": 0, "turns": [turn("a", timestamp=-5)]}, "turns[0].timestamp"),
        ("turn", {"place": 0, "turns": [turn("a")] * 101}, "turns"),
        ("turn", {"place": 0, "turns": [turn("a\0b")]}, "NUL"),
        ("ended", {"status": "ringing"}, "status"),
        ("ended", {"duration": -1}, "duration"),
        ("ended", {"endReason": "bored"}, "endReason"),
        ("paused", {}, "event"),
        ("", {}, "Missing required field: event"),
    ],
)
def test_what_is_wrong_is_named(event: str, fields: dict[str, Any], fault: str, vendor: ApiClient) -> None:
    told(vendor, "started", externalCallId="vendor-call-0" if event == "started" else NAME)
    before = Call.objects.count(), LiveTurn.objects.count()

    answer = tell(vendor, event, **fields)

    assert answer.status == 400, answer
    assert fault in answer.body["error"]
    assert (Call.objects.count(), LiveTurn.objects.count()) == before


@pytest.mark.parametrize("absent", [None, "", " "])
def test_what_is_null_or_blank_is_absent(vendor: ApiClient, absent: str | None) -> None:
    of_a_start = ("agentName", "callerName", "callStartTime", "status", "recordingConsent", "endReason", "duration")
    told(vendor, "started", **dict.fromkeys(of_a_start, absent))
    told(vendor, "turn", place=0, turns=[turn("a", timestamp=None)], agentName=absent)
    consent = {"state": "granted", "at": absent, "source": absent}
    told(vendor, "ended", status=absent, duration=absent, endReason=absent, recordingConsent=consent)

    assert Call.objects.get().status == "completed"


def test_a_turn_may_say_nothing(vendor: ApiClient, api: ApiClient) -> None:
    call_id = told(vendor, "started")

    say(vendor, 0, "Hello?", "", "Are you there?")

    assert messages_of(api, call_id) == ["Hello?", "", "Are you there?"]


def test_a_duration_of_minus_zero_is_zero(vendor: ApiClient) -> None:
    told(vendor, "started")

    told(vendor, "ended", duration=-0.0)

    assert str(Call.objects.get().duration) == "0.0"


@pytest.mark.parametrize("query", ["dryRun=true", "dryRun=false", "x=1"])
def test_it_takes_no_parameters(vendor: ApiClient, query: str) -> None:
    answer = vendor.post(f"/api/calls/live?{query}", {"externalCallId": NAME, **STARTED})

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert not Call.objects.exists()


def test_a_hidden_caller_is_nobodys_contact_but_the_one_of_them_all(vendor: ApiClient, api: ApiClient) -> None:
    call_id = told(vendor, "started", direction="inbound", fromNumber="anonymous", toNumber="+14165550100")
    assert api.get(f"/api/calls/{call_id}").body["call"]["contactId"]["firstName"] == "Hidden"


def test_an_organization_has_so_many_live_calls(vendor: ApiClient, settings: Settings) -> None:
    settings.TETHER_LIVE_CALLS = 2
    told(vendor, "started", externalCallId="a")
    told(vendor, "started", externalCallId="b")

    answer = tell(vendor, "started", externalCallId="c")

    assert (answer.status, answer.body["code"]) == (429, "TOO_MANY_LIVE_CALLS")
    told(vendor, "ended", externalCallId="a")
    told(vendor, "started", externalCallId="c")


def test_a_key_pushes_so_often(vendor: ApiClient, settings: Settings) -> None:
    settings.TETHER_LIVE_PUSHES_PER_SECOND = 1
    answers = [tell(vendor, "started", externalCallId=str(number)) for number in range(30)]
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.body["code"] == "TOO_MANY_REQUESTS"
    assert refused.headers["Retry-After"] == "1"


def test_a_long_body_is_refused(vendor: ApiClient) -> None:
    assert tell(vendor, "started", metadata="x" * 2_000_000).status == 413
