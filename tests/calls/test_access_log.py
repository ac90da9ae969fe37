"""Every way to a recording or a transcript leaves exactly one row, of who it was."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, Recording, WebhookEvent
from calls.services.webhooks_out.fan_out import ensure_cursor, fan_out
from tests.accounts.keys import make_key
from tests.admin_site import (
    admin_of,
    list_of,
    make_delivery,
    make_event,
    make_staff,
    make_superuser,
    make_webhook,
    make_webhook_message,
    page_of,
    rows_shown,
    text_of,
)
from tests.calls.api.reading import HISTORY, add_recording
from tests.calls.exporting import made
from tests.calls.partner.partners import CALLS, partner_of
from tests.clients import ApiClient, logged_in
from tests.factories import UNKNOWN_ID, ingest_body, make_call, make_do_not_call, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import AccessRole, ApiKey, Organization, User
from tether_calls.trails.models import AccessEntry, Link
from tether_calls.trails.services.link import link_pending

pytestmark = pytest.mark.django_db

TURNS = [{"role": "agent", "message": "Good morning, platypus.", "timestamp": 0.5}]


@pytest.fixture
def call(user: User) -> Call:
    return make_call(user, ai_transcript=TURNS, ai_summary="About a platypus.")


@pytest.fixture
def recording(call: Call) -> Recording:
    return add_recording(call)


@pytest.fixture
def listener(home: Organization) -> User:
    """Of the organization's staff."""
    return make_staff(home)


EXPORT = "admin:trails_accessentry_export_list"


def entries() -> list[AccessEntry]:
    return list(AccessEntry.objects.order_by("pk"))


def the_entry() -> AccessEntry:
    (entry,) = entries()
    return entry


def assert_by(entry: AccessEntry, user: User, *, kind: str = "user") -> None:
    assert (entry.actor_kind, entry.actor_id, entry.actor_name, entry.user_id) == (kind, user.pk, user.email, user.pk)
    assert entry.ip == "127.0.0.1"
    assert abs((timezone.now() - entry.at).total_seconds()) < 3600


def assert_by_key(entry: AccessEntry, user: User) -> None:
    key = ApiKey.objects.get(user=user)
    assert (entry.actor_kind, entry.actor_id, entry.actor_name, entry.user_id) == (
        "api_key",
        key.pk,
        "Partner",
        user.pk,
    )


# ---- The frontend's API ---------------------------------------------------------------------------------------------


def test_reading_a_call_reads_its_transcript(api: ApiClient, user: User, call: Call) -> None:
    assert api.get(f"/api/calls/{call.pk}").status == 200
    entry = the_entry()
    assert (entry.kind, entry.call_id, entry.recording_id) == ("transcript_read", call.pk, None)
    assert entry.organization_id == user.home_id
    assert_by(entry, user)


def test_of_a_call_without_transcript_nothing_was_read(api: ApiClient, user: User) -> None:
    assert api.get(f"/api/calls/{make_call(user).pk}").status == 200
    assert entries() == []


def test_the_address_of_a_recording_is_one_row_with_the_transcript_that_goes_along(
    api: ApiClient, user: User, call: Call, recording: Recording
) -> None:
    assert api.get(f"/api/calls/{call.pk}/recording").status == 200
    entry = the_entry()
    assert (entry.kind, entry.call_id, entry.recording_id) == ("recording_address", call.pk, recording.pk)
    assert_by(entry, user)


def test_what_changes_a_call_answers_with_its_transcript(api: ApiClient, user: User, call: Call) -> None:
    for method, path, body in (
        ("patch", f"/api/calls/{call.pk}", {"isStarred": True}),
        ("put", f"/api/calls/{call.pk}/opt-out", None),
    ):
        before = len(entries())
        assert getattr(api, method)(path, body).status == 200
        (entry,) = entries()[before:]
        assert (entry.kind, entry.call_id) == ("transcript_read", call.pk)
        assert_by(entry, user)
    assert api.delete(f"/api/calls/{call.pk}/opt-out").status == 200
    assert len(entries()) == 3


