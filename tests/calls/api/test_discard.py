"""POST /api/calls/{callId}/discard."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import requests
from django.utils import timezone

from calls.models import Call, LegalHold
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.at_once import at_once
from tests.calls.api.browsing import (
    INITIATE,
    assert_refused,
    call_in,
    ringing_call,
    statements,
)
from tests.calls.api.ingesting import nothing_kept
from tests.calls.api.reading import add_recording
from tests.calls.event_log import event_names
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_call, make_contact, make_conversation, make_user
from tests.waiting import PATIENCE
from tether_calls.accounts.models import Organization, User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


def discard(client: ApiClient, call_id: str, body: Any = None) -> Answer:
    return client.post(f"/api/calls/{call_id}/discard", body)


def discarded(answer: Answer) -> bool:
    """Whether the call is gone, says an answer that must be a success."""
    assert answer.status == 200, answer
    assert_is("CallsMessageResponse", answer.body)
    assert answer.body["message"] in ("Call discarded", "The call took place and stays in the history")
    return bool(answer.body["message"] == "Call discarded")


def placeholder(organization: Organization | None, **fields: Any) -> Contact:
    assert organization is not None
    names = {"first_name": "New", "last_name": "Contact", "source": "Outgoing Call"}
    return make_contact(organization, **{**names, **fields})


@pytest.mark.parametrize("provider", ["sinch", "twilio"])
@pytest.mark.parametrize("status", ["initiated", "ringing"])
def test_a_call_under_way_is_told_to_be_over_and_gone(status: str, provider: str, api: ApiClient, user: User) -> None:
    call = ringing_call(user, status=status, provider=provider)

    assert discarded(discard(api, call.pk))

    assert not Call.objects.exists()
    event = EventLog.objects.get()
    assert (event.name, event.call_id, event.data["call"]["status"]) == ("call_ended", call.pk, "canceled")
    assert api.get(f"/api/calls/{call.pk}").status == 404


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
def test_a_call_that_nobody_answered_is_gone(status: str, api: ApiClient, user: User) -> None:
    call = ringing_call(user, status=status)

    assert discarded(discard(api, call.pk))
    assert (Call.objects.count(), event_names(call.pk)) == (0, [])


def test_its_message_goes_with_it(api: ApiClient, user: User) -> None:
    contact = placeholder(user.organization)
    conversation = make_conversation(contact)
    calls = [ringing_call(user, contact=contact, conversation=conversation) for _ in range(2)]
    for call in calls:
        api.post(f"/api/calls/{call.pk}/terminate")
    kept = Message.objects.get(call_id=calls[0].pk)

    assert discarded(discard(api, calls[1].pk))

    conversation.refresh_from_db()
    assert list(Message.objects.all()) == [kept]
    assert (conversation.message_count, conversation.latest_message) == (1, kept.content)
    assert conversation.last_message_time == kept.created_at
    assert event_names(calls[1].pk) == ["call_ended", "fetch_messages", "fetch_messages"]

    assert discarded(discard(api, calls[0].pk))
    assert Conversation.objects.filter(message_count=0, latest_message="", last_message_time=None).exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "in-progress"},
        {"status": "answered"},
        {"status": "completed"},
        {"status": "failed", "answer_time": timezone.now()},
        {"status": "canceled", "ai_summary": "Spoke."},
        {"status": "canceled", "ai_transcript": [{"role": "user", "message": "Hi."}]},
        {"status": "no-answer", "provider": "external", "external_call_id": "1"},
        {"status": "initiated", "provider": "elevenlabs"},
    ],
)
def test_what_took_place_stays(fields: dict[str, Any], api: ApiClient, user: User) -> None:
    contact = placeholder(user.organization)
    call = ringing_call(user, contact=contact, **fields)

    with nothing_kept():
        assert not discarded(discard(api, call.pk, {"contactId": contact.pk, "deleteContact": True}))


def test_what_has_a_recording_stays(api: ApiClient, user: User) -> None:
    call = ringing_call(user, status="canceled")
    add_recording(call)

    assert not discarded(discard(api, call.pk))


@pytest.mark.parametrize("scope", ["call", "contact", "number"])
def test_what_a_legal_hold_covers_is_over_and_stays_with_its_contact(api: ApiClient, user: User, scope: str) -> None:
    contact = placeholder(user.organization)
    call = ringing_call(user, contact=contact, from_number=contact.phone_number)
    names = {"call": {"call_id": call.pk}, "contact": {"contact_id": contact.pk}}
    covered = names.get(scope, {"phone_number": contact.phone_number})
    LegalHold.objects.create(organization_id=user.home_id, scope=scope, reason="Claim 118", **covered)

    assert not discarded(discard(api, call.pk, {"deleteContact": True}))

    call.refresh_from_db()
    assert (call.status, call.contact_id, event_names(call.pk)) == ("canceled", contact.pk, ["call_ended"])
    Call.objects.all().delete()
    discard(api, call.pk, {"contactId": contact.pk, "deleteContact": True})
    assert Contact.objects.exists() is (scope != "call")


def test_a_call_that_is_not_there_is_a_success(api: ApiClient, user: User) -> None:
    call = ringing_call(user)

    assert discarded(discard(api, new_object_id()))
    assert discarded(discard(api, call.pk))
    assert discarded(discard(api, call.pk))


# ---- The contact ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("names", [("New", "Contact"), ("New Contact", "")])
def test_a_placeholder_goes_with_its_conversation_when_asked_to(
    names: tuple[str, str], named: bool, api: ApiClient, user: User
) -> None:
    contact = placeholder(user.organization, first_name=names[0], last_name=names[1])
    call = call_in(api.post(INITIATE, {"contactId": contact.pk}))
    body = {"deleteContact": True, **({"contactId": contact.pk} if named else {})}

    assert discarded(discard(api, call["_id"], body))
    assert (Contact.objects.count(), Conversation.objects.count()) == (0, 0)


@pytest.mark.parametrize("body", [None, {}, {"deleteContact": False}, {"deleteContact": None}])
def test_a_placeholder_stays_unless_asked_to_go(body: Any, api: ApiClient, user: User) -> None:
    contact = placeholder(user.organization)
    call = call_in(api.post(INITIATE, {"contactId": contact.pk}))

    assert discarded(discard(api, call["_id"], body if body is None else {"contactId": contact.pk, **body}))
    assert Contact.objects.get() == contact


@pytest.mark.parametrize(
    "fields",
    [
        {"first_name": "Kim"},
        {"last_name": ""},
        {"source": "Import"},
        {"source": ""},
        {"first_name": "Unknown", "last_name": "Caller", "source": "External Call"},
    ],
)
def test_a_contact_that_somebody_knows_stays(fields: dict[str, str], api: ApiClient, user: User) -> None:
    contact = placeholder(user.organization, **fields)
    call = call_in(api.post(INITIATE, {"contactId": contact.pk}))

    assert discarded(discard(api, call["_id"], {"contactId": contact.pk, "deleteContact": True}))
    assert Contact.objects.get() == contact


def test_a_placeholder_that_other_calls_are_with_stays(api: ApiClient, user: User) -> None:
    contact = placeholder(user.organization)
    make_call(user, contact=contact)
    call = call_in(api.post(INITIATE, {"contactId": contact.pk}))

    assert discarded(discard(api, call["_id"], {"contactId": contact.pk, "deleteContact": True}))
    assert Contact.objects.get() == contact


def test_a_placeholder_whose_call_was_never_recorded_goes(api: ApiClient, user: User) -> None:
    contact = placeholder(user.organization)

    assert discarded(discard(api, new_object_id(), {"contactId": contact.pk, "deleteContact": True}))
    assert not Contact.objects.exists()


@pytest.mark.parametrize("contact_id", ["x", UNKNOWN_ID, "a" * 100_000, "' OR 1=1 --", ""])
def test_an_unknown_contact_is_no_failure(contact_id: str, api: ApiClient) -> None:
    with nothing_kept():
        assert discarded(discard(api, new_object_id(), {"contactId": contact_id, "deleteContact": True}))


# ---- Whose, races, bad input, statements ---------------------------------------------------------------------------


def test_what_another_organization_has_is_not_there(user: User, other_api: ApiClient) -> None:
    contact = placeholder(user.organization)
    call = ringing_call(user, contact=contact)

    with nothing_kept():
        answer = discard(other_api, call.pk, {"contactId": contact.pk, "deleteContact": True})
        assert discarded(discard(other_api, call.pk, {"deleteContact": True}))
    assert answer.content == discard(other_api, new_object_id()).content


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"contactId": 5}, "contactId"),
        ({"contactId": ["x"]}, "contactId"),
        ({"deleteContact": "perhaps"}, "deleteContact"),
        ({"deleteContact": "yes"}, "deleteContact"),
        ({"deleteContact": 1}, "deleteContact"),
        ({"deleteContact": {}}, "deleteContact"),
        ({"deleteContact": [True]}, "deleteContact"),
    ],
)
def test_a_body_that_is_wrong_is_refused(body: Any, path: str, api: ApiClient, user: User) -> None:
    call = ringing_call(user)

    with nothing_kept():
        assert_refused(discard(api, call.pk, body), "VALIDATION_ERROR", path)


@pytest.mark.parametrize("content", [b"{", b"[]", b"5", b"null"])
def test_a_body_that_is_none_is_refused(content: bytes, api: ApiClient, user: User) -> None:
    call = ringing_call(user)

    with nothing_kept():
        assert api.post(f"/api/calls/{call.pk}/discard", content).status == 400


def test_at_once_a_call_is_discarded_once(live_url: str) -> None:
    user = make_user()
    contact = placeholder(user.organization)
    call = ringing_call(user, contact=contact, conversation=make_conversation(contact))
    headers = {"Authorization": f"Bearer {logged_in(user).token}"}
    url, body = f"{live_url}/api/calls/{call.pk}/discard", {"deleteContact": True}

    answers = at_once([partial(requests.post, url, json=body, headers=headers, timeout=PATIENCE)] * 5)

    assert [answer.status_code for answer in answers] == [200] * 5
    assert event_names(call.pk) == ["call_ended"]
    assert (Call.objects.count(), Contact.objects.count()) == (0, 0)


def test_a_call_that_is_not_there_costs_two_statements(api: ApiClient) -> None:
    assert statements(api, f"/api/calls/{new_object_id()}/discard") == 2
