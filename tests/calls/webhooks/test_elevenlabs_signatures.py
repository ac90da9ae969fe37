"""Who sent a delivery: the organization's own secret makes it believed; what is not believed changes nothing."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet

from calls.models import Call, Delivery
from calls.providers.elevenlabs.signature import sign
from tests.calls.providers.bodies import document
from tests.calls.webhooks.elevenlabs_office import (
    AGENT,
    EVENTS,
    PERSONALIZATION,
    SECRET,
    ask,
    audio,
    deliver,
    inbound_transcription,
    make_account,
    make_agent,
    make_ai_number,
    transcription,
)
from tests.clients import Answer, ApiClient
from tests.servers_gone import closed_port
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

CONVERSATION = "conv_1"


@pytest.fixture
def account(user: User) -> Any:
    make_ai_number(user, make_agent(user, AGENT))
    return make_account(user)


def assert_refused(answer: Answer, verdict: str) -> None:
    assert (answer.status, answer.body["code"]) == (401, "INVALID_SIGNATURE")
    assert answer.body["success"] is False
    assert not Call.objects.exists()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.verdict, delivery.call_id) == ("refused", verdict, None)


def test_a_signature_with_another_secret_is_refused(account: Any) -> None:
    assert_refused(deliver(inbound_transcription(CONVERSATION), secret="guessed"), "wrong")


def test_no_signature_is_refused(account: Any) -> None:
    assert_refused(deliver(inbound_transcription(CONVERSATION), signature=""), "missing")


@pytest.mark.parametrize("signature", ["v0=abc", "t=now,v0=" + "0" * 64, "nonsense", "t=1", "t=1,v0=" + "g" * 64])
def test_what_is_no_signature_is_refused(signature: str, account: Any) -> None:
    assert_refused(deliver(inbound_transcription(CONVERSATION), signature=signature), "malformed")


@pytest.mark.parametrize("body", [b"", b'{"type":', b"\xff", b"[" * 5000, b"{} {}"])
def test_what_is_signed_and_not_json_is_told_so(body: bytes, account: Any) -> None:
    assert_refused_as_not_the_protocol(deliver(body))


@pytest.mark.parametrize("body", [b"", b'{"type":', b"\xff", b"[" * 5000, b"{} {}"])
def test_what_is_neither_signed_nor_json_is_refused(body: bytes, account: Any) -> None:
    assert_refused(deliver(body, signature=""), "malformed" if body[:1] != b"[" else "missing")


@pytest.mark.parametrize("name", ["conversation_id", "agent_id", "called_number", "user_id", "type"])
@pytest.mark.parametrize("value", ["1e999", "-1e999", "9" * 500, '"\\ud800"', "NaN"])
def test_a_name_that_is_no_identifier_is_of_nobody(name: str, value: str, account: Any) -> None:
    body = f'{{"{name}": {value}, "data": {{"{name}": {value}}}}}'.encode()

    assert deliver(body, signature="").status == 401
    assert ask(body, secret="guessed").status == 401


def test_a_conversation_with_half_a_letter_is_kept(account: Any) -> None:
    """A text that somebody has cut within an emoji."""
    body = json.dumps(inbound_transcription(CONVERSATION)).replace("Maple", "M\\ud83daple").encode()

    assert deliver(body).status == 200

    assert "M\ufffdaple" in json.dumps(Call.objects.get().ai_transcript, ensure_ascii=False)


def test_a_conversation_with_a_figure_that_is_none_is_kept(account: Any) -> None:
    told = inbound_transcription(CONVERSATION)
    told["data"]["metadata"]["cost"] = math.inf
    told["data"]["analysis"]["data_collection_results"] = {"score": {"value": math.nan}}

    assert deliver(told).status == 200

    call = Call.objects.get()
    assert (call.status, "cost" in call.provider_metadata) == ("completed", False)


def assert_refused_as_not_the_protocol(answer: Answer) -> None:
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.verdict) == ("invalid", "valid")


def test_a_delivery_of_half_an_hour_ago_is_believed(account: Any) -> None:
    assert deliver(inbound_transcription(CONVERSATION), ago=29 * 60).status == 200


def test_a_delivery_of_longer_ago_is_refused(account: Any) -> None:
    assert_refused(deliver(inbound_transcription(CONVERSATION), ago=31 * 60), "stale")


def test_a_delivery_from_the_future_is_refused(account: Any) -> None:
    assert_refused(deliver(inbound_transcription(CONVERSATION), ago=-10 * 60), "future")


def test_a_body_that_differs_by_one_byte_is_refused(account: Any) -> None:
    body = json.dumps(inbound_transcription(CONVERSATION)).encode()
    signature = sign(body=body, secret=SECRET, timestamp=int(time.time()))

    assert_refused(deliver(body.replace(b"Maple", b"Maqle", 1), signature=signature), "wrong")


def test_a_signature_of_another_organization_is_refused(account: Any, other_user: User) -> None:
    make_account(other_user, secrets={"webhook_secret": "of the other"})
    make_agent(other_user, "agent_of_the_other")

    assert_refused(deliver(inbound_transcription(CONVERSATION), secret="of the other"), "wrong")


def test_without_a_configured_secret_nothing_is_believed(user: User) -> None:
    make_ai_number(user, make_agent(user, AGENT))
    make_account(user, secrets={"api_key": "k"})

    assert_refused(deliver(inbound_transcription(CONVERSATION), secret=""), "not_configured")


def test_without_an_account_nothing_is_believed(user: User) -> None:
    make_agent(user, AGENT)

    assert_refused(deliver(inbound_transcription(CONVERSATION)), "not_configured")


def test_what_names_nobody_is_whose_secret_verifies_it(account: Any, other_user: User) -> None:
    make_account(other_user, secrets={"webhook_secret": "of the other"})

    assert deliver(inbound_transcription(CONVERSATION, agent_id="agent_made_over_there")).status == 200
    assert deliver({"type": "weather", "data": {}}, secret="of the other").status == 200

    kept = Delivery.objects.order_by("id").values_list("organization_id", flat=True)
    assert list(kept) == [account.organization_id, other_user.organization_id]


def test_secrets_that_nobody_can_read_any_more_are_only_their_organizations_trouble(
    user: User, other_user: User, settings: Any
) -> None:
    keys = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    make_account(other_user)
    settings.ENCRYPTION_KEYS = keys
    make_account(user)

    assert deliver({"type": "weather", "data": {}}).status == 200
    # Perhaps it is that organization's: our fault, and to be sent again.
    assert deliver({"type": "weather", "data": {}}, secret="guessed").status == 500


def test_what_names_nobody_and_nobody_has_signed_is_refused(account: Any) -> None:
    body = {"type": "post_call_transcription", "data": {"agent_id": "agent_of_nobody"}}

    assert_refused(deliver(body, secret="guessed"), "wrong")


def test_what_names_somebody_is_not_tried_with_others_secrets(account: Any, other_user: User) -> None:
    make_account(other_user, secrets={"webhook_secret": "of the other"})

    assert_refused(deliver(inbound_transcription(CONVERSATION), secret="of the other"), "wrong")


@pytest.mark.parametrize("body", [b"[]", b"7", b'"text"', b"null", b"[" * 50_000])
def test_what_is_signed_and_no_object_is_kept_and_refused(body: bytes, account: Any) -> None:
    answer = deliver(body)

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert Delivery.objects.get().state == "invalid"


def test_an_inactive_organization_is_not_believed(account: Any, user: User) -> None:
    assert user.organization is not None
    user.organization.is_active = False
    user.organization.save()

    assert deliver(inbound_transcription(CONVERSATION)).status == 401


@pytest.mark.parametrize("is_named", [False, True])
def test_of_a_large_refused_body_the_beginning_is_kept(is_named: bool, account: Any, settings: Any) -> None:
    settings.TETHER_BODY_MAX_BYTES = 5000
    agent = AGENT if is_named else "agent_of_nobody"

    deliver(audio(CONVERSATION, b"x" * 100_000, agent_id=agent), secret="guessed")

    delivery = Delivery.objects.get()
    assert len(delivery.body) == 4096
    assert delivery.error.endswith("the first 4096 were kept")


def test_a_refused_body_that_names_an_organization_is_kept_whole(account: Any) -> None:
    told = transcription(CONVERSATION, padding="x" * 200_000)

    deliver(told, secret="guessed")

    assert json.loads(bytes(Delivery.objects.get().body)) == told


def test_bytes_of_refused_deliveries_are_bounded(account: Any, settings: Any) -> None:
    settings.TETHER_REFUSED_BYTES = 512 * 1024

    for _ in range(5):
        deliver(transcription(CONVERSATION, padding="x" * 200_000), secret="guessed")

    assert [len(row.body) > 4096 for row in Delivery.objects.order_by("id")] == [True, True, False, False, False]


def test_strangers_use_up_nothing_of_an_organizations_room(account: Any, settings: Any) -> None:
    settings.TETHER_REFUSED_DELIVERIES = 2
    for number in range(5):
        deliver({"type": "x", "data": {"conversation_id": f"conv_{number}"}}, secret="guessed")

    deliver(transcription(CONVERSATION), secret="mistyped")

    kept = [json.loads(bytes(row.body))["data"]["conversation_id"] for row in Delivery.objects.order_by("id")]
    assert kept == ["conv_0", "conv_1", CONVERSATION]


def test_what_is_not_kept_is_not_logged(account: Any, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.TETHER_REFUSED_DELIVERIES = 1

    for _ in range(3):
        deliver(transcription(CONVERSATION), secret="guessed")

    assert len([record for record in caplog.records if "is refused" in record.message]) == 1


def test_only_so_many_refused_deliveries_are_kept(account: Any, settings: Any) -> None:
    settings.TETHER_REFUSED_DELIVERIES = 2

    answers = [deliver(transcription(CONVERSATION), secret="guessed").status for _ in range(4)]

    assert answers == [401] * 4
    assert Delivery.objects.count() == 2


def test_an_hour_later_there_is_room_for_refused_ones_again(
    account: Any, settings: Any, later: Callable[[float], None]
) -> None:
    settings.TETHER_REFUSED_DELIVERIES = 1
    deliver(transcription(CONVERSATION), secret="guessed")
    later(3_599)
    deliver(transcription(CONVERSATION), secret="guessed")
    assert Delivery.objects.count() == 1

    later(3_601)
    deliver(transcription(CONVERSATION), secret="guessed")
    assert Delivery.objects.count() == 2


def test_where_refused_ones_cannot_be_counted_none_is_kept(account: Any, settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"

    assert deliver(transcription(CONVERSATION), secret="guessed").status == 401

    assert not Delivery.objects.exists()


def test_neither_secret_nor_token_is_kept(account: Any) -> None:
    ask(document("elevenlabs/personalization.json"))
    ask(document("elevenlabs/tool_request.json"), path=EVENTS)
    ask(document("elevenlabs/tool_request.json"), path=EVENTS, secret="a guessed token")

    kept = json.dumps(list(Delivery.objects.values_list("headers", "error")))
    assert "tool_test" not in kept
    assert "guessed" not in kept


@pytest.mark.parametrize("path", [EVENTS, PERSONALIZATION])
def test_another_method_is_refused(path: str) -> None:
    assert ApiClient().get(path).status == 405