def test_history_leaves_none_and_with_transcripts_one_for_each(api: ApiClient, user: User, call: Call) -> None:
    make_call(user)
    assert api.get(HISTORY).status == 200
    assert entries() == []
    assert api.get(HISTORY, include="aiTranscript").status == 200
    assert (the_entry().kind, the_entry().call_id) == ("transcript_read", call.pk)


def test_reading_along_by_request_is_reading(api: ApiClient, user: User, call: Call) -> None:
    assert api.get(f"/api/calls/{call.pk}/live").status == 200
    assert (the_entry().kind, the_entry().call_id) == ("transcript_read", call.pk)


def test_a_search_is_one_row(api: ApiClient, user: User, vendor: ApiClient) -> None:
    assert vendor.post("/api/calls/ingest", ingest_body()).status == 201
    answer = api.get("/api/calls/search", q="Alex")
    assert len(answer.body["hits"]) == 1
    entry = the_entry()
    assert (entry.kind, entry.call_id) == ("search", None)
    assert_by(entry, user)


def test_of_each_export_everybody_who_is_given_the_file_leaves_one_row(api: ApiClient, user: User, call: Call) -> None:
    export = made(user, with_transcript=True)
    assert entries() == []
    for _ in range(2):
        assert api.get("/api/exports").status == 200
        assert "url" in api.get(f"/api/exports/{export.pk}").body["export"]
    assert (the_entry().kind, the_entry().export_id) == ("export", export.pk)
    assert_by(the_entry(), user)

    colleague = make_user(organization=user.organization)
    assert logged_in(colleague).get(f"/api/exports/{export.pk}").status == 200
    assert [entry.actor_id for entry in entries()] == [user.pk, colleague.pk]


def test_what_is_refused_leaves_none(other_api: ApiClient, call: Call, recording: Recording) -> None:
    for path in (f"/api/calls/{call.pk}", f"/api/calls/{call.pk}/recording", f"/api/calls/{call.pk}/live"):
        assert other_api.get(path).status == 404
    assert entries() == []


def test_nothing_is_handed_out_that_cannot_be_written_down(api: ApiClient, call: Call, recording: Recording) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trails_accessentry RENAME COLUMN kind TO gone")
    answer = api.get(f"/api/calls/{call.pk}/recording")
    assert answer.status == 500
    assert b"audioUrl" not in answer.content


def test_history_costs_no_statement_more_and_a_call_one(api: ApiClient, call: Call) -> None:
    api.get(HISTORY)
    with statements_made() as of_history:
        api.get(HISTORY)
    assert [sql for sql in of_history if "trails_" in sql] == []
    with statements_made() as of_call:
        api.get(f"/api/calls/{call.pk}")
    assert len([sql for sql in of_call if "trails_" in sql]) == 1


# ---- Partners -------------------------------------------------------------------------------------------------------


def test_a_partner_that_lists_calls_is_given_the_addresses_of_their_recordings(
    user: User, call: Call, recording: Recording
) -> None:
    make_call(user)
    partner = partner_of(user)
    assert partner.get(CALLS).status == 200
    entry = the_entry()
    assert (entry.kind, entry.call_id, entry.recording_id) == ("recording_address", call.pk, recording.pk)
    assert_by_key(entry, user)


def test_a_partner_that_reads_a_call_leaves_one_row(user: User, call: Call) -> None:
    partner = partner_of(user)
    assert partner.get(f"{CALLS}/{call.pk}").status == 200
    assert the_entry().kind == "transcript_read"
    assert_by_key(the_entry(), user)
    add_recording(call)
    assert partner.get(f"{CALLS}/{call.pk}").status == 200
    assert [entry.kind for entry in entries()] == ["transcript_read", "recording_address"]


def test_a_partner_that_searches_leaves_a_row_and_one_for_each_address(user: User, vendor: ApiClient) -> None:
    assert vendor.post("/api/calls/ingest", ingest_body()).status == 201
    assert ApiKey.objects.filter(user=user).delete()
    partner = partner_of(user)
    assert partner.get(f"{CALLS}/search", q="Alex").status == 200
    assert sorted(entry.kind for entry in entries()) == ["recording_address", "search"]
    assert_by_key(entries()[0], user)


