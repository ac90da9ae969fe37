"""GET /api/calls/history: what a page looks like, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.models import Call
from calls.selectors.counting import far_pages
from calls.services.counting.fold import count_calls
from tests.calls.api.reading import HISTORY, add_recording, assert_invalid, found, history, ids
from tests.clients import ApiClient
from tests.factories import make_call, make_contact, make_conversation, make_user
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db

START = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)
TURNS = [{"role": "agent", "message": "Hello.", "timestamp": 0.5}, {"role": "user", "message": "Hi."}]


def test_history_without_calls_is_an_empty_page(api: ApiClient) -> None:
    assert history(api) == {"success": True, "calls": [], "total": 0}


def test_the_newest_call_comes_first(api: ApiClient, user: User) -> None:
    calls = [make_call(user, start_time=START + timedelta(hours=hours)) for hours in (2, 1, 3)]

    assert found(api) == ids(calls[2], calls[0], calls[1])


def test_of_calls_that_start_together_the_last_made_comes_first(api: ApiClient, user: User) -> None:
    calls = [make_call(user, start_time=START) for _ in range(3)]

    assert found(api) == ids(*reversed(calls))


def test_colleagues_calls_are_in_it(api: ApiClient, user: User) -> None:
    call = make_call(make_user(organization=user.organization))

    assert found(api) == ids(call)


def test_a_call_has_everything_that_is_known_of_it(api: ApiClient, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, last_name="Example", email="kim@example.com")
    conversation = make_conversation(contact)
    call = make_call(
        user,
        contact=contact,
        conversation=conversation,
        external_call_id="vendor-1",
        start_time=START,
        answer_time=START + timedelta(seconds=4),
        end_time=START + timedelta(seconds=64, milliseconds=500),
        duration=60.5,
        ai_summary="Confirmed.",
        ai_handled_duration=60.5,
        ai_transcript=TURNS,
        metadata={"campaign_id": {"Free-Form": [1, None]}},
        provider_metadata={"vendor": "x"},
    )
    recording = add_recording(call)

    (document,) = history(api)["calls"]

    assert document.pop("createdAt").startswith("20")
    assert document.pop("updatedAt").startswith("20")
    assert document == {
        "_id": call.pk,
        "callId": call.pk,
        "provider": "external",
        "providerCallId": "vendor-1",
        "direction": "outbound",
        "status": "completed",
        "from": "+14165550100",
        "to": "+14165550199",
        "contactId": {
            "_id": contact.pk,
            "phoneNumber": contact.phone_number,
            "firstName": "Kim",
            "lastName": "Example",
            "email": "kim@example.com",
        },
        "conversationId": conversation.pk,
        "organizationId": user.organization_id,
        "userId": {"_id": user.pk, "email": user.email, "fullName": "Robin Example"},
        "providerPhoneNumber": "+14165550100",
        "startTime": "2026-05-15T09:10:00.000Z",
        "answerTime": "2026-05-15T09:10:04.000Z",
        "endTime": "2026-05-15T09:11:04.500Z",
        "duration": 60.5,
        "recordings": [
            {
                "_id": recording.pk,
                "contentType": "audio/mpeg",
                "size": recording.size,
                "duration": 2.5,
                "createdAt": document["recordings"][0]["createdAt"],
            }
        ],
        "aiSummary": "Confirmed.",
        "aiHandledDuration": 60.5,
        "tags": [],
        "isStarred": False,
        "metadata": {"campaign_id": {"Free-Form": [1, None]}},
        "providerMetadata": {"vendor": "x"},
    }


def test_what_is_not_known_of_a_call_is_left_out(api: ApiClient, user: User) -> None:
    call = make_call(user, duration=None, from_number="", to_number="", provider_phone_number="")
    Call.objects.update(user=None)

    (document,) = history(api)["calls"]

    assert document.keys() == {
        *("_id", "callId", "provider", "direction", "status", "organizationId", "startTime", "recordings"),
        *("tags", "isStarred"),
        *("createdAt", "updatedAt"),
    }
    assert document["_id"] == call.pk


def test_every_call_has_its_own_recordings(api: ApiClient, user: User) -> None:
    calls = [make_call(user) for _ in range(3)]
    recordings = {
        calls[0].pk: [add_recording(calls[0]).pk, add_recording(calls[0], sha256="1" * 64).pk],
        calls[1].pk: [],
        calls[2].pk: [add_recording(calls[2]).pk],
    }

    shown = {call["_id"]: [recording["_id"] for recording in call["recordings"]] for call in history(api)["calls"]}

    assert shown == recordings


def test_no_path_of_a_recording_is_shown(api: ApiClient, user: User) -> None:
    recording = add_recording(make_call(user))

    assert recording.file.name.rpartition("/")[2].encode() not in api.get(HISTORY).content


def test_transcripts_are_not_in_it(api: ApiClient, user: User) -> None:
    make_call(user, ai_transcript=TURNS)

    assert "aiTranscript" not in history(api)["calls"][0]


def test_transcripts_are_in_it_when_asked_for(api: ApiClient, user: User) -> None:
    make_call(user, ai_transcript=TURNS)

    assert history(api, include="aiTranscript")["calls"][0]["aiTranscript"] == TURNS


def test_a_call_without_transcript_has_none_when_it_is_asked_for(api: ApiClient, user: User) -> None:
    make_call(user)

    assert "aiTranscript" not in history(api, include="aiTranscript")["calls"][0]


def test_nothing_else_can_be_included(api: ApiClient) -> None:
    assert_invalid(api.get(HISTORY, include="recordings"), "include")


def test_a_page_has_fifty_calls_unless_said_otherwise(api: ApiClient, user: User) -> None:
    Call.objects.bulk_create(
        Call(organization=user.organization, provider="external", direction="inbound") for _ in range(51)
    )

    page = history(api)

    assert (len(page["calls"]), page["total"]) == (50, 51)


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_a_page_has_as_many_calls_as_asked_for(limit: int, api: ApiClient, user: User) -> None:
    calls = [make_call(user) for _ in range(3)]

    assert found(api, limit=limit) == ids(*reversed(calls))[:limit]


@pytest.mark.parametrize(
    "limit", ["0", "-1", "201", "1.5", "x", "", "1e2", "0x10", "1_0", "\u0663", "9" * 30, "9" * 1_001]
)
def test_a_limit_that_is_no_number_from_1_to_200_is_refused(limit: str, api: ApiClient) -> None:
    assert_invalid(api.get(HISTORY, limit=limit), "limit")


@pytest.mark.parametrize("offset", ["-1", "1000001", "x", "", "1.5", "9" * 30])
def test_an_offset_that_is_no_number_from_0_to_a_million_is_refused(offset: str, api: ApiClient) -> None:
    assert_invalid(api.get(HISTORY, offset=offset), "offset")


@pytest.mark.parametrize("offset", [0, 1, 2, 3, 1_000_000])
def test_an_offset_leaves_out_the_newest(offset: int, api: ApiClient, user: User) -> None:
    calls = [make_call(user) for _ in range(3)]

    page = history(api, offset=offset)

    assert [call["_id"] for call in page["calls"]] == ids(*reversed(calls))[offset:]
    assert page["total"] == 3


FILTERS: list[dict[str, Any]] = [
    {},
    {"status": "completed"},
    {"startDate": "2026-03-02T12:00:00Z", "endDate": "2026-03-07T12:00:00Z"},
    {"toNumber": "+14165550199"},
]


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("are_added_up", [False, True])
def test_an_offset_far_from_the_beginning_leaves_out_the_same(
    query: dict[str, Any], are_added_up: bool, api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_pages, "_NEAR", 1)
    Organization.objects.filter(pk=user.home_id).update(time_zone="America/Toronto")
    for hours in (0, 1, 5, 30, 31, 32, 33, 60, 90, 120, 121, 190):
        start = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hours)
        make_call(user, start_time=start, status="busy" if hours % 3 else "completed")
    if are_added_up:
        count_calls()
        Call.objects.filter(start_time__hour=6).delete()
    whole = found(api, **query)

    pages = [found(api, **query, offset=offset, limit=2) for offset in range(len(whole) + 1)]

    assert len(whole) > 2
    assert pages == [whole[offset : offset + 2] for offset in range(len(whole) + 1)]
