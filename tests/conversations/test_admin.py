"""Conversations in the admin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations import admin as conversations_admin
from conversations.models import Conversation
from tests.admin_site import found, list_of, make_message, page_of, statements_of, text_of
from tests.factories import make_call, make_contact, make_conversation
from tether_calls.accounts.models import User


@pytest.fixture
def conversation(user: User) -> Conversation:
    assert user.organization is not None
    return make_conversation(make_contact(user.organization, first_name="Priya", phone_number="+16475550123"))


@pytest.mark.parametrize("text", ["Priya", "+1 647 555-0123", "5550123"])
def test_a_conversation_is_found_by_its_contact(
    staff: Client, user: User, conversation: Conversation, text: str
) -> None:
    assert user.organization is not None
    make_conversation(make_contact(user.organization, first_name="Daniel", phone_number="+13105550999"))
    assert found(staff, Conversation, q=text) == [conversation]
    assert found(staff, Conversation, contact__id__exact=conversation.contact_id) == [conversation]


def test_the_liveliest_conversation_comes_first_of_one_organization(
    staff: Client, root: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    later, silent = (make_conversation(conversation.contact, channel_identifier=f"+1416555020{n}") for n in (1, 2))
    for each, hours in ((conversation, 1), (later, 2)):
        Conversation.objects.filter(pk=each.pk).update(last_message_time=timezone.now() - timedelta(hours=hours))
    by_beginning = [silent, later, conversation]

    def opened(client: Client, **query: str) -> tuple[list[Conversation], bool]:
        page = client.get(list_of(Conversation), query)
        return list(page.context["cl"].result_list), "by their first call or text" in text_of(page)

    assert opened(staff) == ([conversation, later, silent], False)
    assert opened(root, organization__id__exact=conversation.organization_id) == opened(staff)
    assert opened(root) == (by_beginning, True)

    # Where there are more than are sorted for a look, the page says by what they are in order.
    monkeypatch.setattr(conversations_admin, "SORTED_MAX", 2)
    assert opened(staff) == (by_beginning, True)


def test_the_page_shows_the_newest_messages_newest_last_with_their_calls(
    staff: Client, user: User, conversation: Conversation
) -> None:
    call = make_call(user, conversation=conversation)
    for number in range(52):
        make_message(conversation, content=f"Message {number}.", call_id=call.pk if number == 51 else None)
    Conversation.objects.update(message_count=52)
    page = staff.get(page_of(conversation)).content.decode()
    assert "Message 1." not in page
    assert page.index("Message 2.") < page.index("Message 51.")
    assert "The newest 50 of 52." in page
    assert f'href="{page_of(call)}"' in page


def test_texts_stand_beside_calls_with_their_status(staff: Client, user: User, conversation: Conversation) -> None:
    call = make_call(user, conversation=conversation)
    make_message(conversation, content="They will call back.", call_id=call.pk, status="no-answer")
    make_message(conversation, content="Monday?", channel_type="sms", status="delivered", parts=1)
    make_message(
        conversation,
        content="Tuesday?",
        channel_type="sms",
        status="undelivered",
        parts=2,
        error_code="cannot_receive",
        provider_code="30006",
    )

    page = text_of(staff.get(page_of(conversation)))

    for shown in (
        "no answer They will call back.",
        "text delivered",
        "text, 2 parts undelivered: cannot receive 30006",
    ):
        assert shown in " ".join(page.split()), page


def test_the_page_escapes_what_was_said(staff: Client, conversation: Conversation) -> None:
    script = "<script>alert(1)</script>"
    make_message(conversation, content=script, sent_by=script, status="<script>x</script>")
    Conversation.objects.update(latest_message=script)
    for path in (page_of(conversation), list_of(Conversation)):
        page = staff.get(path).content.decode()
        assert script not in page
        assert "<script>x" not in page
    assert script in text_of(staff.get(list_of(Conversation)))


def test_nobody_writes_a_conversation(staff: Client, conversation: Conversation) -> None:
    assert staff.post(page_of(conversation), {"is_resolved": "on"}).status_code == 403
    conversation.refresh_from_db()
    assert not conversation.is_resolved


def test_the_list_costs_as_many_statements_for_twenty_conversations_as_for_one(
    staff: Client, user: User, conversation: Conversation
) -> None:
    assert user.organization is not None
    found(staff, Conversation)
    one = len(statements_of(staff, list_of(Conversation)))
    for _ in range(19):
        make_conversation(make_contact(user.organization))
    assert len(statements_of(staff, list_of(Conversation))) == one
