"""What an organization does not keep is in no row, log or file, whichever way it comes in."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from calls.models import Call, Delivery, LiveTurn, VoiceAccount
from calls.services.deliveries.receive import replay_delivery
from contacts.models import ContactNote
from conversations.models import Message
from tests.calls import texting
from tests.calls.api.ingesting import ingested
from tests.calls.api.pushes.pushing import results
from tests.calls.api.pushes.test_live import say, told
from tests.calls.services.webhooks_out.receiving import subscribed
from tests.calls.webhooks.elevenlabs_office import ask, deliver, inbound_transcription, make_account
from tests.clients import Answer, ApiClient, vendor_of
from tests.factories import ingest_body, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import Organization, User
from tether_calls.common.redacted_kinds import KINDS

pytestmark = pytest.mark.django_db

CARD, CODE, MAIL = "4539578763621486", "739", "ada.canary@example.com"
CANARIES = (CARD, "4539 5787", "6362 1486", f"{CODE}, and", MAIL)


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


@pytest.fixture(autouse=True)
def redacts(organization: Organization) -> None:
    Organization.objects.filter(pk=organization.pk).update(redacted_kinds=" ".join(KINDS))


def turns() -> list[dict[str, Any]]:
    return [
        {"role": "agent", "message": "Hello, what is the number of your card?", "timestamp": 0},
        {"role": "user", "message": "It's 4539 5787", "timestamp": 4},
        {"role": "agent", "message": "Yes?", "timestamp": 9},
        {"role": "user", "message": "6362 1486", "timestamp": 10},
        {"role": "agent", "message": "And the CVV?", "timestamp": 17},
        {"role": "user", "message": f"{CODE}, and write to {MAIL}, I paid 350 dollars in 2019.", "timestamp": 19},
    ]


MASKED = [
    "Hello, what is the number of your card?",
    "It's [card]",
    "Yes?",
    "[card]",
    "And the CVV?",
    "[cvv], and write to [email], I paid 350 dollars in 2019.",
]


def pushed(**fields: Any) -> dict[str, Any]:
    body = {
        "transcript": turns(),
        "summary": f"Paid by {CARD}.",
        "metadata": {"crm": {"card": CARD, "n": int(CARD), "order": 4711}},
    }
    return ingest_body(**{**body, **fields})


def everything_kept() -> Iterator[tuple[str, str]]:
    """Every value of every row, as text."""
    for model in apps.get_models():
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  # a table of ours
            for row in cursor.fetchall():
                for value in row:
                    is_bytes = isinstance(value, bytes | memoryview)
                    yield model.__name__, bytes(value).decode("latin-1") if is_bytes else str(value)


def kept_in(*canaries: str) -> set[tuple[str, str]]:
    return {(name, canary) for name, value in everything_kept() for canary in canaries if canary in value}


def assert_nothing_kept(caplog: pytest.LogCaptureFixture) -> None:
    assert kept_in(*CANARIES) == set()
    assert not any(canary in caplog.text for canary in CANARIES)


def messages(call: Call) -> list[str]:
    return [turn["message"] for turn in call.ai_transcript or ()]


def test_a_push(user: User, vendor: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    subscribed(user, "https://example.com/hook")

    ingested(vendor, pushed())

    call = Call.objects.get()
    assert messages(call) == MASKED
    assert call.ai_summary == "Paid by [card]."
    assert call.provider_metadata["metadata"] == {"crm": {"card": "[card]", "n": "[card]", "order": 4711}}
    assert ContactNote.objects.get().note == "Paid by [card]."
    assert_nothing_kept(caplog)


def test_a_batch(vendor: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    results(vendor, [pushed(externalCallId=f"call-{number}") for number in range(2)])

    assert [messages(call) for call in Call.objects.all()] == [MASKED, MASKED]
    assert_nothing_kept(caplog)


def test_a_search_finds_none_of_it(api: ApiClient, vendor: ApiClient) -> None:
    ingested(vendor, pushed())

    assert [len(api.get("/api/calls/search", q=q).body["hits"]) for q in ("6362", MAIL, "dollars")] == [0, 0, 1]


def test_turns_of_a_call_that_goes_on_show_no_part_of_a_number(
    api: ApiClient, vendor: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest of a number may be told in the next turn, when this one has been shown."""
    call_id = told(vendor, "started")
    for place, message in enumerate(["It's 4539", "5787 6362", "and 1486", "It was 2 of us."]):
        assert say(vendor, place, message).status == 200

    shown = [each["message"] for each in api.get(f"/api/calls/{call_id}/live").body["turns"]]
    assert shown == ["It's [digits]", "[digits]", "and [digits]", "It was 2 of us."]
    assert kept_in("It's 4539", "5787 6362", "and 1486") == set()

    ingested(vendor, pushed(externalCallId="vendor-call-1"))

    assert messages(Call.objects.get()) == MASKED
    assert_nothing_kept(caplog)
    assert LiveTurn.objects.count() == 4


