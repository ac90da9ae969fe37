"""/api/conversation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from conversations.models import Conversation
from tests.clients import Answer, ApiClient, vendor_of
from tests.contract.components import assert_is
from tests.factories import (
    ingest_body,
    make_call,
    make_contact,
    make_conversation,
    make_message,
)
from tests.refusals import (
    NO_TEXTS,
    assert_every_body_is_checked,
    assert_fault,
    assert_only_a_member_may,
    assert_refused,
)
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

ALL = "/api/conversation/all"
NO_WHOLE_NUMBERS: tuple[Any, ...] = (1.5, True, None, [], {}, "x", "")


@pytest.fixture
def contact(user: User) -> Contact:
    assert user.organization is not None
    return make_contact(user.organization)


@pytest.fixture
def conversation(contact: Contact) -> Conversation:
    return make_conversation(contact)


def at(conversation: Conversation, rest: str = "") -> str:
    return f"/api/conversation/{conversation.pk}{rest}"


def of_contact(api: ApiClient, contact: Contact, **fields: Any) -> dict[str, Any]:
    answer = api.post(ALL, {"contactId": contact.pk, **fields})
    assert answer.status == 200, answer
    assert_is("ConversationsPageResponse", answer.body)
    page: dict[str, Any] = answer.body
    return page


def messages(api: ApiClient, conversation: Conversation, **query: Any) -> dict[str, Any]:
    answer = api.get(at(conversation, "/messages"), **query)
    assert answer.status == 200, answer
    assert_is("MessagesPageResponse", answer.body)
    for message in answer.body["messages"]:
        assert_is("MessageDocument", message)
    page: dict[str, Any] = answer.body
    return page


# ---- Of a contact --------------------------------------------------------------------------------------------------


def test_the_conversations_of_a_contact_come_liveliest_first(api: ApiClient, contact: Contact) -> None:
    times = [None, datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 3, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)]
    made = [
        make_conversation(contact, channel_identifier=f"+1416555010{number}", last_message_time=time)
        for number, time in enumerate(times)
    ]
    make_conversation(make_contact(contact.organization))

    page = of_contact(api, contact)

    assert [found["_id"] for found in page["conversations"]] == [made[index].pk for index in (2, 3, 1, 0)]
    assert (page["total"], page["page"], page["size"]) == (4, 1, 10)
    second = of_contact(api, contact, page=2, size=3)
    assert [found["_id"] for found in second["conversations"]] == [made[0].pk]


def test_a_contact_without_conversations_has_none(api: ApiClient, contact: Contact) -> None:
    assert of_contact(api, contact) == {"success": True, "conversations": [], "total": 0, "page": 1, "size": 10}


def test_an_unknown_contact_is_not_found(api: ApiClient) -> None:
    assert_refused(api.post(ALL, {"contactId": new_object_id()}), 404, "CONTACT_NOT_FOUND")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("contactId", value) for value in (*NO_TEXTS, "", "x", "0" * 25)),
        *(("page", value) for value in (*NO_WHOLE_NUMBERS, 0, -1, 10_001, 10**30)),
        *(("size", value) for value in (*NO_WHOLE_NUMBERS, 0, 101)),
    ],
)
def test_a_field_that_cannot_be_is_refused(api: ApiClient, contact: Contact, name: str, value: Any) -> None:
    assert_fault(api.post(ALL, {"contactId": contact.pk, name: value}), name)


def test_conversations_cost_user_contact_page_and_count(api: ApiClient, contact: Contact) -> None:
    for number in range(5):
        make_message(make_conversation(contact, channel_identifier=f"+1416555010{number}"))

    with CaptureQueriesContext(connection) as captured:
        of_contact(api, contact)

    assert len(captured) == 4


# ---- One -----------------------------------------------------------------------------------------------------------


def test_an_ingested_call_is_found_as_conversation_and_message(api: ApiClient, vendor: ApiClient, user: User) -> None:
    ingested = vendor.post("/api/calls/ingest", ingest_body()).body

    conversation = api.get(f"/api/conversation/{ingested['conversationId']}")
    page = api.get(f"/api/conversation/{ingested['conversationId']}/messages")

    assert_is("ConversationResponse", conversation.body)
    found = conversation.body["conversation"]
    last = found.pop("lastMessageTime")
    assert found == {
        "_id": ingested["conversationId"],
        "contactId": ingested["contactId"],
        "organizationId": user.organization_id,
        "userId": user.pk,
        "channelType": "call",
        "channelIdentifier": "+14165550100",
        "latestMessage": "Confirmed appointment for Friday at 2pm.",
        "isResolved": False,
        "messageCount": 1,
    }
    (message,) = page.body["messages"]
    assert_is("MessageDocument", message)
    assert message == {
        "_id": message["_id"],
        "conversationId": ingested["conversationId"],
        "contactId": ingested["contactId"],
        "content": "Confirmed appointment for Friday at 2pm.",
        "direction": "outbound",
        "channelType": "call",
        "status": "completed",
        "sentBy": "Alex (Example Agent)",
        "isAIGenerated": True,
        "callId": ingested["callId"],
        "createdAt": last,
    }


def test_what_a_conversation_does_not_have_is_left_out(api: ApiClient, conversation: Conversation) -> None:
    found = api.get(at(conversation)).body["conversation"]

    assert not {"userId", "latestMessage", "lastMessageTime"} & set(found)


@pytest.mark.parametrize("rest", ["", "/messages"])
def test_an_unknown_conversation_is_not_found(api: ApiClient, rest: str) -> None:
    assert_refused(api.get(f"/api/conversation/{new_object_id()}{rest}"), 404, "CONVERSATION_NOT_FOUND")


@pytest.mark.parametrize("no_id", ["x", "0" * 23, "G" * 24, "%00"])
@pytest.mark.parametrize("rest", ["", "/messages", "/resolve"])
def test_what_is_no_id_is_no_path(api: ApiClient, no_id: str, rest: str) -> None:
    assert_refused(api.get(f"/api/conversation/{no_id}{rest}"), 404, "NOT_FOUND")


# ---- Messages ------------------------------------------------------------------------------------------------------


def test_messages_are_a_page_of_ten_newest_first(api: ApiClient, conversation: Conversation, user: User) -> None:
    for number in range(12):
        make_message(conversation, content=str(number), call_id=make_call(user).pk)
    make_message(make_conversation(conversation.contact, channel_identifier="+14165550101"))

    first, second = messages(api, conversation), messages(api, conversation, page=2, size=10)

    assert [message["content"] for message in first["messages"]] == [str(number) for number in range(11, 1, -1)]
    assert [message["content"] for message in second["messages"]] == ["1", "0"]
    assert (first["total"], second["total"], second["page"], second["size"]) == (12, 12, 2, 10)


def test_messages_cost_user_conversation_page_and_count(api: ApiClient, conversation: Conversation) -> None:
    for _ in range(5):
        make_message(conversation)

    with CaptureQueriesContext(connection) as captured:
        messages(api, conversation)

    assert len(captured) == 4


@pytest.mark.parametrize(("name", "value"), [("page", "0"), ("size", "101"), ("before", "x"), ("page", "\0")])
def test_a_parameter_that_cannot_be_is_refused(
    api: ApiClient, conversation: Conversation, name: str, value: str
) -> None:
    assert_fault(api.get(at(conversation, "/messages"), **{name: value}), name)


# ---- Resolve -------------------------------------------------------------------------------------------------------


def resolve(api: ApiClient, conversation: Conversation, body: Any) -> Answer:
    return api.put(at(conversation, "/resolve"), body)


def test_a_conversation_is_resolved_and_opened_again(api: ApiClient, conversation: Conversation) -> None:
    other = make_conversation(conversation.contact, channel_identifier="+14165550101")

    for value in (True, True, False):
        answer = resolve(api, conversation, {"isResolved": value, "messageCount": 7})

        assert answer.status == 200
        assert_is("ConversationResponse", answer.body)
        assert answer.body == api.get(at(conversation)).body
        assert (answer.body["conversation"]["isResolved"], answer.body["conversation"]["messageCount"]) == (value, 0)
        other.refresh_from_db()
        assert not other.is_resolved


@pytest.mark.parametrize("value", ["true", "", "yes", 1, 0, None, [], {}])
def test_only_true_and_false_resolve(api: ApiClient, conversation: Conversation, value: Any) -> None:
    assert_fault(resolve(api, conversation, {"isResolved": value}), "isResolved")


def test_what_to_do_must_be_said(api: ApiClient, conversation: Conversation) -> None:
    assert_fault(resolve(api, conversation, {}), "isResolved")


def test_an_unknown_conversation_cannot_be_resolved(api: ApiClient) -> None:
    answer = api.put(f"/api/conversation/{new_object_id()}/resolve", {"isResolved": True})

    assert_refused(answer, 404, "CONVERSATION_NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), [("POST", ALL), ("PUT", f"/api/conversation/{'0' * 24}/resolve")])
def test_a_body_that_is_none_is_refused(api: ApiClient, method: str, path: str) -> None:
    assert_every_body_is_checked(api, method, path)


# ---- Who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("POST", "all", {"contactId": "0" * 24}),
        ("GET", "0" * 24, None),
        ("GET", f"{'0' * 24}/messages", None),
        ("PUT", f"{'0' * 24}/resolve", {"isResolved": True}),
    ],
)
def test_nobody_may_without_a_token_or_with_an_api_key(user: User, method: str, rest: str, body: Any) -> None:
    assert_only_a_member_may([ApiClient(), vendor_of(user)], method, f"/api/conversation/{rest}", body)
