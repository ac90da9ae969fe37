"""On PostgreSQL a text is written while a call with the same contact comes: neither waits for the other for ever."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from calls.models import Call, OutgoingText, Tag
from calls.services import ingest_call
from calls.services.live_calls import push_live
from calls.services.pushes import ingest_calls
from calls.services.texts.send_text import send_text
from contacts.models import Contact
from conversations.models import Conversation
from tests.calls.api.ingesting import ingested
from tests.calls.api.pushes.pushing import results
from tests.calls.api.pushes.test_live import told
from tests.calls.texting import DELIVERED, OUR_NUMBER, make_twilio, simulated
from tests.clients import vendor_of
from tests.factories import ingest_body, make_contact
from tests.halfway import halfway
from tether_calls.accounts.models import User
from tether_calls.common import transactions

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers take turns"),
    pytest.mark.django_db(transaction=True),
]

# The one has begun the conversation, the other has the organization's turn.
BEGUN = r'INSERT INTO "conversations_conversation"'
TURN = r'SELECT .*"accounts_organization".* FOR NO KEY UPDATE'


@pytest.fixture
def contact(user: User) -> Contact:
    assert user.organization is not None
    return make_contact(user.organization, phone_number=DELIVERED)


@pytest.fixture(autouse=True)
def _no_second_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """With which who was chosen to give way gets there as well, a second later."""
    for module in (transactions, ingest_call, ingest_calls, push_live):
        monkeypatch.setattr(module, "_ATTEMPTS", 1)


def pushed(**fields: Any) -> dict[str, Any]:
    """A call of a contact whom nobody has called from this number, with a label that is new."""
    return ingest_body(fromNumber=OUR_NUMBER, toNumber=DELIVERED, tags=["Refund"], **fields)


@pytest.mark.parametrize("after", [BEGUN, TURN], ids=["its conversation is begun", "it has its turn"])
@pytest.mark.parametrize("way", ["one", "many", "live"])
def test_a_call_comes_while_a_text_is_written(user: User, contact: Contact, way: str, after: str) -> None:
    vendor = vendor_of(user)
    coming = {
        "one": lambda: ingested(vendor, pushed()),
        "many": lambda: results(vendor, [pushed(externalCallId="call-1")]),
        "live": lambda: told(vendor, "started", fromNumber=OUR_NUMBER, toNumber=DELIVERED),
    }
    with simulated() as carriers:
        make_twilio(user, base_url=carriers.url)

        halfway(
            coming[way],
            lambda: send_text(user=user, contact_id=contact.pk, content="Hello"),
            after=after,
        )

    assert Call.objects.get().conversation_id == Conversation.objects.get().pk
    assert OutgoingText.objects.get().message.conversation_id == Conversation.objects.get().pk
    assert Tag.objects.count() == (0 if way == "live" else 1)
