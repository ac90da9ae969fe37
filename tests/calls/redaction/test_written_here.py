"""What an organization does not keep is not kept either where its own people, or its agents, write it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import CallScore, CriterionScore, Delivery, LegalHold, OutgoingText, TextState
from calls.models.call_score import MAX_ANSWER_COMMENT
from calls.providers.texts import TextProblem
from calls.selectors.review.scorecards import criteria_of
from calls.services.deliveries.receive import replay_delivery
from calls.services.redacting.start import start_redaction
from calls.services.redacting.work import redact_old_calls
from calls.services.texts import hand_over as handing_over
from calls.services.texts.hand_over import send_texts
from calls.services.texts.text_reminders import text_reminders
from contacts.models import Contact, ContactNote, Reminder
from conversations.models import Conversation, Message
from tests.calls.api.scoring import make_scorecard
from tests.calls.redaction.test_ways_in import CARD, MAIL, everything_kept, kept_in
from tests.calls.scheduling import in_minutes
from tests.calls.services.webhooks_out.receiving import subscribed
from tests.calls.texting import DELIVERED, make_twilio, simulated
from tests.calls.webhooks.elevenlabs_office import ask, make_account
from tests.clients import Answer, ApiClient
from tests.factories import make_call, make_contact, make_reminder
from tests.refusals import assert_fault, assert_refused
from tests.server_process import free_ports
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.encryption import decrypt
from tether_calls.common.redacted_kinds import KINDS

pytestmark = pytest.mark.django_db

OTHER_CARD = "5425233430109903"
TEXT = f"Pay with {CARD}, and write to {MAIL}."
SHOWN = "Pay with [card], and write to [email]."


@pytest.fixture(autouse=True)
def redacts(home: Organization) -> None:
    Organization.objects.filter(pk=home.pk).update(redacted_kinds=" ".join(KINDS))
    home.refresh_from_db()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


@pytest.fixture
def contact(home: Organization) -> Contact:
    return make_contact(home, phone_number=DELIVERED)


def send(api: ApiClient, contact: Contact, content: str = TEXT, *, key: str | None = None) -> Answer:
    headers = {"Idempotency-Key": key} if key is not None else None
    return api.post("/api/messages/send", {"contactId": contact.pk, "content": content}, headers=headers)


def arrived(simulator: Simulator) -> list[str]:
    return [text["body"] for text in simulator.happened()["texts"]]


def assert_nothing_kept(caplog: pytest.LogCaptureFixture) -> None:
    assert kept_in(CARD, OTHER_CARD, MAIL) == set()
    assert not any(canary in caplog.text for canary in (CARD, OTHER_CARD, MAIL))


# ---- Texts


def test_a_text_arrives_as_it_was_written_and_its_message_is_redacted(
    api: ApiClient, user: User, contact: Contact, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="calls")
    make_twilio(user, base_url=simulator.url)
    subscribed(user, "https://example.com/hook")

    answer = send(api, contact)

    assert (answer.status, answer.body["data"]["content"]) == (201, SHOWN)
    assert arrived(simulator) == [TEXT]
    assert (Message.objects.get().content, Conversation.objects.get().latest_message) == (SHOWN, SHOWN)
    assert OutgoingText.objects.get().sealed == ""
    assert_nothing_kept(caplog)


def test_what_waits_for_its_carrier_is_encrypted(
    api: ApiClient,
    user: User,
    contact: Contact,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Cut off between the row and the network: a job sends it later, whole."""
    make_twilio(user, base_url=simulator.url)
    with monkeypatch.context() as patched:
        patched.setattr("calls.services.texts.send_text.hand_over", lambda **_: None)
        assert send(api, contact).status == 201
    text = OutgoingText.objects.get()
    assert decrypt(text.sealed) == TEXT
    assert_nothing_kept(caplog)

    OutgoingText.objects.update(created_at=timezone.now() - 2 * handing_over._LEFT_AFTER)
    send_texts()

    assert arrived(simulator) == [TEXT]
    text.refresh_from_db()
    assert (text.state, text.sealed) == (TextState.DONE, "")


def test_what_is_tried_again_is_still_whole(user: User, contact: Contact, api: ApiClient, simulator: Simulator) -> None:
    (port,) = free_ports(1)
    account = make_twilio(user, base_url=f"http://127.0.0.1:{port}")
    make_account(user)
    told = {"conversation_id": "conv_1", "phone_number": DELIVERED, "message": TEXT}
    assert ask(told, path="/api/webhook/elevenlabs/tools/send-sms").body["success"] is True
    send_texts()
    assert OutgoingText.objects.get().state == TextState.WAITING

    account.base_url = simulator.url
    account.save()
    OutgoingText.objects.update(next_at=timezone.now())
    send_texts()

    assert arrived(simulator) == [TEXT]


