"""/api/v1/messages: texts that systems send and read, and the webhooks that tell of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import OutgoingText, WebhookMessage, WebhookSubscription
from calls.services.texts.hand_over import send_texts
from calls.services.webhooks_out.fan_out import ensure_cursor, fan_out
from contacts.models import Contact
from conversations.models import Message
from tests.accounts.keys import ALL_PERMISSIONS, make_key
from tests.admin_site import make_webhook
from tests.calls.partner.partners import assert_error, partner_of
from tests.calls.texting import (
    CUSTOMER,
    DELIVERED,
    INVALID,
    LANDLINE,
    NOT_DELIVERED,
    OUR_NUMBER,
    make_twilio,
    simulated,
    twilio_status,
    twilio_text,
)
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_contact, make_do_not_call
from tests.statements import statements_made
from tests.waiting import PATIENCE
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import Organization, User
from tether_calls.common.times import to_wire
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

MESSAGES = "/api/v1/messages"
WEBHOOKS = "/api/v1/webhooks"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


@pytest.fixture
def partner(user: User, simulator: Simulator) -> ApiClient:
    """One of an organization that sends texts."""
    make_twilio(user, base_url=simulator.url)
    return partner_of(user)


def send(client: ApiClient, *, key: str | None = None, **fields: Any) -> Answer:
    body = {"phone_number": DELIVERED, "content": "Monday at 14:30?", **fields}
    sent = {name: value for name, value in body.items() if value is not None}
    answer = client.post(MESSAGES, sent, headers={} if key is None else {"Idempotency-Key": key})
    assert_is("PartnerMessageSent" if answer.status in (200, 201) else "PartnerError", answer.body)
    return answer


def report(text: OutgoingText, status: str) -> None:
    """The carrier tells how far a text has come that it has taken."""
    assert twilio_status(text, status, MessageSid=text.message.provider_message_id).status == 200


def sent(simulator: Simulator) -> list[tuple[str, str]]:
    return [(text["to"], text["body"]) for text in simulator.happened()["texts"]]


# ---- Sending


def test_a_text_is_sent_to_a_number_and_its_contact_is_made(
    partner: ApiClient, user: User, simulator: Simulator
) -> None:
    answer = send(partner, phone_number="+1 (416) 555-0130")

    message, contact = Message.objects.get(), Contact.objects.get()
    assert answer.status == 201, answer
    assert answer.body == {
        "id": message.pk,
        "conversation_id": message.conversation_id,
        "contact_id": contact.pk,
        "direction": "outbound",
        "phone_number": DELIVERED,
        "our_number": OUR_NUMBER,
        "content": "Monday at 14:30?",
        "status": "queued",
        "error": None,
        "sent_by": user.full_name,
        "is_ai_generated": False,
        "encoding": "gsm7",
        "segments": 1,
        "created_at": to_wire(message.created_at),
        "deduplicated": False,
    }
    assert sent(simulator) == [(DELIVERED, "Monday at 14:30?")]
    assert OutgoingText.objects.get().purpose == "partner"


def test_a_text_is_sent_to_a_contact(partner: ApiClient, home: Organization, simulator: Simulator) -> None:
    contact = make_contact(home, phone_number=DELIVERED)

    assert send(partner, phone_number=None, contact_id=contact.pk).body["contact_id"] == contact.pk
    # The number finds it, too.
    assert send(partner, content="Another").body["contact_id"] == contact.pk
    assert len(sent(simulator)) == 2


def test_the_same_request_sends_one_text(partner: ApiClient, simulator: Simulator) -> None:
    answers = [send(partner, key="a") for _ in range(2)]
    OutgoingText.objects.update(created_at=timezone.now() - timedelta(days=2))
    answers.append(send(partner, key="a"))

    assert [(each.status, each.body["deduplicated"]) for each in answers] == [(201, False), (200, True), (200, True)]
    assert len({each.body["id"] for each in answers}) == 1
    assert_error(send(partner, key="a", content="Another"), 409, "idempotency_conflict")
    assert_error(send(partner, key="a" * 256), 400, "invalid_request")
    assert len(sent(simulator)) == 1


def test_without_a_key_of_its_own_it_is_one_text_for_half_a_minute(partner: ApiClient, simulator: Simulator) -> None:
    assert [send(partner).status for _ in range(2)] == [201, 200]
    OutgoingText.objects.update(created_at=timezone.now() - timedelta(seconds=31))
    assert send(partner).status == 201
    assert len(sent(simulator)) == 2


@pytest.mark.django_db(transaction=True)
def test_of_twenty_requests_at_once_one_sends(live_url: str, user: User) -> None:
    key = key_of(make_key(user, *ALL_PERMISSIONS, requests_per_minute=1_000))
    with simulated() as simulator:
        make_twilio(user, base_url=simulator.url)

        def post(number: int) -> int:
            return requests.post(
                f"{live_url}{MESSAGES}",
                json={"phone_number": DELIVERED, "content": "Once."},
                headers={"Authorization": f"Bearer {key}", **({"Idempotency-Key": "a"} if number % 2 else {})},
                timeout=PATIENCE,
            ).status_code

        with ThreadPoolExecutor(20) as threads:
            statuses = list(threads.map(post, range(20)))

        # The carrier reports to this server, which is not to be in the middle of that when the rows go.
        simulator.settle()
        assert sorted(statuses) == [200] * 19 + [201]
        assert sent(simulator) == [(DELIVERED, "Once.")]
    assert Contact.objects.count() == 1


def test_an_answer_that_is_lost_is_an_error_and_nothing_is_sent_again(partner: ApiClient, simulator: Simulator) -> None:
    simulator.fail("twilio", fault="close", after=True)

    for _ in range(2):
        assert_error(send(partner, key="a"), 500, "server_error")

    assert len(sent(simulator)) == 1
    assert Message.objects.get().status == "unknown"


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"phone_number": LANDLINE}, 400, "number_cannot_get_texts"),
        ({"phone_number": INVALID}, 400, "invalid_phone_number"),
        ({"phone_number": "+1416"}, 400, "invalid_phone_number"),
        ({"phone_number": "anonymous"}, 400, "invalid_phone_number"),
        ({"phone_number": "+19005550199"}, 403, "number_type_not_allowed"),
        ({"phone_number": CUSTOMER}, 403, "do_not_call"),
        ({"phone_number": None}, 400, "invalid_request"),
        ({"contact_id": UNKNOWN_ID}, 400, "invalid_request"),
        ({"phone_number": None, "contact_id": "x"}, 400, "invalid_request"),
        ({"phone_number": None, "contact_id": UNKNOWN_ID}, 404, "not_found"),
        ({"content": " "}, 400, "invalid_request"),
        ({"content": "x" * 1_601}, 400, "invalid_request"),
        ({"content": "👍" * 801}, 400, "invalid_request"),
    ],
    ids=str,
)
def test_what_cannot_be_sent_is_refused(
    fields: Any, status: int, word: str, partner: ApiClient, home: Organization, simulator: Simulator
) -> None:
    make_do_not_call(home, phone_number=CUSTOMER)

    assert_error(send(partner, **fields), status, word)

    assert not sent(simulator)
    # What the carrier refuses is kept as failed; of all else there is nothing, the contact included.
    kept = fields.get("phone_number") in (LANDLINE, INVALID)
    assert Message.objects.count() == Contact.objects.count() == int(kept)


def test_the_ceiling_of_the_organization_is_one_for_all_doors(
    partner: ApiClient, api: ApiClient, home: Organization, settings: Any
) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 1
    contact = make_contact(home, phone_number=DELIVERED)
    assert api.post("/api/messages/send", {"contactId": contact.pk, "content": "1"}).status == 201

    refused = send(partner)

    assert_error(refused, 429, "rate_limit_exceeded")
    assert 3_500 < int(refused.headers["Retry-After"]) <= 3_600


def test_an_organization_without_a_carrier_for_texts_sends_none(user: User) -> None:
    assert_error(send(partner_of(user)), 400, "provider_not_configured")


def test_one_that_a_request_left_behind_is_sent_by_the_job(
    partner: ApiClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The process dies after the commit.
    monkeypatch.setattr("calls.services.texts.send_text.hand_over", lambda **_: None)
    assert send(partner).status == 201
    send_texts()
    assert not sent(simulator)

    OutgoingText.objects.update(created_at=timezone.now() - timedelta(seconds=31))
    send_texts()
    assert len(sent(simulator)) == 1


# ---- Reading


def test_texts_are_listed_newest_first_whoever_wrote_them(
    partner: ApiClient, api: ApiClient, home: Organization
) -> None:
    contact = make_contact(home, phone_number=DELIVERED)
    send(partner, content="1")
    api.post("/api/messages/send", {"contactId": contact.pk, "content": "2"})
    twilio_text(From=CUSTOMER, To=OUR_NUMBER, Body="3")
    report(OutgoingText.objects.order_by("id")[0], "delivered")

    def listed(**query: Any) -> list[str]:
        answer = partner.get(MESSAGES, **query)
        assert answer.status == 200, answer
        assert_is("PartnerMessagesPage", answer.body)
        return [each["content"] for each in answer.body["messages"]]

    assert listed() == ["3", "2", "1"]
    assert listed(direction="inbound") == ["3"]
    assert listed(direction="outbound") == ["2", "1"]
    assert listed(contact_id=contact.pk) == ["2", "1"]
    assert listed(status="delivered") == ["1"]
    assert listed(limit=2, page=2) == ["1"]
    assert listed(limit=2, page=3) == []
    page = partner.get(MESSAGES, limit=2).body
    assert {name: page[name] for name in ("count", "page", "limit", "pages")} == {
        "count": 3,
        "page": 1,
        "limit": 2,
        "pages": 2,
    }
    for wrong in ({"status": "gone"}, {"direction": "up"}, {"contact_id": "x"}, {"contact": contact.pk}, {"page": 0}):
        assert_error(partner.get(MESSAGES, **wrong), 400, "invalid_request")
    with statements_made() as made:
        listed()
    assert len(made) == 3, made


def test_one_text_is_read(partner: ApiClient) -> None:
    twilio_text(From=CUSTOMER, To=OUR_NUMBER, Body="Thank you 👍")
    message = Message.objects.get()

    answer = partner.get(f"{MESSAGES}/{message.pk}")

    assert_is("PartnerMessage", answer.body)
    told = {name: answer.body[name] for name in ("direction", "status", "phone_number", "content", "encoding", "error")}
    assert told == {
        "direction": "inbound",
        "status": "received",
        "phone_number": CUSTOMER,
        "content": "Thank you 👍",
        "encoding": "ucs2",
        "error": None,
    }
    assert_error(partner.get(f"{MESSAGES}/{message.pk}", x="1"), 400, "invalid_request")


def test_another_organizations_are_not_found(partner: ApiClient, other_user: User, home: Organization) -> None:
    stranger = partner_of(other_user)
    text = send(partner).body
    unknown = stranger.get(f"{MESSAGES}/{UNKNOWN_ID}")

    theirs = stranger.get(f"{MESSAGES}/{text['id']}")

    assert (theirs.status, theirs.body) == (unknown.status, unknown.body) == (404, unknown.body)
    assert stranger.get(MESSAGES).body["messages"] == []
    assert stranger.get(MESSAGES, contact_id=text["contact_id"]).body["count"] == 0
    assert_error(send(stranger, phone_number=None, contact_id=text["contact_id"]), 404, "not_found")


def test_each_takes_a_permission_of_its_own(user: User, partner: ApiClient) -> None:
    text = send(partner).body
    others = [name for name in ALL_PERMISSIONS if name not in ("can_read_messages", "can_send_messages")]
    neither = partner_of(user, *others)
    reader, writer = partner_of(user, "can_read_messages"), partner_of(user, "can_send_messages")

    for client, read, write in ((neither, 403, 403), (reader, 200, 403), (writer, 403, 200)):
        assert client.get(MESSAGES).status == read
        assert client.get(f"{MESSAGES}/{text['id']}").status == read
        assert send(client).status == write


# ---- Webhooks


@pytest.fixture
def webhook(home: Organization) -> WebhookSubscription:
    made = make_webhook(home, subscribed_events=["message.received", "message.sent", "message.status"])
    ensure_cursor()
    return made


def told(webhook: WebhookSubscription) -> list[dict[str, Any]]:
    fan_out()
    fan_out()
    bodies = [json.loads(each.body) for each in WebhookMessage.objects.filter(subscription=webhook).order_by("pk")]
    for body in bodies:
        assert body.keys() == {"event_type", "message", "timestamp"}
        assert_is("PartnerMessage", body["message"])
    return bodies


def test_webhooks_tell_of_each_step_as_it_was(partner: ApiClient, webhook: WebhookSubscription) -> None:
    send(partner)
    text = OutgoingText.objects.get()
    for status in ("sent", "delivered", "sent"):
        report(text, status)

    bodies = told(webhook)

    assert [(body["event_type"], body["message"]["status"]) for body in bodies] == [
        ("message.sent", "queued"),
        ("message.status", "sent"),
        ("message.status", "delivered"),
    ]
    assert {body["message"]["id"] for body in bodies} == {text.message_id}


def test_a_report_that_is_faster_than_the_answer_tells_of_it_once(
    user: User, home: Organization, webhook: WebhookSubscription, simulator: Simulator
) -> None:
    make_twilio(user, base_url=simulator.url)
    partner = partner_of(user)
    simulator.fail("twilio", fault="close", after=True)
    send(partner)
    text = OutgoingText.objects.get()

    twilio_status(text, "delivered")
    twilio_status(text, "sent")

    assert [(body["event_type"], body["message"]["status"]) for body in told(webhook)] == [
        ("message.status", "unknown"),
        ("message.sent", "delivered"),
        ("message.status", "delivered"),
    ]


def test_a_text_that_no_carrier_has_taken_is_not_told_as_sent(partner: ApiClient, webhook: WebhookSubscription) -> None:
    send(partner, phone_number=LANDLINE)

    (body,) = told(webhook)

    assert (body["event_type"], body["message"]["status"]) == ("message.status", "failed")
    assert body["message"]["error"] == "cannot_receive"


def test_a_text_that_comes_in_is_told_once(user: User, webhook: WebhookSubscription) -> None:
    make_twilio(user)
    for _ in range(2):
        twilio_text(From=CUSTOMER, To=OUR_NUMBER, Body="Thank you")

    (body,) = told(webhook)

    assert (body["event_type"], body["message"]["status"], body["message"]["direction"]) == (
        "message.received",
        "received",
        "inbound",
    )
    assert (body["message"]["phone_number"], body["message"]["content"]) == (CUSTOMER, "Thank you")


def test_of_a_contact_that_is_gone_by_then_nothing_is_told(
    partner: ApiClient, home: Organization, webhook: WebhookSubscription
) -> None:
    send(partner)
    Contact.objects.of_organization(home.pk).delete()

    assert told(webhook) == []


def test_others_hear_nothing(
    partner: ApiClient, home: Organization, other_user: User, webhook: WebhookSubscription
) -> None:
    assert other_user.organization is not None
    theirs = make_webhook(other_user.organization, subscribed_events=["message.sent"])
    of_calls = make_webhook(home, subscribed_events=["call.ended"])
    send(partner, phone_number=NOT_DELIVERED)

    assert told(webhook)
    assert told(theirs) == told(of_calls) == []


def test_sockets_hear_what_they_heard_before(partner: ApiClient, user: User) -> None:
    send(partner)

    assert list(EventLog.objects.order_by("id").values_list("name", flat=True)) == ["fetch_messages", "message_sent"]


def test_a_key_that_may_not_read_texts_is_told_of_none(user: User, home: Organization) -> None:
    blind = partner_of(user, "can_manage_webhooks", "can_read_calls")
    body = {"name": "CRM", "url": "https://crm.example.com/", "subscribed_events": ["call.ended", "message.sent"]}
    others = make_webhook(home, subscribed_events=["message.received"])

    assert_error(blind.post(WEBHOOKS, body), 403, "permission_denied")
    # Nor does it send those of another key somewhere else.
    moved = blind.patch(f"{WEBHOOKS}/{others.pk}", {"url": "https://mallory.example.com/"})
    assert_error(moved, 403, "permission_denied")
    assert blind.patch(f"{WEBHOOKS}/{others.pk}", {"enabled": False}).status == 200
    of_calls = blind.patch(f"{WEBHOOKS}/{others.pk}", {"subscribed_events": ["call.ended"]})
    assert_error(of_calls, 403, "permission_denied")
    assert partner_of(user).post(WEBHOOKS, body).status == 201
