"""One ceiling of texts an hour for an organization, whoever writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import OutgoingText, TextPurpose
from calls.selectors.texts.line import text_line
from calls.services.texts.hand_over import send_texts
from calls.services.texts.missed_calls import text_missed_callers
from calls.services.texts.queue_text import queue_text
from contacts.models import Contact
from conversations.models import Message
from tests.calls.texting import CUSTOMER, DELIVERED, DOUBLED, OUR_NUMBER, make_twilio, simulated, twilio_text
from tests.calls.webhooks.elevenlabs_office import TOOL_SECRET, ask, make_account
from tests.clients import Answer, ApiClient
from tests.factories import make_call, make_contact
from tests.refusals import assert_refused
from tests.waiting import PATIENCE
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.tokens import issue_tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


@pytest.fixture
def contact(home: Organization) -> Contact:
    return make_contact(home, phone_number=DELIVERED)


def send(api: ApiClient, contact: Contact, content: str) -> Answer:
    return api.post("/api/messages/send", {"contactId": contact.pk, "content": content})


def test_a_text_above_the_ceiling_is_refused_and_told_when_to_come_again(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact, settings: Any
) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 2
    make_twilio(user, base_url=simulator.url)
    assert [send(api, contact, content).status for content in ("1", "2")] == [201, 201]
    OutgoingText.objects.filter(message__content="1").update(created_at=timezone.now() - timedelta(minutes=50))

    refused = send(api, contact, "3")

    assert_refused(refused, 429, "TEXT_LIMIT_REACHED")
    assert 590 <= int(refused.headers["Retry-After"]) <= 600
    # Nothing is kept, and an earlier request is still answered.
    assert Message.objects.count() == 2
    assert send(api, contact, "2").status == 200

    OutgoingText.objects.filter(message__content="1").update(created_at=timezone.now() - timedelta(minutes=61))
    assert send(api, contact, "3").status == 201


def test_each_organization_has_its_own(
    other_api: ApiClient, other_user: User, home: Organization, simulator: Simulator, contact: Contact, settings: Any
) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 1
    make_twilio(other_user, base_url=simulator.url)
    assert other_user.organization is not None
    theirs = make_contact(other_user.organization, phone_number=DELIVERED)
    line = text_line(organization_id=other_user.organization.pk)
    queue_text(organization_id=home.pk, contact=contact, content="Ours", line=line, purpose=TextPurpose.USER)

    assert send(other_api, theirs, "1").status == 201
    assert_refused(send(other_api, theirs, "2"), 429, "TEXT_LIMIT_REACHED")


def test_none_may_be_sent(api: ApiClient, user: User, simulator: Simulator, contact: Contact, settings: Any) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 0
    make_twilio(user, base_url=simulator.url)

    refused = send(api, contact, "1")

    assert_refused(refused, 429, "TEXT_LIMIT_REACHED")
    assert refused.headers["Retry-After"] == "3600"


def test_an_agent_is_told_in_a_sentence_and_leaves_nothing(user: User, simulator: Simulator, settings: Any) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 1
    make_account(user)
    make_twilio(user, base_url=simulator.url, is_active=False)

    answers = [
        ask(
            {"conversation_id": "conv_1", "phone_number": number, "message": "Hello"},
            secret=TOOL_SECRET,
            path="/api/webhook/elevenlabs/tools/send-sms",
        ).body
        for number in (DELIVERED, DOUBLED)
    ]

    assert [each["success"] for each in answers] == [True, False]
    assert answers[1]["error"] == "The company can send no more texts at the moment."
    assert list(Contact.objects.values_list("phone_number", flat=True)) == [DELIVERED]


def test_the_message_of_a_missed_call_waits_while_it_is_news(
    api: ApiClient, user: User, home: Organization, simulator: Simulator, contact: Contact, settings: Any
) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 1
    make_twilio(user, base_url=simulator.url)
    home.missed_call_message, home.missed_calls_texted_since = "Hello", timezone.now() - timedelta(days=1)
    home.save()
    send(api, make_contact(home, phone_number=DOUBLED), "1")
    ended = timezone.now() - timedelta(minutes=1)
    make_call(
        user,
        contact=contact,
        provider="twilio",
        direction="inbound",
        status="no-answer",
        duration=None,
        start_time=ended - timedelta(seconds=30),
        end_time=ended,
    )

    text_missed_callers()
    assert OutgoingText.objects.count() == 1
    OutgoingText.objects.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))
    text_missed_callers()

    assert OutgoingText.objects.filter(purpose="missed_call").count() == 1


def test_keywords_are_answered_whatever_is_left(user: User, simulator: Simulator, settings: Any) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 0
    make_twilio(user, base_url=simulator.url)

    assert twilio_text(From=CUSTOMER, To=OUR_NUMBER, Body="Arrêt").status == 200

    assert OutgoingText.objects.get().purpose == "keyword"


def test_answers_to_keywords_do_not_count(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact, settings: Any
) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 1
    make_twilio(user, base_url=simulator.url)
    twilio_text(From=CUSTOMER, To=OUR_NUMBER, Body="Arrêt")
    send_texts()

    assert send(api, contact, "1").status == 201


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_are_after_the_last_one_one_gets_it(
    live_url: str, user: User, home: Organization, settings: Any
) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 1
    contacts = [make_contact(home, phone_number=f"+141655501{number}").pk for number in range(10, 30)]
    token = issue_tokens(user).access
    with simulated() as simulator:
        make_twilio(user, base_url=simulator.url)

        def post(contact_id: str) -> int:
            return requests.post(
                f"{live_url}/api/messages/send",
                json={"contactId": contact_id, "content": "Hello"},
                headers={"Authorization": f"Bearer {token}"},
                timeout=PATIENCE,
            ).status_code

        with ThreadPoolExecutor(20) as threads:
            statuses = Counter(threads.map(post, contacts))

        # The carrier reports to this server, which is not to be in the middle of that when the rows go.
        simulator.settle()
        assert statuses == {201: 1, 429: 19}
        assert len(simulator.happened()["texts"]) == 1