def test_a_conversation_of_elevenlabs(user: User, caplog: pytest.LogCaptureFixture) -> None:
    make_account(user)
    conversation = inbound_transcription(
        "conv_1",
        transcript=[
            {
                "role": turn["role"],
                "message": turn["message"],
                "time_in_call_secs": turn["timestamp"],
                "tool_calls": [{"tool_name": "pay", "params_as_json": json.dumps({"number": CARD})}],
                "tool_results": [{"tool_name": "pay", "result_value": f"paid with {CARD}"}],
            }
            for turn in turns()
        ],
        analysis={
            "transcript_summary": f"Paid by {CARD}.",
            "call_summary_title": f"Payment {MAIL}",
            "call_successful": "success",
            "data_collection_results": {
                "card": {"data_collection_id": "card", "value": CARD, "rationale": f"Said {CARD}"},
                "number": {"data_collection_id": "number", "value": int(CARD), "rationale": ""},
            },
        },
    )

    assert deliver(conversation).status == 200

    call, delivery = Call.objects.get(), Delivery.objects.get()
    assert messages(call) == MASKED
    assert call.ai_summary == "Paid by [card]."
    assert delivery.state == "processed"
    assert "[card]" in bytes(delivery.body).decode()
    assert_nothing_kept(caplog)

    replay_delivery(delivery_id=delivery.pk)

    assert messages(Call.objects.get()) == MASKED


def test_a_note_of_an_agents_tool(user: User, caplog: pytest.LogCaptureFixture) -> None:
    make_account(user)

    note = {"phone_number": "+14165550134", "note": f"Card {CARD}, mail {MAIL}."}
    answer = ask({"conversation_id": "conv_1", **note}, path="/api/webhook/elevenlabs/tools/create-note")

    assert answer.body["success"] is True
    assert ContactNote.objects.get().note == "Card [card], mail [email]."
    assert_nothing_kept(caplog)


@pytest.mark.parametrize(
    ("make", "send"),
    [
        (texting.make_twilio, lambda text: texting.twilio_text(Body=text)),
        (texting.make_sinch, lambda text: texting.sinch_text(body=text)),
    ],
)
def test_a_text_that_comes_in(
    user: User,
    caplog: pytest.LogCaptureFixture,
    make: Callable[[User], VoiceAccount],
    send: Callable[[str], Answer],
) -> None:
    make(user)

    assert send(f"my card is {CARD}").status == 200

    assert Message.objects.get().content == "my card is [card]"
    assert_nothing_kept(caplog)


def test_a_delivery_that_is_refused(user: User, organization: Organization, caplog: pytest.LogCaptureFixture) -> None:
    """Of the organization that it names; nobody knows whose a delivery is that names none."""
    make_account(user)
    note = {"agent_id": "agent_1", "conversation_id": "conv_1", "note": f"Card {CARD}"}
    Call.objects.create(
        organization=organization,
        provider="elevenlabs",
        provider_call_id="conv_1",
        direction="inbound",
        status="completed",
        start_time="2026-11-29T20:00:00Z",
    )

    answer = ask(note, secret="wrong", path="/api/webhook/elevenlabs/tools/create-note")

    assert answer.status == 401
    assert Delivery.objects.get().state == "refused"
    assert_nothing_kept(caplog)


def test_another_organization_keeps_all(vendor: ApiClient, organization: Organization) -> None:
    other = make_user()

    ingested(vendor_of(other), pushed(externalCallId="theirs"))

    assert messages(Call.objects.get()) == [turn["message"] for turn in turns()]


def test_kinds_that_are_not_asked_for_stay(vendor: ApiClient, organization: Organization) -> None:
    Organization.objects.filter(pk=organization.pk).update(redacted_kinds="card")

    ingested(vendor, pushed())

    assert messages(Call.objects.get())[-1] == turns()[-1]["message"]


@pytest.mark.parametrize("kinds", ["", "card cvv"])
def test_it_costs_no_statement(vendor: ApiClient, organization: Organization, kinds: str) -> None:
    Organization.objects.filter(pk=organization.pk).update(redacted_kinds="")
    ingested(vendor, pushed(externalCallId="first"))
    with statements_made() as before:
        ingested(vendor, pushed(externalCallId="second"))
    Organization.objects.filter(pk=organization.pk).update(redacted_kinds=kinds)

    with statements_made() as now:
        ingested(vendor, pushed(externalCallId="third"))

    assert len(now) == len(before)


def test_numbers_by_which_calls_are_known_stay(user: User) -> None:
    make_account(user)
    assert deliver(inbound_transcription("conv_1")).status == 200

    call = Call.objects.get()
    assert call.from_number.startswith("+1")
    assert call.provider_call_id == "conv_1"