def test_a_webhook_with_a_transcript_is_of_its_key(user: User, vendor: ApiClient) -> None:
    key = make_key(user, "can_read_calls")
    webhook = make_webhook(user.organization, api_key=key, created_by=user, subscribed_events=list(WebhookEvent.values))  # type: ignore[arg-type]
    ensure_cursor()
    assert vendor.post("/api/calls/ingest", ingest_body()).status == 201
    fan_out()
    fan_out()
    entry = the_entry()
    assert (entry.kind, entry.call_id) == ("transcript_read", Call.objects.get().pk)
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("api_key", key.pk, f"Webhook {webhook.name}")


@pytest.mark.parametrize("is_superuser", [False, True])
def test_one_without_a_key_is_of_who_made_it(is_superuser: bool, user: User, vendor: ApiClient) -> None:
    maker = make_superuser() if is_superuser else user
    make_webhook(user.organization, created_by=maker, subscribed_events=["call.transcript"])  # type: ignore[arg-type]
    ensure_cursor()
    assert vendor.post("/api/calls/ingest", ingest_body()).status == 201
    fan_out()
    kind = "platform_staff" if is_superuser else "user"
    assert (the_entry().actor_kind, the_entry().actor_id) == (kind, maker.pk)


# ---- The admin ------------------------------------------------------------------------------------------------------


def test_the_page_of_a_call_is_reading(listener: User, call: Call, recording: Recording) -> None:
    assert admin_of(listener).get(page_of(call)).status_code == 200
    assert (the_entry().kind, the_entry().call_id) == ("transcript_read", call.pk)
    assert_by(the_entry(), listener)


def audio_of(client: Client, call: Call) -> str:
    """The address that the player has in the page of a call."""
    page = client.get(page_of(call))
    (player,) = page.context["page"].players
    address: str = player.audio
    return address


def test_a_player_that_asks_again_and_again_plays_once(listener: User, call: Call, recording: Recording) -> None:
    client = admin_of(listener)
    address = audio_of(client, call)
    for again in ("", "&again=1", "&again=2"):
        assert client.get(address + again).status_code == 302
    client.post(f"/admin/calls/call/{call.pk}/heard/")
    played = entries()[1:]
    assert [(entry.kind, entry.recording_id) for entry in played] == [("recording_play", recording.pk)]
    assert_by(played[0], listener)


def test_who_opens_the_page_again_plays_again(listener: User, call: Call, recording: Recording) -> None:
    client = admin_of(listener)
    for _ in range(2):
        client.get(audio_of(client, call))
    assert [entry.kind for entry in entries()] == ["transcript_read", "recording_play"] * 2


def test_the_address_of_anothers_page_hides_nobody(listener: User, home: Organization, call: Call) -> None:
    add_recording(call)
    colleague = make_staff(home)
    address = audio_of(admin_of(listener), call)
    admin_of(listener).get(address)
    admin_of(colleague).get(address)
    admin_of(colleague).get(address.partition("?")[0])
    played = [entry for entry in entries() if entry.kind == "recording_play"]
    assert [entry.actor_id for entry in played] == [listener.pk, colleague.pk, colleague.pk]


def test_saving_a_recording_is_another_row(listener: User, call: Call, recording: Recording) -> None:
    path = f"/admin/calls/call/{call.pk}/recordings/{recording.pk}/download"
    assert admin_of(listener).get(path).status_code == 302
    assert (the_entry().kind, the_entry().recording_id) == ("recording_download", recording.pk)


def test_the_waveform_is_nothing_that_is_heard(listener: User, call: Call, recording: Recording) -> None:
    admin_of(listener).get(f"/admin/calls/call/{call.pk}/recordings/{recording.pk}/peaks")
    assert entries() == []


def test_a_search_in_the_list_of_calls_is_a_search(listener: User, call: Call) -> None:
    client = admin_of(listener)
    client.get(list_of(Call))
    assert entries() == []
    client.get(list_of(Call), {"q": "platypus"})
    assert the_entry().kind == "search"
    assert_by(the_entry(), listener)