def test_what_an_agent_sends_arrives_whole_and_its_request_is_kept_redacted(
    user: User, contact: Contact, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    make_twilio(user, base_url=simulator.url)
    make_account(user)

    told = {"conversation_id": "conv_1", "phone_number": DELIVERED, "message": TEXT}
    assert ask(told, path="/api/webhook/elevenlabs/tools/send-sms").body["success"] is True
    assert_nothing_kept(caplog)
    send_texts()

    assert arrived(simulator) == [TEXT]
    assert Message.objects.get().content == SHOWN
    assert any(SHOWN in json.loads(value)["message"] for name, value in bodies() if name == "Delivery")


def test_two_texts_of_an_agent_that_are_masked_alike_are_two_and_none_is_sent_twice(
    user: User, contact: Contact, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    make_twilio(user, base_url=simulator.url)
    make_account(user)

    for number in (CARD, OTHER_CARD, CARD):
        told = {"conversation_id": "conv_1", "phone_number": DELIVERED, "message": f"Card {number}"}
        assert ask(told, path="/api/webhook/elevenlabs/tools/send-sms").body["success"] is True
    for delivery in Delivery.objects.all():
        replay_delivery(delivery_id=delivery.pk)
    assert_nothing_kept(caplog)
    send_texts()

    assert arrived(simulator) == [f"Card {CARD}", f"Card {OTHER_CARD}"]


@pytest.mark.parametrize("note", ["Calls on Monday.", TEXT])
def test_what_an_agent_had_done_before_the_choice_is_done_no_more(home: Organization, user: User, note: str) -> None:
    Organization.objects.filter(pk=home.pk).update(redacted_kinds="")
    make_account(user)
    told = {"conversation_id": "conv_1", "phone_number": DELIVERED, "note": note}
    assert ask(told, path="/api/webhook/elevenlabs/tools/create-note").body["success"] is True
    Organization.objects.filter(pk=home.pk).update(redacted_kinds=" ".join(KINDS))

    replay_delivery(delivery_id=Delivery.objects.get().pk)

    assert ContactNote.objects.count() == 1


def test_a_text_that_was_read_to_be_sent_goes_out_whole_where_it_is_masked_meanwhile(
    home: Organization, user: User, contact: Contact, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    Organization.objects.filter(pk=home.pk).update(redacted_kinds="")
    make_twilio(user, base_url=simulator.url)
    make_account(user)
    told = {"conversation_id": "conv_1", "phone_number": DELIVERED, "message": TEXT}
    assert ask(told, path="/api/webhook/elevenlabs/tools/send-sms").body["success"] is True
    Organization.objects.filter(pk=home.pk).update(redacted_kinds=" ".join(KINDS))
    in_the_way = handing_over._in_the_way

    def masked_meanwhile(text: OutgoingText) -> TextProblem | None:
        user.access_role = AccessRole.ADMIN
        start_redaction(user=user, organization_id=user.home_id)
        redact_old_calls()
        return in_the_way(text)

    monkeypatch.setattr(handing_over, "_in_the_way", masked_meanwhile)
    send_texts()

    assert Message.objects.get().content == SHOWN
    assert arrived(simulator) == [TEXT]


def bodies() -> list[tuple[str, str]]:
    return [(name, value) for name, value in everything_kept() if value.startswith('{"') and '"message"' in value]


def test_two_texts_that_are_masked_alike_are_two(
    api: ApiClient, user: User, contact: Contact, simulator: Simulator
) -> None:
    make_twilio(user, base_url=simulator.url)

    ids = [send(api, contact, f"Card {number}").body["data"]["_id"] for number in (CARD, OTHER_CARD, CARD)]

    assert arrived(simulator) == [f"Card {CARD}", f"Card {OTHER_CARD}"]
    assert (ids[0] == ids[2], ids[0] == ids[1]) == (True, False)


def test_a_key_knows_its_text_by_all_of_its_words(
    api: ApiClient, user: User, contact: Contact, simulator: Simulator
) -> None:
    make_twilio(user, base_url=simulator.url)
    assert send(api, contact, f"Card {CARD}", key="one").status == 201

    assert send(api, contact, f"Card {CARD}", key="one").status == 200
    assert_refused(send(api, contact, f"Card {OTHER_CARD}", key="one"), 409, "IDEMPOTENCY_CONFLICT")
    assert arrived(simulator) == [f"Card {CARD}"]


# ---- Notes, reminders, comments


def note(api: ApiClient, contact: Contact, text: str, **more: Any) -> dict[str, Any]:
    answer = api.post("/api/contact-notes", {"contactId": contact.pk, "note": text, **more})
    assert answer.status == 201, answer
    written: dict[str, Any] = answer.body["data"]
    return written


def test_a_note_of_ones_own_people(
    api: ApiClient, user: User, contact: Contact, caplog: pytest.LogCaptureFixture
) -> None:
    subscribed(user, "https://example.com/hook")
    call = make_call(user, contact=contact)

    written = note(api, contact, TEXT, callId=call.pk)

    assert written["note"] == ContactNote.objects.get().note == SHOWN
    assert [len(api.get("/api/calls/search", q=q).body["hits"]) for q in (CARD, "pay")] == [0, 1]
    assert_nothing_kept(caplog)


def test_a_note_that_is_changed(api: ApiClient, contact: Contact, caplog: pytest.LogCaptureFixture) -> None:
    written = note(api, contact, "Will pay on Monday.")

    assert api.patch(f"/api/contact-notes/{written['_id']}", {"note": TEXT}).body["data"]["note"] == SHOWN
    assert_nothing_kept(caplog)


def test_a_note_of_who_keeps_all(other_api: ApiClient, other_user: User) -> None:
    assert other_user.organization is not None
    assert note(other_api, make_contact(other_user.organization), TEXT)["note"] == TEXT


def test_a_reminder(api: ApiClient, contact: Contact, caplog: pytest.LogCaptureFixture) -> None:
    asked = {"contactId": contact.pk, "note": TEXT, "reminderDate": in_minutes(60), "channelType": "none"}

    assert api.post("/api/reminders", asked).body["data"]["note"] == SHOWN
    assert_nothing_kept(caplog)


def test_a_reminder_that_would_have_to_keep_it_until_it_is_sent_is_refused(
    api: ApiClient, user: User, contact: Contact, caplog: pytest.LogCaptureFixture
) -> None:
    make_twilio(user)
    asked = {"contactId": contact.pk, "note": TEXT, "reminderDate": in_minutes(60), "channelType": "sms"}

    assert_fault(api.post("/api/reminders", asked), "note")
    assert not Reminder.objects.exists()
    assert_nothing_kept(caplog)


@pytest.mark.parametrize("is_held", [False, True])
def test_of_a_reminder_of_before_the_choice_nothing_is_left_once_its_text_is_written(
    home: Organization, user: User, contact: Contact, simulator: Simulator, is_held: bool
) -> None:
    make_twilio(user, base_url=simulator.url)
    reminder = make_reminder(user, contact=contact, note=TEXT, channel_type="sms", text_at=timezone.now())
    if is_held:
        LegalHold.objects.create(organization=home, scope="contact", contact_id=contact.pk, reason="Claim 118")

    text_reminders()
    send_texts()

    reminder.refresh_from_db()
    assert arrived(simulator) == [TEXT]
    assert reminder.note == (TEXT if is_held else SHOWN)


def test_comments_of_reviewers(api: ApiClient, user: User, caplog: pytest.LogCaptureFixture) -> None:
    call, card = make_call(user), make_scorecard(user, "Service")
    answers = [{"criterionId": criteria_of(card)[0].pk, "value": 1, "comment": TEXT}]

    answer = api.put(f"/api/calls/{call.pk}/scores", {"scorecardId": card.pk, "answers": answers, "comment": TEXT})

    assert answer.status == 200, answer
    assert (CallScore.objects.get().comment, CriterionScore.objects.get().comment) == (SHOWN, SHOWN)
    assert_nothing_kept(caplog)


def test_a_comment_fits_though_a_mask_is_longer_than_what_it_stands_for(api: ApiClient, user: User) -> None:
    call, card = make_call(user), make_scorecard(user, "Service")
    comment = "CVV 123 " + "x" * (MAX_ANSWER_COMMENT - 8)
    answers = [{"criterionId": criteria_of(card)[0].pk, "value": 1, "comment": comment}]

    answer = api.put(f"/api/calls/{call.pk}/scores", {"scorecardId": card.pk, "answers": answers})

    assert answer.status == 200, answer
    kept = CriterionScore.objects.get().comment
    assert (kept[:10], len(kept)) == ("CVV [cvv] ", MAX_ANSWER_COMMENT)
