"""What was kept before an organization chose what it does not keep is redacted by a job, and nothing else is."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import soundfile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from calls.models import (
    Call,
    CallScore,
    CriterionScore,
    Delivery,
    Export,
    LegalHold,
    OutgoingText,
    Recording,
    RedactionRun,
    ToolCall,
    Transfer,
    WebhookAttempt,
    WebhookMessage,
)
from calls.selectors.review.scorecards import criteria_of
from calls.services.deliveries.receive import replay_delivery
from calls.services.recordings.silence_recordings import silence_recordings
from calls.services.redacting import work
from calls.services.redacting.claim import PAUSES, claim
from calls.services.redacting.places import PLACES
from calls.services.redacting.told import redacted_body, redacted_told
from calls.services.redacting.work import go_on, redact_old_calls
from calls.services.texts.hand_over import send_texts
from contacts.models import ContactNote, DoNotCallNumber, Reminder
from conversations.models import LATEST_MAX, Conversation, Message
from tests.admin_site import admin_of, make_staff
from tests.calls.api.ingesting import ingested
from tests.calls.api.pushes.test_live import say, told
from tests.calls.api.scoring import make_scorecard
from tests.calls.redaction.test_silence import RATE, SECONDS, SILENT
from tests.calls.redaction.test_ways_in import (
    CANARIES,
    CARD,
    MAIL,
    MASKED,
    assert_nothing_kept,
    everything_kept,
    kept_in,
    messages,
    pushed,
    turns,
)
from tests.calls.services.webhooks_out.receiving import subscribed
from tests.calls.texting import make_twilio, simulated, twilio_text
from tests.calls.webhooks.elevenlabs_office import ask, deliver, inbound_transcription, make_account
from tests.clients import Answer, ApiClient, logged_in, vendor_of
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_call, make_contact, make_do_not_call, make_user
from tests.refusals import assert_refused
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.background.turns import NotOurs, lock
from tether_calls.common.encryption import decrypt
from tether_calls.common.object_id import new_object_id
from tether_calls.common.redacted_kinds import KINDS
from tether_calls.realtime.models import EventLog
from tether_calls.trails.models import AuditEntry

pytestmark = pytest.mark.django_db

PATH = "/api/privacy/redactions"


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "_LONGEST_PAUSE", 0.0)


@pytest.fixture
def chief(home: Organization) -> ApiClient:
    return logged_in(make_user(organization=home, access_role=AccessRole.ADMIN))


def choose(home: Organization, *kinds: str) -> None:
    Organization.objects.filter(pk=home.pk).update(redacted_kinds=" ".join(kinds or KINDS))


def start(client: ApiClient, status: int = 202) -> dict[str, Any]:
    answer = client.post(PATH)
    assert answer.status == status, answer
    return redaction_in(answer)


def redaction_in(answer: Answer) -> dict[str, Any]:
    assert_is("RedactionResponse", answer.body)
    told: dict[str, Any] = answer.body["redaction"]
    return told


def kept(client: ApiClient, **fields: Any) -> str:
    """The id of a call that was pushed."""
    call_id: str = ingested(client, pushed(**fields))["callId"]
    return call_id


def redacted(client: ApiClient, home: Organization) -> dict[str, Any]:
    """The whole run, from the choice to its end."""
    choose(home)
    run_id = start(client)["_id"]
    redact_old_calls()
    told = redaction_in(client.get(f"{PATH}/{run_id}"))
    assert told["state"] == "done", RedactionRun.objects.get().__dict__
    return told


def places(told: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """How many of each were looked at and changed, of those where there were any."""
    return {place["place"]: (place["done"], place["changed"]) for place in told["places"] if place["total"]}


# ---- What it reaches


def test_pushed_calls_with_all_that_came_of_them(
    chief: ApiClient,
    api: ApiClient,
    user: User,
    home: Organization,
    vendor: ApiClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    subscribed(user, "https://example.com/hook")
    ingested(vendor, pushed())
    innocent = kept(vendor, externalCallId="two", transcript=turns()[:1], summary="Paid.", metadata={})
    assert {name for name, _ in kept_in(*CANARIES)} >= {"Call", "ContactNote", "Message", "EventLog", "CallWords"}
    before = Call.objects.get(pk=innocent).updated_at

    told = redacted(chief, home)

    call = Call.objects.exclude(pk=innocent).get()
    assert messages(call) == MASKED
    assert call.ai_summary == "Paid by [card]."
    assert call.provider_metadata["metadata"] == {"crm": {"card": "[card]", "n": "[card]", "order": 4711}}
    assert ContactNote.objects.get(call_id=call.pk).note == "Paid by [card]."
    assert Conversation.objects.exclude(latest_message__in=["Paid by [card].", "Paid."]).count() == 0
    assert [len(api.get("/api/calls/search", q=q).body["hits"]) for q in ("6362", MAIL, "dollars")] == [0, 0, 1]
    assert call.from_number.startswith("+1"), "numbers by which calls are known stay"
    assert places(told)["calls"] == (2, 1)
    assert Call.objects.get(pk=innocent).updated_at == before, "what has none of it is not written"
    assert_nothing_kept(caplog)


def test_conversations_and_requests_of_providers(
    chief: ApiClient, user: User, home: Organization, caplog: pytest.LogCaptureFixture
) -> None:
    make_account(user)
    conversation = inbound_transcription(
        "conv_1",
        transcript=[
            {"role": turn["role"], "message": turn["message"], "time_in_call_secs": turn["timestamp"]}
            for turn in turns()
        ],
        analysis={"transcript_summary": f"Paid by {CARD}.", "call_summary_title": f"Payment {MAIL}"},
    )
    assert deliver(conversation).status == 200
    note = {"phone_number": "+14165550134", "note": f"Card {CARD}, mail {MAIL}."}
    path = "/api/webhook/elevenlabs/tools/create-note"
    assert ask({"conversation_id": "conv_1", **note}, path=path).body["success"] is True
    looked_up = ask(
        {"conversation_id": "conv_1", "phone_number": "+14165550134"}, path="/api/webhook/elevenlabs/tools/get-contact"
    )
    assert CARD in json.dumps(looked_up.body)

    redacted(chief, home)

    assert messages(Call.objects.get()) == MASKED
    assert_nothing_kept(caplog)
    notes = ContactNote.objects.count()
    for delivery in Delivery.objects.all():
        replay_delivery(delivery_id=delivery.pk)
    assert messages(Call.objects.get()) == MASKED
    assert ContactNote.objects.count() == notes, "what a tool has done is done no more"
    assert_nothing_kept(caplog)


def test_requests_of_providers_without_any_of_it_stay_as_they_came(
    chief: ApiClient, user: User, home: Organization
) -> None:
    make_account(user)
    assert deliver(inbound_transcription("conv_1")).status == 200
    said = Delivery.objects.get()
    body = json.dumps(json.loads(bytes(said.body)), indent=1).encode()
    Delivery.objects.filter(pk=said.pk).update(body=body)
    said.pk, said.endpoint, said.body = "f" * 24, "elevenlabs/of-before", f"Card {CARD}".encode()
    said.save(force_insert=True)

    told = redacted(chief, home)

    assert places(told)["deliveries"] == (2, 1)
    assert {bytes(kept) for kept in Delivery.objects.values_list("body", flat=True)} == {body, b"Card [card]"}


def test_texts_notes_reminders_and_handed_over_callers(
    chief: ApiClient, api: ApiClient, user: User, home: Organization, caplog: pytest.LogCaptureFixture
) -> None:
    make_twilio(user)
    assert twilio_text(Body=f"my card is {CARD}").status == 200
    contact = make_contact(home, phone_number="+14165550188")
    asked = {"contactId": contact.pk, "note": f"Card {CARD}"}
    assert api.post("/api/contact-notes", asked).status == 201
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    assert api.post("/api/reminders", {**asked, "reminderDate": later, "channelType": "none"}).status == 201
    call_id = kept(vendor_of(user), transcript=turns()[:1], summary="Paid.", metadata={})
    Transfer.objects.create(
        organization=home,
        call_id=call_id,
        provider="twilio",
        reason=f"Pays by {CARD}",
        summary=f"Write to {MAIL}",
        expires_at=timezone.now(),
    )

    redacted(chief, home)

    assert Message.objects.get(channel_type="sms").content == "my card is [card]"
    notes = ContactNote.objects.exclude(call_id=call_id)
    assert notes.get().note == Reminder.objects.get().note == "Card [card]"
    assert Transfer.objects.values_list("reason", "summary").get() == ("Pays by [card]", "Write to [email]")
    assert_nothing_kept(caplog)


def test_what_the_do_not_call_list_quotes(chief: ApiClient, home: Organization, user: User) -> None:
    """But for what people have written there, and what a legal hold keeps."""
    quoted = {"reason": f"Asked in a call: take {CARD} off your list", "source": "call"}
    contact, call = make_contact(home), make_call(user)
    free = [make_do_not_call(home, **{**quoted, "source": source}) for source in ("call", "sms", "import")]
    by_hand = make_do_not_call(home, reason=f"Gave {CARD} at the desk", source="admin")
    held = [
        make_do_not_call(home, **quoted),
        make_do_not_call(home, **quoted, phone_number=contact.phone_number),
        make_do_not_call(home, **quoted, call_id=call.pk),
    ]
    holds: list[dict[str, str]] = [
        {"scope": "number", "phone_number": held[0].phone_number},
        {"scope": "contact", "contact_id": contact.pk},
        {"scope": "call", "call_id": call.pk},
    ]
    for hold in holds:
        LegalHold.objects.create(organization=home, reason="Claim 118", **hold)

    told = redacted(chief, home)

    assert places(told)["doNotCall"] == (6, 3)
    changed = DoNotCallNumber.objects.exclude(reason__in=(quoted["reason"], by_hand.reason))
    assert {entry.pk for entry in changed} == {entry.pk for entry in free}
    assert {entry.reason for entry in changed} == {"Asked in a call: take [card] off your list"}


def test_a_text_that_is_still_to_be_sent_arrives_as_it_was_written(
    chief: ApiClient, user: User, home: Organization
) -> None:
    with simulated() as simulator:
        make_twilio(user, base_url=simulator.url)
        make_account(user)
        told = {"conversation_id": "conv_1", "phone_number": "+14165550130", "message": f"Your card: {CARD}"}
        assert ask(told, path="/api/webhook/elevenlabs/tools/send-sms").body["success"] is True

        redacted(chief, home)

        assert Message.objects.get().content == "Your card: [card]"
        assert decrypt(OutgoingText.objects.get().sealed) == f"Your card: {CARD}"
        assert kept_in(CARD) == set()
        send_texts()
        assert [text["body"] for text in simulator.happened()["texts"]] == [f"Your card: {CARD}"]


def test_what_is_masked_fits_its_column_though_a_mask_is_longer(
    chief: ApiClient, home: Organization, vendor: ApiClient
) -> None:
    """PostgreSQL refuses a letter too many, and the run would never get past that row."""
    kept(vendor)
    said = "CVV 123 " + "x" * (LATEST_MAX - 8)
    Conversation.objects.update(latest_message=said)

    redacted(chief, home)

    shown = Conversation.objects.get().latest_message
    assert (shown[:10], len(shown)) == ("CVV [cvv] ", LATEST_MAX)


def test_what_was_said_while_calls_went_on(chief: ApiClient, home: Organization, vendor: ApiClient) -> None:
    told(vendor, "started")
    for place, message in enumerate(["It's 4539 5787", "6362 1486", "It was 2 of us."]):
        assert say(vendor, place, message).status == 200

    redacted(chief, home)

    assert kept_in("4539 5787", "6362 1486") == set()
    assert {value for name, value in everything_kept() if name == "LiveTurn"} >= {"It's [digits]", "It was 2 of us."}


def test_recordings_become_silent_where_it_was_said(chief: ApiClient, home: Organization, vendor: ApiClient) -> None:

    file = BytesIO()
    noise = np.random.default_rng(7).normal(0, 0.1, RATE * SECONDS)
    soundfile.write(file, noise, RATE, format="MP3", subtype="MPEG_LAYER_III")
    said = [
        {"role": "agent", "message": "What is the number of your card?", "timestamp": 0},
        {"role": "user", "message": "4539 5787 6362 1486", "timestamp": 20},
        {"role": "agent", "message": "Thank you.", "timestamp": 41},
    ]
    encoded = base64.b64encode(file.getvalue()).decode()
    ingested(vendor, pushed(transcript=said, duration=SECONDS, recording=encoded))

    redacted(chief, home)
    silence_recordings()

    with Recording.objects.get().file.open("rb") as content:
        samples, rate = soundfile.read(BytesIO(content.read()))
    told_at, other = samples[int(21 * rate) : int(39 * rate)], samples[int(45 * rate) : int(58 * rate)]
    assert abs(told_at).max() < SILENT
    assert abs(other).max() > 0.01


def test_files_of_exports_that_may_have_it_are_removed(chief: ApiClient, home: Organization, user: User) -> None:
    now = timezone.now()

    def make(kind: str, created_at: datetime, **fields: Any) -> None:
        Export.objects.create(
            organization=home,
            user=user,
            kind=kind,
            format="csv",
            time_zone="UTC",
            file=f"{home.pk}/{new_object_id()}.csv",
            created_at=created_at,
            expires_at=now + timedelta(hours=1),
            **{"status": "ready", **fields},
        )

    for kind in ("calls", "wallet"):
        make(kind, now - timedelta(hours=1))
    choose(home)
    start(chief)
    # While it is masked.
    make("calls", timezone.now())
    make("contacts", timezone.now(), status="running", lease=UNKNOWN_ID, leased_until=now, rows=10, carry=b"Ada")

    redact_old_calls()

    made, begun = Export.objects.order_by("created_at")
    assert made.kind == "wallet"
    assert (begun.kind, begun.status, begun.rows, bytes(begun.carry), begun.lease) == (
        "contacts",
        "running",
        0,
        b"",
        None,
    )


def test_kinds_that_are_not_chosen_stay(chief: ApiClient, home: Organization, vendor: ApiClient) -> None:
    ingested(vendor, pushed())
    choose(home, "card")
    start(chief)

    redact_old_calls()

    call = Call.objects.get()
    assert messages(call)[1] == "It's [card]"
    assert MAIL in messages(call)[-1]


def test_another_organization_keeps_all(chief: ApiClient, home: Organization, other_user: User) -> None:
    ingested(vendor_of(other_user), pushed())
    before = sorted(kept_in(*CANARIES))

    redacted(chief, home)

    assert sorted(kept_in(*CANARIES)) == before


def test_a_legal_hold_keeps_a_call_as_it_is(
    chief: ApiClient, home: Organization, vendor: ApiClient, user: User
) -> None:
    held = kept(vendor, externalCallId="held")
    other = kept(vendor, externalCallId="other")
    LegalHold.objects.create(organization=home, scope="call", call_id=held, reason="Claim 118")
    card = make_scorecard(user, "Service")
    for call_id in (held, other):
        answers = [{"criterionId": criteria_of(card)[0].pk, "value": 1, "comment": f"Said {CARD}"}]
        score = {"scorecardId": card.pk, "answers": answers, "comment": f"Said {CARD}"}
        assert chief.put(f"/api/calls/{call_id}/scores", score).status == 200

    told = redacted(chief, home)

    for comments in (CallScore.objects.order_by("pk"), CriterionScore.objects.order_by("pk")):
        assert [each.comment for each in comments] == [f"Said {CARD}", "Said [card]"]
    assert messages(Call.objects.get(pk=held)) == [turn["message"] for turn in turns()]
    assert messages(Call.objects.get(pk=other)) == MASKED
    assert [place["kept"] for place in told["places"] if place["place"] == "calls"] == [1]


@pytest.mark.parametrize("scope", ["contact", "number"])
def test_a_legal_hold_keeps_what_was_written_about_who_has_never_called(
    chief: ApiClient, api: ApiClient, home: Organization, scope: str
) -> None:
    contacts = [make_contact(home, phone_number=number) for number in ("+14165550188", "+14165550189")]
    for contact in contacts:
        assert api.post("/api/contact-notes", {"contactId": contact.pk, "note": f"Card {CARD}"}).status == 201
    names = {"contact_id": contacts[0].pk} if scope == "contact" else {"phone_number": contacts[0].phone_number}
    LegalHold.objects.create(organization=home, scope=scope, reason="Claim 118", **names)

    redacted(chief, home)

    assert [note.note for note in ContactNote.objects.order_by("pk")] == [f"Card {CARD}", "Card [card]"]


def test_a_legal_hold_keeps_what_webhooks_and_tools_were_answered_in_its_calls(
    chief: ApiClient, home: Organization, vendor: ApiClient, user: User
) -> None:
    hook = subscribed(user, "https://example.com/hook").subscription
    make_account(user)
    calls = []
    for name in ("held", "other"):
        assert deliver(inbound_transcription(f"conv_{name}")).status == 200
        call = Call.objects.get(provider_call_id=f"conv_{name}")
        note = {"phone_number": "+14165550134", "note": f"Of {name}", "conversation_id": f"conv_{name}"}
        assert ask(note, path="/api/webhook/elevenlabs/tools/create-note").body["success"] is True
        message = WebhookMessage.objects.create(
            subscription=hook, event_type="call.ended", key=name, call_id=call.pk, body="{}"
        )
        WebhookAttempt.objects.create(message=message, response=f"Got {CARD}", error=f"Got {CARD}")
        calls.append(call)
    # Of a request that is gone nobody knows in which call it was asked.
    ToolCall.objects.create(organization=home, tool="create-note", digest="0" * 64)
    ToolCall.objects.update(answer={"success": True, "message": f"Noted {CARD}"})
    LegalHold.objects.create(organization=home, scope="call", call_id=calls[0].pk, reason="Claim 118")

    told = redacted(chief, home)

    assert [each.response for each in WebhookAttempt.objects.order_by("pk")] == [f"Got {CARD}", "Got [card]"]
    assert [each.answer["message"] for each in ToolCall.objects.order_by("pk")] == [
        f"Noted {CARD}", "Noted [card]", f"Noted {CARD}",
    ]  # fmt: skip
    kept = {place["place"]: place["kept"] for place in told["places"]}
    assert (kept["webhookAttempts"], kept["toolAnswers"]) == (1, 2)


def test_and_what_an_agent_has_asked_for_before_they_were_known(
    chief: ApiClient, home: Organization, user: User
) -> None:
    make_account(user)
    for name in ("held", "other"):
        note = {"phone_number": "+14165550134", "note": f"Card {CARD}", "conversation_id": f"conv_{name}"}
        assert ask(note, path="/api/webhook/elevenlabs/tools/create-note").body["success"] is True
        assert deliver(inbound_transcription(f"conv_{name}")).status == 200
    held = Call.objects.get(provider_call_id="conv_held")
    LegalHold.objects.create(organization=home, scope="call", call_id=held.pk, reason="Claim 118")

    redacted(chief, home)

    asked = Delivery.objects.filter(endpoint="elevenlabs/tools/create-note").order_by("pk")
    assert [(row.call_id, CARD in bytes(row.body).decode()) for row in asked] == [(None, True), (None, False)]


def test_and_who_was_handed_over_in_them_whichever_of_both_calls_is_held(
    chief: ApiClient, home: Organization, user: User
) -> None:
    held, other = (make_call(user, provider_call_id=f"conv_{name}") for name in ("held", "other"))
    LegalHold.objects.create(organization=home, scope="call", call_id=held.pk, reason="Claim 118")
    ways: list[dict[str, Any]] = [
        {"call": other, "leg": held},
        {"leg": held},
        {"conversation_id": "conv_held"},
        {"conversation_id": "conv_o"},
    ]
    for place, known_by in enumerate(ways):
        Transfer.objects.create(
            organization=home, provider="elevenlabs", reason=f"Pays by {CARD}", state="ended",
            transfer_number=f"+1416555010{place}", expires_at=timezone.now(), **known_by,
        )  # fmt: skip

    redacted(chief, home)

    shown = [transfer.reason for transfer in Transfer.objects.order_by("pk")]
    assert shown == [*[f"Pays by {CARD}"] * 3, "Pays by [card]"]


# ---- How it goes


def test_it_tells_how_far_it_is(chief: ApiClient, home: Organization, vendor: ApiClient) -> None:
    for number in range(3):
        ingested(vendor, pushed(externalCallId=f"call-{number}"))
    choose(home)
    queued = start(chief)
    assert (queued["state"], queued["places"], queued["kinds"]) == ("queued", [], [*KINDS])
    run = claim()
    assert run is not None

    go_on(run)
    counted = redaction_in(chief.get(f"{PATH}/{run.pk}"))
    go_on(run)
    begun = redaction_in(chief.get(f"{PATH}/{run.pk}"))

    assert (counted["state"], counted["done"]) == ("running", 0)
    assert counted["total"] > 3
    assert places(begun)["calls"] == (3, 3)
    assert begun["done"] == 3


@pytest.mark.parametrize("slices", range(1, 14))
def test_cut_off_after_any_slice_the_next_worker_goes_on(
    chief: ApiClient,
    home: Organization,
    vendor: ApiClient,
    slices: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A killed worker leaves its lease, and what the slices before have written."""
    monkeypatch.setattr(work, "PLACES", tuple(replace(place, at_once=1) for place in PLACES))
    for number in range(2):
        ingested(vendor, pushed(externalCallId=f"call-{number}"))
    choose(home)
    start(chief)
    run = claim()
    assert run is not None
    for _ in range(slices):
        go_on(run)
    RedactionRun.objects.update(leased_until=timezone.now())

    redact_old_calls()

    done = RedactionRun.objects.get()
    assert done.state == "done"
    assert all(place["done"] == place["total"] for place in done.places), done.places
    assert [place["changed"] for place in done.places if place["place"] == "calls"] == [2]
    assert_nothing_kept(caplog)