def test_a_delivery_is_read_where_it_has_what_was_said(listener: User, home: Organization, call: Call) -> None:
    client = admin_of(listener)
    client.get(page_of(make_delivery(home, call=call)))
    assert entries() == []
    said = b'{"type": "post_call_transcription", "data": {"transcript": [{"role": "agent", "message": "Hello"}]}}'
    client.get(page_of(make_delivery(home, call=call, body=said)))
    assert (the_entry().kind, the_entry().call_id) == ("transcript_read", call.pk)


def test_a_webhook_message_is_read_and_sent_again(listener: User, home: Organization, call: Call) -> None:
    client = admin_of(listener)
    event = make_event(call)
    webhook = make_webhook(home)
    make_webhook_message(webhook, call, event)
    message = make_webhook_message(webhook, call, event, event_type="call.transcript", key="text")
    client.get(page_of(message))
    chosen = [each.pk for each in webhook.messages.all()]
    client.post(list_of(type(message)), {"action": "send_selected_again", "_selected_action": chosen})
    assert [(entry.kind, entry.call_id) for entry in entries()] == [("transcript_read", call.pk)] * 2
    assert_by(entries()[1], listener)


def test_an_exports_file_is_one_row(listener: User, user: User) -> None:
    export = made(user)
    for _ in range(2):
        assert admin_of(listener).get(page_of(export, "download")).status_code == 302
    assert (the_entry().kind, the_entry().export_id) == ("export", export.pk)
    assert_by(the_entry(), listener)


def test_the_do_not_call_list_as_a_file_is_an_export(listener: User, home: Organization) -> None:
    make_do_not_call(home)
    assert admin_of(listener).get(reverse("admin:contacts_donotcallnumber_export_list")).status_code == 200
    assert the_entry().kind == "export"


# ---- Reading the log ------------------------------------------------------------------------------------------------


def test_administrators_read_it_page_by_page(api: ApiClient, user: User, call: Call) -> None:
    for _ in range(3):
        api.get(f"/api/calls/{call.pk}")
    page = api.get("/api/access", limit=2).body
    rest = api.get("/api/access", limit=2, cursor=page["nextCursor"]).body
    assert "nextCursor" not in rest
    found = [*page["data"], *rest["data"]]
    assert [each["_id"] for each in found] == [entry.pk for entry in reversed(entries())]
    entry = entries()[-1]
    assert found[0] == {
        "_id": entry.pk,
        "kind": "transcript_read",
        "actor": {"type": "user", "id": user.pk, "name": user.email, "userId": user.pk},
        "at": found[0]["at"],
        "callId": call.pk,
        "ip": "127.0.0.1",
    }


@pytest.fixture
def some(api: ApiClient, user: User, call: Call, recording: Recording) -> Callable[..., int]:
    """How many rows a filter lets through, of one of a user's and two of a colleague's."""
    colleague = make_user(organization=user.organization)
    api.get(f"/api/calls/{call.pk}")
    for path in (f"/api/calls/{call.pk}", f"/api/calls/{call.pk}/recording"):
        logged_in(colleague).get(path)

    def count(**query: Any) -> int:
        answer = api.get("/api/access", **query)
        assert answer.status == 200, answer
        return len(answer.body["data"])

    return count


def test_it_is_filtered_by_user_kind_and_time(some: Callable[..., int], user: User) -> None:
    assert some() == 3
    assert some(userId=user.pk) == 1
    assert some(kind="transcript_read") == 2
    assert some(kind="recording_address", userId=user.pk) == 0
    assert some(startDate="2100-01-01") == some(endDate="2000-01-01") == 0
    assert some(startDate="2000-01-01", endDate="2100-01-01") == 3


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "other"},
        {"userId": "x"},
        {"cursor": "x"},
        {"limit": 0},
        {"limit": 201},
        {"startDate": "x"},
        {"startDate": "2026-02-02", "endDate": "2026-02-01"},
        {"other": "x"},
    ],
)
def test_what_it_cannot_be_asked_is_refused(api: ApiClient, query: dict[str, Any]) -> None:
    answer = api.get("/api/access", **query)
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


