"""Reading and hearing one call in the admin."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, cast

import pytest
import requests
from django.contrib.staticfiles import finders
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client

from calls.models import Call
from tests.admin_site import (
    make_event,
    make_recording,
    page_of,
    statements_of,
    text_of,
)
from tests.factories import make_call, make_contact, make_conversation, make_prompt, mp3_bytes
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User

SCRIPT = "</script><script>alert('x')</script><img src=x onerror=alert(1)>\"'>"


@pytest.fixture
def call(user: User) -> Call:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Priya", last_name="Shah")
    return make_call(
        user,
        contact=contact,
        conversation=make_conversation(contact),
        ai_agent=make_prompt(user.organization, name="Mia"),
        duration=154.6,
        ai_transcript=[
            {"role": "agent", "message": "Hello, this is Mia.", "timestamp": 0.5},
            {"role": "user", "message": "Hi Mia.", "timestamp": 62.25},
            {"role": "user", "message": "Goodbye."},
        ],
        ai_summary="Confirmed the appointment.",
        metadata={"campaign": "spring"},
        provider_metadata={"region": "ca1"},
        external_call_id="vendor-42",
        provider_call_id="CA42",
    )


def played(address: str) -> bytes:
    """What a player hears: from our own folder, or from the S3 server."""
    if address.startswith("http"):
        return requests.get(address, timeout=PATIENCE).content
    return b"".join(cast(StreamingHttpResponse, Client().get(address)))


def page(client: Client, call: Call) -> str:
    response = client.get(page_of(call))
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_page_tells_all_of_a_call(staff: Client, call: Call) -> None:
    text = text_of(staff.get(page_of(call)))
    told = ["+14165550100", "+14165550199", "Completed", "2:34", "Priya Shah", "Mia", "Confirmed the appointment."]
    told += ["Hello, this is Mia.", "Goodbye.", '"campaign": "spring"', '"region": "ca1"', "vendor-42", "CA42", call.pk]
    for words in told:
        assert words in text


def test_facts_are_named_as_people_name_them(staff: Client, call: Call) -> None:
    call.ai_handled_duration = 154
    call.save()

    assert "Handled by AI" in text_of(staff.get(page_of(call)))


def test_the_page_leads_to_contact_conversation_agent_and_user(staff: Client, call: Call) -> None:
    shown = page(staff, call)
    for row in (call.contact, call.conversation, call.ai_agent, call.user):
        assert row is not None
        assert f'href="{page_of(row)}"' in shown


def test_a_user_is_called_by_name_and_by_their_address_where_they_have_none(staff: Client, user: User) -> None:
    for name in ("Kim Lee", ""):
        User.objects.filter(pk=user.pk).update(full_name=name)
        assert f'dir="auto">{name or user.email}</a>' in page(staff, make_call(user))


def test_its_organization_is_named_to_who_sees_several(staff: Client, root: Client, user: User) -> None:
    call = make_call(user)
    fact = f"<dt>Organization</dt><dd>{call.organization}</dd>"

    assert fact in page(root, call)
    assert "<dt>Organization</dt>" not in page(staff, call)


def test_a_recording_plays_from_an_address_of_its_own(staff: Client, call: Call) -> None:
    make_recording(call)
    address = re.search(r'<audio [^>]*src="([^"]+)"', page(staff, call))
    assert address is not None
    assert played(staff.get(unescape(address[1]))["Location"]) == mp3_bytes()


def test_of_several_recordings_each_can_be_chosen(staff: Client, call: Call) -> None:
    recordings = [make_recording(call) for _ in range(2)]
    shown = page(staff, call)
    assert shown.count("<audio") == 1
    chosen = re.findall(r'data-audio="[^"]+/recordings/(\w+)/audio\?play=', shown)
    assert chosen == [recording.pk for recording in reversed(recordings)]


def test_a_turn_has_a_link_to_its_second(staff: Client, call: Call) -> None:
    make_recording(call)
    assert re.findall(r'data-link href="([^"]+)"', page(staff, call)) == ["?t=0", "?t=62"]


def test_a_turn_with_a_time_is_a_button_that_knows_it(staff: Client, call: Call) -> None:
    make_recording(call)
    shown = page(staff, call)
    assert re.findall(r'<button type="button" class="tether-bubble" data-seconds="([^"]+)"', shown) == ["0.5", "62.25"]
    assert re.findall(r"<time>(\d+:\d\d)</time>", shown) == ["0:00", "1:02"]


def test_without_a_recording_there_is_nothing_to_click(staff: Client, call: Call) -> None:
    assert "data-seconds" not in page(staff, call)
    assert "No recording." in page(staff, call)


def test_the_sides_of_the_dialogue_are_told_apart(staff: Client, call: Call) -> None:
    sides = re.findall(r"tether-turn tether-turn-(\w+)", page(staff, call))
    assert sides == ["agent", "caller", "caller"]


@pytest.mark.parametrize(
    "transcript",
    [
        None,
        [],
        {},
        "text",
        ["text", None, 1],
        [{}],
        [{"role": None, "message": None, "timestamp": "1"}],
        [{"role": "agent", "message": 5, "timestamp": True}],
        [{"role": "agent", "message": "Hello.", "timestamp": -1}],
    ],
    ids=repr,
)
def test_a_transcript_of_any_form_opens(staff: Client, user: User, transcript: Any) -> None:
    call = make_call(user, ai_transcript=transcript)
    make_recording(call)
    assert "tether-dialogue" in page(staff, call)


def test_the_events_of_the_call_come_newest_last(staff: Client, call: Call, user: User) -> None:
    for name in ("call_initiated", "call_ended"):
        make_event(call, name=name, data={"reason": f"{name} reason"})
    make_event(make_call(user), name="note_created")
    events = page(staff, call).partition("events-heading")[2]
    assert events.index("call_initiated reason") < events.index("call_ended reason")
    assert "note_created" not in events


def test_the_page_costs_few_statements_however_much_it_shows(staff: Client, call: Call) -> None:
    make_recording(call)
    make_event(call)
    page(staff, call)  # a process asks once for the content type
    few = len(statements_of(staff, page_of(call)))
    for _ in range(5):
        make_recording(call)
        make_event(call)
    assert len(statements_of(staff, page_of(call))) == few
    # Session, user; call, recordings, notes, events; message; Do Not Call, what it cost; tags, dispositions; who has
    # heard it; the calls beside it, for which the queues to filter by; scorecards, scores; whether it is of a queue.
    # Whom its transfers were offered to; that its transcript was read is written down. PostgreSQL is told twice to read
    # by the index that has the order: a savepoint, that, and its end.
    assert few <= (26 if connection.vendor == "postgresql" else 20)


def test_nobody_writes_a_call(staff: Client, call: Call) -> None:
    assert staff.post(page_of(call), {"status": "failed"}).status_code == 403
    assert staff.post(page_of(call, "delete"), {"post": "yes"}).status_code == 403
    assert staff.get("/admin/calls/call/add/").status_code == 403
    call.refresh_from_db()
    assert call.status == "completed"


def test_everything_that_strangers_wrote_is_escaped(staff: Client, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name=SCRIPT[:100], last_name=SCRIPT[:100])
    call = make_call(
        user,
        contact=contact,
        conversation=make_conversation(contact),
        from_number=SCRIPT[:64],
        to_number=SCRIPT[:64],
        agent_name=SCRIPT,
        ai_transcript=[{"role": SCRIPT, "message": SCRIPT, "timestamp": 1}, {"role": "agent", "message": SCRIPT}],
        ai_summary=SCRIPT,
        metadata={SCRIPT: {SCRIPT: [SCRIPT]}},
        provider_metadata={SCRIPT: SCRIPT},
        external_call_id=SCRIPT,
        provider_call_id=SCRIPT,
    )
    make_recording(call)
    make_event(call, data={SCRIPT: SCRIPT})
    shown = page(staff, call)
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "&lt;script&gt;alert" in shown


def test_the_page_brings_no_script_of_its_own_and_asks_no_other_host(staff: Client, call: Call) -> None:
    make_recording(call)
    shown = page(staff, call)
    own = shown[shown.index('class="tether-call"') :]
    assert not re.findall(r"<script(?![^>]* src=)", own)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', shown)
    own_files = ("beside.js", "waveform.js", "player.js", "transcript.js", "player.css", "print.css", "call.css")
    for file in (*(f"calls/{name}" for name in own_files), "tether/keys.js", "tether/admin.css"):
        assert f"/static/{file}" in shown
        assert finders.find(file)