def test_a_worker_whose_lease_is_over_writes_nothing(chief: ApiClient, home: Organization, vendor: ApiClient) -> None:
    ingested(vendor, pushed())
    choose(home)
    start(chief)
    late = claim()
    assert late is not None
    go_on(late)
    RedactionRun.objects.update(leased_until=timezone.now())
    assert claim() is not None

    with pytest.raises(NotOurs):
        go_on(late)

    assert messages(Call.objects.get()) == [turn["message"] for turn in turns()]


def test_what_is_changed_while_it_is_looked_at_is_looked_at_again(
    chief: ApiClient, home: Organization, vendor: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingested(vendor, pushed())
    choose(home)
    start(chief)

    def change_first(run: RedactionRun) -> None:
        if run.position == 0:
            Call.objects.update(ai_summary=f"Paid later, by {CARD}.")
        lock(run)

    monkeypatch.setattr(work, "lock", change_first)
    redact_old_calls()

    assert Call.objects.get().ai_summary == "Paid later, by [card]."


def test_what_comes_meanwhile_is_redacted_as_it_comes_and_not_counted(
    chief: ApiClient, home: Organization, vendor: ApiClient
) -> None:
    ingested(vendor, pushed(externalCallId="old"))
    choose(home)
    start(chief)
    run = claim()
    assert run is not None
    go_on(run)
    ingested(vendor, pushed(externalCallId="new"))
    while go_on(run):
        pass

    assert [messages(call) for call in Call.objects.all()] == [MASKED, MASKED]
    assert [place["total"] for place in run.places if place["place"] == "calls"] == [1]


def test_a_failure_is_tried_again_with_pauses_and_ends(
    chief: ApiClient, home: Organization, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(CARD)

    choose(home)
    start(chief)
    with monkeypatch.context() as patched:
        patched.setattr(work, "_go_through", fail)
        for _ in range(len(PAUSES) + 1):
            RedactionRun.objects.update(next_turn_at=timezone.now())
            redact_old_calls()

    assert RedactionRun.objects.get().state == "failed"
    assert start(chief)["state"] == "queued", "it may be started anew"


def test_what_is_cut_off_each_time_ends_too(chief: ApiClient, home: Organization) -> None:
    choose(home)
    start(chief)
    for _ in range(len(PAUSES) + 1):
        assert claim() is not None
        RedactionRun.objects.update(leased_until=timezone.now())

    redact_old_calls()

    assert RedactionRun.objects.values_list("state", "error").get() == ("failed", "INTERNAL_ERROR")


# ---- Who may, and how often


def test_a_second_start_is_the_first_one(chief: ApiClient, home: Organization) -> None:
    choose(home)
    first = start(chief)

    assert start(chief, status=200)["_id"] == first["_id"]
    choose(home, "card")
    assert_refused(chief.post(PATH), 409, "REDACTION_UNDER_WAY")
    assert RedactionRun.objects.count() == 1


def test_done_once_more_nothing_changes(chief: ApiClient, home: Organization, vendor: ApiClient) -> None:
    ingested(vendor, pushed())
    redacted(chief, home)
    kept = sorted((name, value) for name, value in everything_kept() if name in ("Call", "Message", "ContactNote"))

    again = redacted(chief, home)

    assert again["changed"] == 0
    assert kept == sorted(
        (name, value) for name, value in everything_kept() if name in ("Call", "Message", "ContactNote")
    )


def test_where_all_is_kept_there_is_nothing_to_do(chief: ApiClient) -> None:
    assert_refused(chief.post(PATH), 409, "NOTHING_TO_REDACT")


def test_it_is_canceled(chief: ApiClient, home: Organization, vendor: ApiClient) -> None:
    ingested(vendor, pushed())
    choose(home)
    run_id = start(chief)["_id"]
    run = claim()
    assert run is not None
    go_on(run)

    told = redaction_in(chief.delete(f"{PATH}/{run_id}"))

    assert (told["state"], "canceledBy" in told, "finishedAt" in told) == ("canceled", True, True)
    with pytest.raises(NotOurs):
        go_on(run)
    redact_old_calls()
    assert messages(Call.objects.get()) == [turn["message"] for turn in turns()]
    assert redaction_in(chief.delete(f"{PATH}/{run_id}")) == told, "once more changes nothing"


def test_events_and_the_audit_log_tell_of_it(chief: ApiClient, home: Organization) -> None:
    redacted(chief, home)
    choose(home, "card")
    chief.delete(f"{PATH}/{start(chief)['_id']}")

    states = [
        row.data["redaction"]["state"] for row in EventLog.objects.filter(name="redaction_changed").order_by("id")
    ]
    assert states == ["queued", "done", "queued", "canceled"]
    entries = AuditEntry.objects.filter(model="calls.redactionrun").order_by("pk")
    assert [(entry.action, sorted(entry.after)) for entry in entries] == [
        ("created", ["kinds", "organization_id", "started_by_id"]),
        ("created", ["kinds", "organization_id", "started_by_id"]),
        ("changed", ["canceled_by_id"]),
    ]


def test_only_administrators_and_of_their_own_organization(
    chief: ApiClient, home: Organization, other_user: User
) -> None:
    choose(home)
    run_id = start(chief)["_id"]
    rep = logged_in(make_user(organization=home, access_role=AccessRole.SALES_REP))
    assert other_user.organization is not None
    stranger = logged_in(make_user(organization=other_user.organization, access_role=AccessRole.ADMIN))

    for method, path in (("post", PATH), ("get", PATH), ("get", f"{PATH}/{run_id}"), ("delete", f"{PATH}/{run_id}")):
        assert_refused(getattr(rep, method)(path), 403, "FORBIDDEN")
    for method in ("get", "delete"):
        theirs, nowhere = (getattr(stranger, method)(f"{PATH}/{each}") for each in (run_id, UNKNOWN_ID))
        assert_refused(theirs, 404, "REDACTION_NOT_FOUND")
        assert theirs.body == nowhere.body
    assert stranger.get(PATH).body["redactions"] == []
    assert [each["_id"] for each in chief.get(PATH).body["redactions"]] == [run_id]
    assert RedactionRun.objects.get().state == "queued"


# ---- Documents


def test_of_documents_only_words_are_masked() -> None:
    document = {
        "call": {"_id": "64f0a1b2c3d4e5f6a7b8c9d1", "from": "+14165550199", "aiSummary": "Call 416 555 0199", "n": 4},
        "note": {"_id": "1", "note": f"Card {CARD}", "userId": {"email": MAIL}},
        "contactId": "64f0a1b2c3d4e5f6a7b8c9d2",
    }

    assert redacted_told(document, frozenset(KINDS)) == {
        "call": {"_id": "64f0a1b2c3d4e5f6a7b8c9d1", "from": "+14165550199", "aiSummary": "Call [phone]", "n": 4},
        "note": {"_id": "1", "note": "Card [card]", "userId": {"email": MAIL}},
        "contactId": "64f0a1b2c3d4e5f6a7b8c9d2",
    }


def test_a_transcript_in_lines_is_read_as_a_conversation() -> None:
    body = {"call": {"transcript": "agent: Your card?\nuser: 4539 5787\nagent: Yes?\nuser: 6362 1486"}}

    masked = json.loads(redacted_body(json.dumps(body), frozenset(KINDS)))

    assert masked["call"]["transcript"] == "agent: Your card?\nuser: [card]\nagent: Yes?\nuser: [card]"


def test_a_body_without_any_of_it_stays_as_it_was_byte_by_byte() -> None:
    body = '{"call": {"summary": "Paid.",   "from": "+14165550199"}}'

    assert redacted_body(body, frozenset(KINDS)) == body


def test_the_database_lets_one_be_under_way(chief: ApiClient, home: Organization) -> None:
    choose(home)
    start(chief)

    with pytest.raises(IntegrityError), transaction.atomic():
        RedactionRun.objects.create(organization=home, kinds="card")


# ---- The admin's page


def test_it_is_started_and_canceled_in_the_admin(home: Organization) -> None:
    admin = admin_of(make_staff(home))
    add, listed = "/admin/calls/redactionrun/add/", "/admin/calls/redactionrun/"
    assert "keeps everything" in admin.post(add, {}).content.decode()
    choose(home, "card")

    assert admin.post(add, {}).status_code == 302
    assert admin.post(add, {}).status_code == 302, "the second one is the first one"

    run = RedactionRun.objects.get()
    assert (run.state, run.kinds) == ("queued", "card")
    assert admin.get(f"{listed}{run.pk}/change/").status_code == 200
    admin.post(listed, {"action": "cancel", "_selected_action": [run.pk]})
    run.refresh_from_db()
    assert run.state == "canceled"
    assert "Canceled" in admin.get(listed).content.decode()


def test_a_superuser_says_of_which_organization(home: Organization, root: Client) -> None:
    choose(home, "card")

    assert root.post("/admin/calls/redactionrun/add/", {"organization": home.pk}).status_code == 302

    run = RedactionRun.objects.get()
    assert (run.organization_id, run.kinds) == (home.pk, "card")
