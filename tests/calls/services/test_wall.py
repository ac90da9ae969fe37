"""Given another organization's id, a service finds nothing to change, whatever the row's own id is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from calls.models import Call, WebhookMessage, WebhookSubscription
from calls.reports import CallReport
from calls.services.lifecycle.apply_report import apply_report, lock_call
from calls.services.lifecycle.call_message import keep_call_message
from calls.services.webhooks_out.claim import Claimed
from calls.services.webhooks_out.finish import Outcome, finish
from contacts.models import Contact
from contacts.services import name_placeholder
from conversations.models import Conversation, Message
from conversations.services import revise_call_message, take_back_call_message
from tests.admin_site import make_webhook
from tests.factories import make_call, make_contact, make_conversation
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 15, 9, tzinfo=UTC)
TABLES: tuple[Any, ...] = (Call, Contact, Conversation, Message, WebhookMessage, WebhookSubscription)


@pytest.fixture
def call(user: User) -> Call:
    """With its message and a contact of no name."""
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Unknown", last_name="Caller")
    conversation = make_conversation(contact)
    call = make_call(user, contact=contact, conversation=conversation)
    keep_call_message(call=call)
    return call


@pytest.fixture
def delivered(user: User) -> WebhookMessage:
    """A message that is still to be delivered."""
    assert user.organization is not None
    subscription = make_webhook(user.organization)
    return WebhookMessage.objects.create(
        subscription=subscription,
        event_type="call.ended",
        key=new_object_id(),
        event_id=new_object_id(),
        call_id=new_object_id(),
        body="{}",
    )


def rows() -> dict[str, list[dict[str, Any]]]:
    return {table.__name__: list(table._default_manager.order_by("pk").values()) for table in TABLES}


def claimed(message: WebhookMessage, organization_id: str) -> Claimed:
    return Claimed(
        organization_id=organization_id,
        attempt_id=new_object_id(),
        lease=new_object_id(),
        message_id=message.pk,
        subscription_id=message.subscription_id,
        url="https://example.com",
        secrets=(),
        body=b"{}",
    )


CHANGES: dict[str, Callable[[str, Call], object]] = {
    "a call's message is not revised": lambda organization_id, call: revise_call_message(
        organization_id=organization_id,
        call_id=call.pk,
        content="Other",
        status="failed",
        sent_by="",
        is_ai_generated=True,
        at=AT,
    ),
    "a call's message is not taken back": lambda organization_id, call: take_back_call_message(
        organization_id=organization_id, call_id=call.pk
    ),
    "a contact gets no name": lambda organization_id, call: name_placeholder(
        organization_id=organization_id, contact_id=str(call.contact_id), caller_name="Robin"
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_of_another_organization_nothing_is_changed(
    call: Call, other_user: User, change: Callable[[str, Call], object]
) -> None:
    before = rows()

    assert not change(other_user.home_id, call)

    assert rows() == before
    # With the right one it would have been.
    change(call.organization_id, call)
    assert rows() != before


def test_another_organizations_call_is_neither_locked_nor_reported_on(call: Call, other_user: User) -> None:
    before = rows()
    report = CallReport(provider=call.provider, summary="Somebody else's")

    with pytest.raises(Call.DoesNotExist), transaction.atomic():
        lock_call(organization_id=other_user.home_id, call_id=call.pk)
    with pytest.raises(Call.DoesNotExist):
        apply_report(organization_id=other_user.home_id, call_id=call.pk, report=report)

    assert rows() == before


def test_the_outcome_of_an_attempt_is_noted_for_its_own_organization(
    delivered: WebhookMessage, other_user: User
) -> None:
    before = rows()
    organization_id = delivered.subscription.organization_id

    finish(ended=[(claimed(delivered, other_user.home_id), Outcome(status=200))], now=AT)
    assert rows() == before

    finish(ended=[(claimed(delivered, organization_id), Outcome(status=200))], now=AT)
    assert rows() != before
