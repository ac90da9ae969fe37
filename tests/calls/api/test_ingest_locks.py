"""Ingest on PostgreSQL: rows that two transactions write at once are not locked against each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from contacts.services import find_or_create_caller
from conversations.models import Conversation
from conversations.services import find_or_create_conversation
from tests.factories import make_contact
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers take turns")

CUSTOMER, OURS = "+14165550199", "+14165550100"


@pytest.mark.django_db(transaction=True)
def test_finding_a_contact_does_not_hold_up_a_call_that_refers_to_it(user: User) -> None:
    """The two calls of a burst for a new number, of which one came before the contact was there, the other after."""
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number=CUSTOMER)
    contact_is_found, conversation_is_made = Event(), Event()

    def conversation() -> str:
        found: str = find_or_create_conversation(
            organization_id=user.home_id, user_id=user.pk, contact_id=contact.pk, channel_identifier=OURS
        ).pk
        return found

    def came_before() -> str:
        with transaction.atomic():
            find_or_create_caller(
                organization_id=user.home_id, user_id=user.pk, phone_number=CUSTOMER, caller_name="Kim Example"
            )
            contact_is_found.set()
            assert conversation_is_made.wait(timeout=PATIENCE)
            return conversation()

    def came_after() -> str:
        with transaction.atomic():
            assert contact_is_found.wait(timeout=PATIENCE)
            made = conversation()
            conversation_is_made.set()
        return made  # committed: the foreign key to the contact has been checked

    def in_a_thread(work: Callable[[], str]) -> str:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as threads:
        assert len(set(threads.map(in_a_thread, (came_before, came_after)))) == 1
    assert Conversation.objects.count() == 1