def test_of_one_call_it_is_there_also_when_the_call_is_gone(api: ApiClient, call: Call) -> None:
    assert api.get(f"/api/calls/{call.pk}/access").body == {"success": True, "data": []}
    api.get(f"/api/calls/{call.pk}")
    assert len(api.get(f"/api/calls/{call.pk}/access").body["data"]) == 1
    call_id = call.pk
    call.delete()
    assert len(api.get(f"/api/calls/{call_id}/access").body["data"]) == 1


def test_it_is_nobodys_of_another_organization(api: ApiClient, other_api: ApiClient, call: Call) -> None:
    api.get(f"/api/calls/{call.pk}")
    assert other_api.get("/api/access").body["data"] == []
    theirs, unknown = (other_api.get(f"/api/calls/{each}/access") for each in (call.pk, UNKNOWN_ID))
    assert (theirs.status, theirs.body) == (unknown.status, unknown.body)
    assert theirs.status == 404


def test_it_is_for_administrators(user: User, call: Call) -> None:
    head = make_user(organization=user.organization, access_role=AccessRole.DEPARTMENT_HEAD)
    for path in ("/api/access", f"/api/calls/{call.pk}/access"):
        assert logged_in(head).get(path).status == 403
        assert ApiClient().get(path).status == 401
    staff = make_user(organization=user.organization, access_role=AccessRole.DEPARTMENT_HEAD, is_staff=True)
    assert admin_of(staff).get(list_of(AccessEntry)).status_code == 403
    assert "Who has heard and read it" not in text_of(admin_of(staff).get(page_of(call)))


def test_the_admin_shows_it_with_who_listened_most(listener: User, call: Call, recording: Recording) -> None:
    client = admin_of(listener)
    client.get(audio_of(client, call))
    assert "Who has heard and read it" in text_of(client.get(page_of(call)))
    shown = client.get(list_of(AccessEntry), {"q": call.pk})
    assert len(rows_shown(shown)) == 3
    assert [(each.name, each.count) for each in shown.context["listeners"]] == [(listener.email, 1)]
    assert "Who listened most" in text_of(shown)


def test_nobody_changes_it_in_the_admin(root: Client, api: ApiClient, call: Call) -> None:
    api.get(f"/api/calls/{call.pk}")
    entry = the_entry()
    assert root.post(page_of(entry), {"ip": "x"}).status_code == 403
    assert root.post(page_of(entry, "delete"), {"post": "yes"}).status_code == 403
    assert root.get(list_of(AccessEntry).replace("/?", "") + "add/").status_code == 403


def test_it_is_a_file_for_spreadsheets(listener: User, api: ApiClient, user: User, call: Call) -> None:
    api.get(f"/api/calls/{call.pk}")
    api.get("/api/calls/search", q="platypus")
    answer = admin_of(listener).get(reverse(EXPORT), {"kind__exact": "transcript_read"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (line,) = csv.DictReader(text.splitlines())
    assert (line["actor"], line["actor_type"], line["call_id"]) == (user.email, "user", call.pk)
    assert line["kind"] == "transcript_read"


def test_superusers_say_whose_file_they_want(root: Client, api: ApiClient, user: User, call: Call) -> None:
    api.get(f"/api/calls/{call.pk}")
    assert root.get(reverse(EXPORT)).status_code == 302
    answer = root.get(reverse(EXPORT), {"organization": user.home_id})
    assert user.email in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_all_of_it_is_in_the_chain(api: ApiClient, call: Call) -> None:
    api.get(f"/api/calls/{call.pk}")
    link_pending()
    assert Link.objects.filter(entry_id=the_entry().pk).exists()


def test_staff_of_the_platform_are_named_as_such(call: Call, recording: Recording) -> None:
    superuser = make_superuser()
    client = admin_of(superuser)
    client.get(audio_of(client, call))
    for entry in entries():
        assert_by(entry, superuser, kind="platform_staff")
    assert [entry.kind for entry in entries()] == ["transcript_read", "recording_play"]
