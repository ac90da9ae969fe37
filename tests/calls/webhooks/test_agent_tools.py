"""What agents have done while they talk: over HTTP, as ElevenLabs calls it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import requests
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import Call, Delivery, OutgoingText, ToolCall, Transfer, VoiceAccount
from calls.models.voice_account import digest_of
from calls.providers.registry import agents_provider
from calls.providers.tools import TOOLS
from calls.reports import CallReport
from calls.services.agent_tools.answer_tool import _DOING
from calls.services.deliveries.receive import replay_delivery
from calls.services.deliveries.replay import retry_deliveries
from calls.services.lifecycle.apply_report import apply_report
from calls.services.texts.hand_over import send_texts
from calls.services.voice_accounts.configure_account import configure_account
from calls.services.voice_accounts.reencrypt_secrets import reencrypt_secrets
from contacts.models import Contact, ContactNote, DoNotCallNumber
from conversations.models import Message
from tests.caches import gone
from tests.calls import telephony
from tests.calls.texting import DELIVERED, make_twilio, simulated
from tests.calls.webhooks.elevenlabs_office import (
    CALLER,
    CUSTOMER,
    TOOL_SECRET,
    ask,
    deliver,
    inbound_transcription,
    make_account,
    make_agent,
    make_dialled,
)
from tests.clients import Answer, ApiClient
from tests.factories import make_call, make_contact, make_do_not_call, make_reminder, make_user
from tests.presence import make_present
from tests.statements import statements_made
from tests.waiting import PATIENCE
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.services.availability import set_availability
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

CONVERSATION = "conv_1"


@pytest.fixture
def account(user: User) -> VoiceAccount:
    return make_account(user)


def use(name: str, *, secret: str = TOOL_SECRET, **told: Any) -> Answer:
    return ask({"conversation_id": CONVERSATION, **told}, secret=secret, path=f"/api/webhook/elevenlabs/tools/{name}")


def reply(name: str, **told: Any) -> dict[str, Any]:
    answer = use(name, **told)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def test_every_tool_that_is_offered_does_something() -> None:
    assert list(_DOING) == [tool.name for tool in TOOLS]
    assert [each.tool for each in agents_provider().tools()] == list(TOOLS)


# ---- Opening hours


@pytest.mark.parametrize(
    ("at", "is_open", "told"),
    [
        (datetime(2026, 5, 15, 13, 0, tzinfo=UTC), True, "Friday 09:00"),
        (datetime(2026, 5, 15, 12, 59, tzinfo=UTC), False, "Friday 08:59"),
        (datetime(2026, 5, 15, 21, 0, tzinfo=UTC), False, "Friday 17:00"),
        (datetime(2026, 5, 16, 15, 0, tzinfo=UTC), False, "Saturday 11:00"),
    ],
)
def test_hours_are_those_of_the_organizations_clock(
    home: Organization, account: VoiceAccount, monkeypatch: pytest.MonkeyPatch, at: datetime, is_open: bool, told: str
) -> None:
    home.time_zone = "America/Toronto"
    home.save()
    monkeypatch.setattr(timezone, "now", lambda: at)

    assert reply("check-business-hours") == {
        "is_open": is_open,
        "current_time": told,
        "timezone": "America/Toronto",
        "organization_name": home.name,
    }


def test_hours_may_end_on_the_day_after(home: Organization, account: VoiceAccount) -> None:
    home.opens_at, home.closes_at, home.open_weekdays = time(20), time(4), 0b0010000
    friday, saturday = datetime(2026, 5, 15, 21, tzinfo=UTC), datetime(2026, 5, 16, 3, 59, tzinfo=UTC)

    assert home.is_open(friday)
    assert home.is_open(saturday)
    assert not home.is_open(datetime(2026, 5, 15, 3, tzinfo=UTC))
    assert not home.is_open(datetime(2026, 5, 16, 4, tzinfo=UTC))


# ---- Is anybody there?


def test_nobody_is_available_without_a_browser(account: VoiceAccount) -> None:
    assert reply("check-availability") == {"agents_available": False, "available_count": 0, "online_count": 0}


def test_who_is_there_and_free_is_counted(user: User, account: VoiceAccount, other_user: User) -> None:
    busy, away, unavailable = (make_user(organization=user.organization) for _ in range(3))
    make_present(user, busy, unavailable, other_user)
    assert not away.is_staff
    make_call(busy, provider="twilio", status="in-progress", start_time=timezone.now(), duration=None)
    set_availability(user=unavailable, is_available=False)

    assert reply("check-availability") == {"agents_available": True, "available_count": 1, "online_count": 3}


def test_where_the_cache_is_away_nobody_is_promised(user: User, account: VoiceAccount) -> None:
    make_present(user)
    with override_settings(CACHES=gone()):
        assert reply("check-availability") == {"agents_available": False, "available_count": 0, "online_count": 0}


# ---- Who is it?


def test_a_caller_is_known_by_their_number(user: User, home: Organization, account: VoiceAccount) -> None:
    contact = make_contact(home, phone_number=CALLER, first_name="Ada", last_name="Lovelace", email="ada@example.com")
    make_call(user, contact=contact, start_time=datetime(2026, 5, 1, 9, tzinfo=UTC))
    make_do_not_call(home, phone_number=CALLER)
    for number in range(4):
        ContactNote.objects.create(organization=home, contact=contact, note=f"Note {number}\nof   hers. " + "x" * 300)
    for fired_at in (None, datetime(2026, 5, 1, 9, tzinfo=UTC)):
        make_reminder(user, contact, fired_at=fired_at)

    known = reply("get-contact", caller_id=CALLER)

    notes = known["contact"].pop("recent_notes")
    assert known == {
        "success": True,
        "contact": {
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": "ada@example.com",
            "phone_number": CALLER,
            "do_not_call": True,
            "open_reminders": 1,
            "last_call_at": "2026-05-01T09:00:00.000Z",
        },
    }
    assert [note[:14] for note in notes] == ["Note 3 of hers", "Note 2 of hers", "Note 1 of hers"]
    assert all(note.endswith("…") for note in notes)


def test_what_is_told_of_a_contact_is_one_kilobyte_at_most(home: Organization, account: VoiceAccount) -> None:
    contact = make_contact(home, phone_number=CALLER, first_name="ö" * 100, last_name="語" * 100)
    for _ in range(3):
        ContactNote.objects.create(organization=home, contact=contact, note="語" * 5_000)

    assert len(use("get-contact", caller_id=CALLER).content) <= 1024


def test_a_note_is_of_the_call_in_which_it_was_written(
    user: User, home: Organization, account: VoiceAccount, api: ApiClient
) -> None:
    contact = make_contact(home, phone_number=CALLER)
    call = make_dialled(user, contact=contact, provider_call_id=CONVERSATION)

    for note in ("Wants an offer.", "By Friday, on zebra paper."):
        assert reply("create-note", phone_number=CALLER, note=note)["success"]
    apply_report(
        organization_id=home.pk,
        call_id=call.pk,
        report=CallReport(provider=call.provider, status="completed", summary="Agreed on an offer."),
    )

    notes = api.get("/api/contact-notes", callId=call.pk).body["data"]
    assert [(note["note"], note["type"]) for note in notes] == [
        ("Agreed on an offer.", "ai_summary"),
        ("By Friday, on zebra paper.", "ai_summary"),
        ("Wants an offer.", "ai_summary"),
    ]
    [hit] = api.get("/api/calls/search", q="zebra").body["hits"]
    assert hit["call"]["_id"] == call.pk


def test_the_call_that_goes_on_is_not_the_last_one(user: User, home: Organization, account: VoiceAccount) -> None:
    contact = make_contact(home, phone_number=CALLER)
    make_dialled(user, contact=contact, provider_call_id=CONVERSATION)

    assert "last_call_at" not in reply("get-contact", caller_id=CALLER)["contact"]


def test_a_placeholder_is_no_name(home: Organization, account: VoiceAccount) -> None:
    make_contact(home, phone_number=CALLER, first_name="Unknown", last_name="Caller")

    contact = reply("get-contact", caller_id=CALLER)["contact"]
    assert (contact["first_name"], contact["last_name"]) == ("", "")


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"caller_id": CALLER}, "Nobody is known with this number."),
        ({}, "phone_number is missing, and the caller shows none."),
        ({"caller_id": "anonymous"}, "phone_number is missing, and the caller shows none."),
        ({"phone_number": "four one six"}, "This is no telephone number with its country code."),
        ({"phone_number": "12"}, "This is no telephone number with its country code."),
        ({"phone_number": {"number": CALLER}}, "phone_number is missing, and the caller shows none."),
        ({"phone_number": "x" * 5_000}, "This is no telephone number with its country code."),
    ],
)
def test_what_cannot_be_looked_up_is_said_in_a_sentence(account: VoiceAccount, told: Any, error: str) -> None:
    answer = reply("get-contact", **told)

    assert answer["success"] is False
    assert answer["error"].startswith(error)


# ---- Writing down


def test_a_note_is_kept_of_the_contact_and_told_of(user: User, home: Organization, account: VoiceAccount) -> None:
    contact = make_contact(home, phone_number=CALLER)

    assert reply("create-note", phone_number="+1 (416) 555-0171", note=" Wants an offer.\0 ")["success"] is True

    (note,) = ContactNote.objects.all()
    assert (note.contact, note.type, note.user, note.note) == (contact, "ai_summary", None, "Wants an offer.")
    (event,) = EventLog.objects.filter(organization_id=home.pk)
    assert (event.name, event.data["contactId"]) == ("note_created", contact.pk)


def test_a_note_of_somebody_new_makes_them_a_contact(home: Organization, account: VoiceAccount) -> None:
    reply("create-note", phone_number=CALLER, note="Is new here.")

    (contact,) = Contact.objects.of_organization(home.pk)
    assert (contact.phone_number, contact.full_name) == (CALLER, "Unknown Caller")


def test_the_same_request_again_changes_nothing(home: Organization, account: VoiceAccount) -> None:
    first = reply("create-note", phone_number=CALLER, note="Once.")
    again = reply("create-note", phone_number=CALLER, note="Once.")

    assert first == again
    assert ContactNote.objects.count() == ToolCall.objects.count() == 1
    assert [delivery.state for delivery in Delivery.objects.all()] == ["processed", "processed"]

    reply("create-note", phone_number=CALLER, note="Twice.")
    reply("create-note", phone_number=CALLER, note="Once.", conversation_id="conv_2")
    assert ContactNote.objects.count() == 3


def test_outside_of_a_conversation_it_is_the_same_for_an_hour(
    account: VoiceAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour, minute, notes in ((9, 0, 1), (9, 59, 1), (10, 0, 2)):
        now = datetime(2026, 5, 15, hour, minute, tzinfo=UTC)
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda now=now: now)
            ask({"phone_number": CALLER, "note": "Call back."}, path="/api/webhook/elevenlabs/tools/create-note")
        assert ContactNote.objects.count() == notes


def test_what_could_not_be_done_is_tried_when_it_is_asked_again(home: Organization, account: VoiceAccount) -> None:
    told = {"phone_number": CALLER, "first_name": "Ada"}
    assert reply("update-contact", **told)["success"] is False

    make_contact(home, phone_number=CALLER, first_name="Unknown", last_name="Caller")
    assert reply("update-contact", **told)["updated_fields"] == ["first_name"]


def test_processing_a_delivery_once_more_writes_nothing_twice(account: VoiceAccount) -> None:
    reply("create-note", phone_number=CALLER, note="Once.")

    replay_delivery(delivery_id=Delivery.objects.get().pk)

    assert ContactNote.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_requests_at_once_one_is_done(live_url: str, user: User) -> None:
    make_account(user)
    body = {"conversation_id": CONVERSATION, "phone_number": CALLER, "note": "Once."}

    def post(_: int) -> Any:
        return requests.post(
            f"{live_url}/api/webhook/elevenlabs/tools/create-note",
            json=body,
            headers={"Authorization": f"Bearer {TOOL_SECRET}"},
            timeout=PATIENCE,
        ).json()

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(post, range(20)))

    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["success"] is True
    assert ContactNote.objects.count() == Contact.objects.count() == 1
    assert Delivery.objects.filter(state="processed").count() == 20


# ---- Names and addresses


def test_what_is_not_known_is_filled_in_and_what_is_known_stays(home: Organization, account: VoiceAccount) -> None:
    contact = make_contact(home, phone_number=CALLER, first_name="Ada", last_name="", email="")

    told = {"first_name": "Eve", "last_name": "Lovelace", "email": "ada@example.com"}
    assert reply("update-contact", phone_number=CALLER, **told) == {
        "success": True,
        "updated_fields": ["last_name", "email"],
    }

    contact.refresh_from_db()
    assert (contact.full_name, contact.email, contact.phone_number) == ("Ada Lovelace", "ada@example.com", CALLER)
    assert reply("update-contact", phone_number=CALLER, first_name="Eve") == {"success": True, "updated_fields": []}


def test_a_placeholder_gives_way_as_a_whole(home: Organization, account: VoiceAccount) -> None:
    contact = make_contact(home, phone_number=CALLER, first_name="Unknown", last_name="Caller")

    assert reply("update-contact", phone_number=CALLER, first_name="Ada")["updated_fields"] == ["first_name"]

    contact.refresh_from_db()
    assert contact.full_name == "Ada"


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({}, "One of first_name, last_name and email is needed."),
        ({"first_name": "  "}, "One of first_name, last_name and email is needed."),
        ({"email": "ada at example"}, "This is no e-mail address."),
    ],
)
def test_what_cannot_be_filled_in_is_said(home: Organization, account: VoiceAccount, told: Any, error: str) -> None:
    make_contact(home, phone_number=CALLER)

    answer = reply("update-contact", phone_number=CALLER, **told)
    assert answer["error"].startswith(error)
    assert not ToolCall.objects.exists()


# ---- Writing to people


@pytest.fixture
def texts(user: User, account: VoiceAccount) -> Iterator[Simulator]:
    with simulated() as simulator:
        make_twilio(user, base_url=simulator.url, is_active=False)
        yield simulator


def test_an_agents_text_is_sent_a_moment_later(home: Organization, texts: Simulator) -> None:
    answer = reply("send-sms", phone_number="+1 416 555 0130", message="Monday at 14:30. Example Ltd")

    assert answer == {"success": True, "message": "The text is on its way."}
    assert not texts.happened()["texts"]
    send_texts()
    (text,) = texts.happened()["texts"]
    assert (text["to"], text["body"]) == (DELIVERED, "Monday at 14:30. Example Ltd")
    message = Message.objects.get()
    assert (message.organization, message.is_ai_generated, message.channel_type) == (home, True, "sms")
    assert Contact.objects.get().phone_number == DELIVERED


def test_it_goes_from_the_number_of_the_call(user: User, texts: Simulator) -> None:
    telephony.make_number(user, "twilio", "+14165550102", is_default=False)
    make_dialled(user, provider_call_id=CONVERSATION, provider_phone_number="+14165550102")

    reply("send-sms", phone_number=DELIVERED, message="Hello")
    send_texts()

    assert [text["from"] for text in texts.happened()["texts"]] == ["+14165550102"]


def test_the_same_text_again_is_one_and_another_one_is_another(texts: Simulator) -> None:
    for message in ("Once.", "Once.", "Twice."):
        assert reply("send-sms", phone_number=DELIVERED, message=message)["success"] is True
    replay_delivery(delivery_id=Delivery.objects.order_by("id").values_list("pk", flat=True)[0])
    send_texts()

    assert [text["body"] for text in texts.happened()["texts"]] == ["Once.", "Twice."]


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"phone_number": DELIVERED}, "message is missing."),
        ({"phone_number": DELIVERED, "message": "  "}, "message is missing."),
        ({"phone_number": "one two", "message": "x"}, "This is no telephone number with its country code."),
        ({"phone_number": DELIVERED, "message": "x" * 1601}, "The message is too long"),
        ({"phone_number": DELIVERED, "message": "👍" * 801}, "The message is too long"),
        ({"phone_number": "+19005550199", "message": "x"}, "Texts are not sent to numbers of this type."),
        ({"phone_number": "+14165550139", "message": "x"}, "This person does not want to be written to."),
    ],
)
def test_what_cannot_be_sent_is_said_in_a_sentence(told: Any, error: str, home: Organization, texts: Simulator) -> None:
    make_do_not_call(home, phone_number="+14165550139")

    answer = reply("send-sms", **told)

    assert answer["success"] is False
    assert answer["error"].startswith(error)
    assert not OutgoingText.objects.exists()


def test_an_organization_without_a_carrier_for_texts_sends_none(account: VoiceAccount) -> None:
    answer = reply("send-sms", phone_number=DELIVERED, message="x")

    assert (answer["success"], answer["error"]) == (False, "The company sends no texts.")


@pytest.mark.django_db(transaction=True)
def test_of_twenty_texts_at_once_one_is_sent(live_url: str, user: User) -> None:
    make_account(user)
    body = {"conversation_id": CONVERSATION, "phone_number": DELIVERED, "message": "Once."}

    def post(_: int) -> Any:
        return requests.post(
            f"{live_url}/api/webhook/elevenlabs/tools/send-sms",
            json=body,
            headers={"Authorization": f"Bearer {TOOL_SECRET}"},
            timeout=PATIENCE,
        ).json()

    with simulated() as simulator:
        make_twilio(user, base_url=simulator.url, is_active=False)
        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(post, range(20)))
        send_texts()

        assert all(answer == {"success": True, "message": "The text is on its way."} for answer in answers)
        assert len(simulator.happened()["texts"]) == Message.objects.count() == 1


# ---- Not again


def test_who_wants_no_more_calls_is_on_the_list_before_the_answer(
    user: User, home: Organization, account: VoiceAccount, api: ApiClient
) -> None:
    call = make_dialled(user, provider_call_id=CONVERSATION)

    assert reply("do-not-call", phone_number=CALLER)["success"] is True

    entry = DoNotCallNumber.objects.get(organization=home)
    assert (entry.phone_number, entry.source, entry.call_id) == (CALLER, "call", call.pk)
    assert reply("do-not-call", phone_number=CALLER, conversation_id="conv_2")["success"] is True


@pytest.mark.parametrize(("number", "by"), [(CUSTOMER, "tool"), (CALLER, None)])
def test_the_call_shows_it_where_it_is_its_own_customer(
    user: User, account: VoiceAccount, api: ApiClient, number: str, by: str | None
) -> None:
    call = make_dialled(user, provider_call_id=CONVERSATION)

    reply("do-not-call", phone_number=number)

    assert api.get(f"/api/calls/{call.pk}").body["call"].get("optOut", {}).get("by") == by
    assert DoNotCallNumber.objects.get().reason == "Asked an agent not to be called again"


# ---- Whose it is


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS])
def test_a_wrong_secret_is_refused_and_nothing_is_done(account: VoiceAccount, name: str) -> None:
    told = {"phone_number": CALLER, "note": "Mine.", "first_name": "Eve"}
    for secret in ("a guessed token", "sk_test"):
        answer = use(name, secret=secret, **told)
        assert (answer.status, answer.body["code"]) == (401, "INVALID_SIGNATURE")
    unsigned = ApiClient().post(f"/api/webhook/elevenlabs/tools/{name}", told)
    assert unsigned.status == 401
    assert not Contact.objects.exists()
    assert not DoNotCallNumber.objects.exists()


def test_the_organization_is_the_secrets_whatever_else_is_named(
    user: User, other_user: User, home: Organization
) -> None:
    """The body names a conversation, an agent and a contact of another organization."""
    make_account(user)
    make_account(other_user, secrets={"api_key": "sk_other", "webhook_secret": "w", "tool_secret": "tool_other"})
    agent = make_agent(user, "agent_mine")
    call = make_dialled(user, provider_call_id=CONVERSATION)
    make_contact(home, phone_number=CALLER, first_name="Ada")
    told = {"agent_id": agent.elevenlabs_agent_id, "caller_id": CALLER, "called_number": call.from_number}

    unknown = use("get-contact", secret="tool_other", **told)
    assert unknown.body == {"success": False, "error": "Nobody is known with this number."}
    assert use("do-not-call", secret="tool_other", phone_number=CALLER, **told).body["success"] is True

    (entry,) = DoNotCallNumber.objects.all()
    assert (entry.organization_id, entry.call_id) == (other_user.organization_id, None)
    assert {delivery.organization_id for delivery in Delivery.objects.all()} == {other_user.organization_id}
    assert not Delivery.objects.filter(call=call).exists()


def test_of_many_organizations_the_one_with_the_secret_is_found_by_it_alone(user: User) -> None:
    """More than are tried one by one; the body names nobody."""
    make_account(user)
    for number in range(25):
        organization = Organization.objects.create(name=f"Other {number}")
        make_account(user, organization=organization, secrets={"tool_secret": f"tool_{number}"})

    answer = ask({}, secret="tool_24", path="/api/webhook/elevenlabs/tools/check-business-hours")
    assert answer.body["organization_name"] == "Other 24"


def test_a_secret_that_is_replaced_opens_nothing_any_more(account: VoiceAccount) -> None:
    configure_account(
        organization_id=account.organization_id,
        provider="elevenlabs",
        changes={"elevenlabs_tool_secret": "tool_new"},
    )

    assert use("check-business-hours").status == 401
    assert use("check-business-hours", secret="tool_new").status == 200


def test_an_account_from_before_is_found_by_its_secret_once_secrets_are_encrypted_anew(account: VoiceAccount) -> None:
    VoiceAccount.objects.filter(pk=account.pk).update(tool_secret_digest="")

    reencrypt_secrets()

    account.refresh_from_db()
    assert account.tool_secret_digest == digest_of(TOOL_SECRET)


def test_a_body_that_is_no_object_is_refused_and_kept(account: VoiceAccount) -> None:
    bodies: list[Any] = [[], "text", None, 3]
    for body in bodies:
        answer = ask(body, path="/api/webhook/elevenlabs/tools/check-business-hours")
        assert answer.status in (400, 401)


def test_an_unknown_tool_is_not_found(account: VoiceAccount) -> None:
    assert use("format-disk").status == 404


# ---- What there is


def test_the_tools_are_listed_with_their_schemas(api: ApiClient, account: VoiceAccount) -> None:
    body = api.get("/api/calls/voice-ai/tools").body

    assert [tool["name"] for tool in body["tools"]] == [tool.name for tool in TOOLS]
    note = next(tool for tool in body["tools"] if tool["name"] == "create-note")
    assert note["url"].endswith("/api/webhook/elevenlabs/tools/create-note")
    assert (note["disabled"], "disabledReason" in note) == (False, False)
    assert note["parameters"]["required"] == ["phone_number", "note"]
    for name, described in note["parameters"]["properties"].items():
        # One source of a value, as ElevenLabs wants it.
        assert set(described) in ({"type", "description"}, {"type", "dynamic_variable"}), name


def test_where_no_carrier_sends_texts_the_tool_for_them_is_disabled(
    api: ApiClient, user: User, account: VoiceAccount
) -> None:
    def disabled() -> dict[str, str]:
        tools = api.get("/api/calls/voice-ai/tools").body["tools"]
        return {tool["name"]: tool["disabledReason"] for tool in tools if tool["disabled"]}

    assert disabled() == {"send-sms": "No carrier of the organization's is set up for texts"}
    make_twilio(user, is_active=False)
    assert disabled() == {}


def test_without_a_secret_they_are_disabled_and_say_why(api: ApiClient, other_user: User) -> None:
    make_account(other_user)
    body = api.get("/api/calls/voice-ai/tools").body

    assert all(tool["disabled"] and "tool secret" in tool["disabledReason"] for tool in body["tools"])


@pytest.mark.parametrize(
    ("name", "count"), [("check-business-hours", 6), ("get-contact", 10), ("create-note", 10), ("do-not-call", 9)]
)
def test_a_tool_needs_few_statements(home: Organization, account: VoiceAccount, name: str, count: int) -> None:
    make_contact(home, phone_number=CALLER)
    with statements_made() as statements:
        reply(name, phone_number=CALLER, note="Once.")

    assert len(statements) == count, statements


def test_calls_are_not_touched(user: User, account: VoiceAccount) -> None:
    call = make_dialled(user, provider_call_id=CONVERSATION)
    before = Call.objects.values().get(pk=call.pk)

    reply("create-note", phone_number=CALLER, note="Once.")

    assert Call.objects.values().get(pk=call.pk) == before
    assert Delivery.objects.get().call_id == call.pk


# ---- What failed


ARGUMENTS = {
    "transfer": {"reason": "Wants a person."},
    "get-contact": {},
    "check-availability": {},
    "check-business-hours": {},
    "send-sms": {"phone_number": DELIVERED, "message": "Hello."},
    "create-note": {"phone_number": DELIVERED, "note": "Hello."},
    "do-not-call": {"phone_number": DELIVERED},
}


@pytest.mark.parametrize("state", ["failed", "received"])
@pytest.mark.parametrize("name", ARGUMENTS)
def test_what_was_for_the_turn_alone_is_not_done_once_more_later_and_what_is_to_be_kept_is(
    user: User, account: VoiceAccount, name: str, state: str
) -> None:
    make_twilio(user, is_active=True)
    make_present(user)
    reply(name, **ARGUMENTS[name])
    Transfer.objects.all().delete()
    ToolCall.objects.all().delete()
    Message.objects.all().delete()
    # As it is where it could not be done; one that a process left when it died has not been read.
    long_ago = timezone.now() - timedelta(hours=1)
    Delivery.objects.update(
        state=state, processed_at=long_ago, received_at=long_ago, kind="" if state == "received" else F("kind")
    )

    retry_deliveries()

    is_kept = name in ("create-note", "do-not-call")
    assert Delivery.objects.get().state == ("processed" if is_kept else state)
    assert ToolCall.objects.exists() is is_kept
    assert not Transfer.objects.exists()
    assert not OutgoingText.objects.exists()


@pytest.mark.parametrize("name", ["transfer", "send-sms", "create-note"])
def test_nor_once_its_call_becomes_known_which_is_when_it_is_over(user: User, account: VoiceAccount, name: str) -> None:
    make_twilio(user, is_active=True)
    make_present(user)
    reply(name, **ARGUMENTS[name])
    Transfer.objects.all().delete()
    ToolCall.objects.all().delete()
    Message.objects.all().delete()
    # As a process leaves it that dies while it uses the tool.
    left = Delivery.objects.get()
    Delivery.objects.update(state="received", processed_at=None)
    assert (left.kind, left.provider_call_id) == (f"tool {name}", CONVERSATION)

    assert deliver(inbound_transcription(CONVERSATION)).status == 200

    is_kept = name == "create-note"
    assert Call.objects.get().provider_call_id == CONVERSATION
    left.refresh_from_db()
    assert left.state == ("processed" if is_kept else "received")
    assert ToolCall.objects.exists() is is_kept
    assert not Transfer.objects.exists()
    assert not OutgoingText.objects.exists()
