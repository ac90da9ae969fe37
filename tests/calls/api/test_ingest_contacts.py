"""POST /api/calls/ingest: the contact, the conversation and the message that belong to a call."""

from __future__ import annotations

import pytest

from calls.models import Call
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.calls.api.ingesting import ingested
from tests.clients import ApiClient, vendor_of
from tests.factories import ingest_body, make_contact, make_user, missed_call_body
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

CUSTOMER, OURS = "+14165550199", "+14165550100"
BOTH_WAYS = [("outbound", OURS, CUSTOMER), ("inbound", CUSTOMER, OURS)]


@pytest.mark.parametrize(("direction", "from_number", "to_number"), BOTH_WAYS)
def test_the_contact_has_the_customers_number_whichever_side_called(
    vendor: ApiClient, direction: str, from_number: str, to_number: str
) -> None:
    ingested(vendor, missed_call_body(direction=direction, fromNumber=from_number, toNumber=to_number))

    assert Contact.objects.get().phone_number == CUSTOMER


@pytest.mark.parametrize(("direction", "from_number", "to_number"), BOTH_WAYS)
def test_the_conversation_is_with_our_number_whichever_side_called(
    vendor: ApiClient, direction: str, from_number: str, to_number: str
) -> None:
    ingested(vendor, missed_call_body(direction=direction, fromNumber=from_number, toNumber=to_number))

    conversation = Conversation.objects.get()
    assert (conversation.channel_type, conversation.channel_identifier) == ("call", OURS)
    assert Call.objects.get().provider_phone_number == OURS


def test_a_new_contact_without_a_name_is_an_unknown_caller(vendor: ApiClient, user: User) -> None:
    ingested(vendor, missed_call_body())

    contact = Contact.objects.get()
    assert (contact.full_name, contact.source) == ("Unknown Caller", "External Call")
    assert (contact.organization_id, contact.user_id) == (user.organization_id, user.pk)


@pytest.mark.parametrize(
    ("told", "first", "last"),
    [
        ("Kim Example", "Kim", "Example"),
        ("Kim", "Kim", ""),
        ("  Kim   van  Example ", "Kim", "van Example"),
        ("é 漢字", "é", "漢字"),
        ("K" * 200, "K" * 200, ""),
        ("K " + "v" * 198, "K", "v" * 198),
        ("K" * 198 + " v", "K" * 198, "v"),
        ("", "Unknown", "Caller"),
        ("   ", "Unknown", "Caller"),
    ],
)
def test_a_new_contact_gets_the_callers_name(vendor: ApiClient, told: str, first: str, last: str) -> None:
    ingested(vendor, missed_call_body(callerName=told))

    contact = Contact.objects.get()
    assert (contact.first_name, contact.last_name) == (first, last)


def test_a_later_call_names_an_unknown_caller(vendor: ApiClient) -> None:
    ingested(vendor, missed_call_body())

    ingested(vendor, missed_call_body(callerName="Kim Example"))

    assert Contact.objects.get().full_name == "Kim Example"


def test_a_later_call_without_a_name_leaves_the_name_alone(vendor: ApiClient) -> None:
    ingested(vendor, missed_call_body(callerName="Kim Example"))

    ingested(vendor, missed_call_body(callerName=""))

    assert Contact.objects.get().full_name == "Kim Example"


@pytest.mark.parametrize(("first", "last"), [("Kim", "Example"), ("Unknown", "Person"), ("", "Caller"), ("Kim", "Ma")])
def test_a_real_name_is_never_replaced(vendor: ApiClient, user: User, first: str, last: str) -> None:
    assert user.organization is not None
    make_contact(user.organization, phone_number=CUSTOMER, first_name=first, last_name=last)

    ingested(vendor, missed_call_body(callerName="Somebody Else"))

    contact = Contact.objects.get()
    assert (contact.first_name, contact.last_name) == (first, last)


def test_a_contact_that_is_there_is_used(vendor: ApiClient, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number=CUSTOMER)

    assert ingested(vendor, missed_call_body())["contactId"] == contact.pk


def test_a_contact_of_another_organization_is_not_used(vendor: ApiClient, other_user: User) -> None:
    assert other_user.organization is not None
    theirs = make_contact(other_user.organization, phone_number=CUSTOMER)

    assert ingested(vendor, missed_call_body())["contactId"] != theirs.pk
    assert Conversation.objects.filter(contact=theirs).count() == 0


def test_colleagues_share_the_contact_and_the_conversation(vendor: ApiClient, user: User) -> None:
    first = ingested(vendor, missed_call_body())

    second = ingested(vendor_of(make_user(organization=user.organization)), missed_call_body())

    assert (second["contactId"], second["conversationId"]) == (first["contactId"], first["conversationId"])


def test_calls_with_one_contact_over_one_number_share_a_conversation(vendor: ApiClient) -> None:
    first = ingested(vendor, missed_call_body())
    second = ingested(vendor, ingest_body())

    assert second["conversationId"] == first["conversationId"]


def test_calls_over_another_of_our_numbers_are_another_conversation(vendor: ApiClient) -> None:
    first = ingested(vendor, missed_call_body())
    second = ingested(vendor, missed_call_body(toNumber="+14165550111"))

    assert second["contactId"] == first["contactId"]
    assert second["conversationId"] != first["conversationId"]


def test_the_message_of_a_call_is_its_summary(vendor: ApiClient) -> None:
    ids = ingested(vendor, ingest_body())

    message = Message.objects.get()
    assert message.content == "Confirmed appointment for Friday at 2pm."
    assert (message.call_id, message.contact_id) == (ids["callId"], ids["contactId"])
    assert (message.conversation_id, message.channel_type) == (ids["conversationId"], "call")
    assert (message.direction, message.status) == ("outbound", "completed")
    assert (message.sent_by, message.is_ai_generated) == ("Alex (Example Agent)", True)


@pytest.mark.parametrize(
    ("status", "duration", "words"),
    [
        ("no-answer", 0, "Call no answer (0 s)"),
        ("busy", 1.5, "Call busy (1.5 s)"),
        ("failed", 1_234_567, "Call failed (1234567 s)"),
    ],
)
def test_the_message_of_a_call_without_a_summary_is_status_and_duration(
    vendor: ApiClient, status: str, duration: float, words: str
) -> None:
    ingested(vendor, missed_call_body(status=status, duration=duration))

    message = Message.objects.get()
    assert (message.content, message.is_ai_generated) == (words, False)


def test_the_conversation_counts_its_messages_and_shows_the_latest(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body(summary="The first."))
    ingested(vendor, ingest_body(summary="The second."))

    conversation = Conversation.objects.get()
    assert (conversation.message_count, conversation.latest_message) == (2, "The second.")
    latest = Message.objects.order_by("-id").first()
    assert latest is not None
    assert conversation.last_message_time == latest.created_at


def test_the_conversation_shows_the_beginning_of_a_long_summary(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body(summary="s" * 100_000))

    assert Conversation.objects.get().latest_message == "s" * 500
    assert Message.objects.get().content == "s" * 100_000
