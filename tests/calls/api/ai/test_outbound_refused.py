"""POST /api/calls/ai/outbound: what is refused before anybody is asked to dial. Nothing is left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from calls.demo.simulator import Simulator
from calls.models import PhoneNumber, Prompt, VoiceAccount
from tests.calls.api.ai.outbound import (
    OUTBOUND,
    Office,
    assert_invalid,
    assert_refused,
    customer,
    dials,
    make_number,
    nothing_kept_or_dialled,
    outbound,
)
from tests.calls.api.ingesting import nothing_kept
from tests.clients import ApiClient, vendor_of
from tests.factories import UNKNOWN_ID, make_contact, make_prompt, make_user
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_happens(office: Office, simulator: Simulator) -> Iterator[None]:
    """To be asked for where the test itself makes no rows."""
    with nothing_kept_or_dialled(simulator):
        yield


@pytest.mark.parametrize("fields", [{}, {"callReason": "None"}, {"contactId": ""}, {"phoneNumber": None}])
def test_neither_contact_nor_number(api: ApiClient, nothing_happens: None, fields: dict[str, Any]) -> None:
    assert_invalid(outbound(api, fields), "contactId")


@pytest.mark.parametrize(
    "number",
    [
        *("+", "0", "hello", "12", "+1", "+1202555", "+12025550190999999", "++12025550190", "(202) 555-0190"),
        *("+0123456789", "+99912345678", "+12025550190 ext. 4", "9" * 10_000, "+12025550190;x", "sip:dana@example.com"),
        *("+1 202 555 019O", "+12025550190, +12025550191", "anonymous", "+266696687", "+1 800 FLOWERS"),
    ],
)
def test_a_number_that_cannot_be_dialled(api: ApiClient, nothing_happens: None, number: str) -> None:
    assert_invalid(outbound(api, phoneNumber=number), "phoneNumber")


def test_a_contact_whose_number_cannot_be_dialled(api: ApiClient, office: Office, simulator: Simulator) -> None:
    contact = make_contact(office.agent.organization, phone_number="+123")

    assert_invalid(outbound(api, contactId=contact.pk), "contactId")
    assert dials(simulator) == 0


@pytest.mark.parametrize("contact_id", [UNKNOWN_ID, "x", "64F0A1B2C3D4E5F6A7B8C9D0", "ü" * 10_000])
def test_an_unknown_contact(api: ApiClient, nothing_happens: None, contact_id: str) -> None:
    assert_refused(outbound(api, contactId=contact_id, phoneNumber=customer(0)), 404, "CONTACT_NOT_FOUND")


def test_a_contact_of_another_organization(
    api: ApiClient, office: Office, other_user: User, simulator: Simulator
) -> None:
    assert other_user.organization is not None
    theirs = make_contact(other_user.organization, phone_number=customer(1))

    answer = outbound(api, contactId=theirs.pk)

    assert answer.content == outbound(api, contactId=UNKNOWN_ID).content
    assert_refused(answer, 404, "CONTACT_NOT_FOUND")
    assert dials(simulator) == 0


@pytest.mark.parametrize("agent_id", [UNKNOWN_ID, "agent_1", "ü" * 10_000])
def test_an_unknown_agent(api: ApiClient, nothing_happens: None, agent_id: str) -> None:
    assert_refused(outbound(api, phoneNumber=customer(1), agentId=agent_id), 400, "AGENT_NOT_FOUND")


def test_an_agent_of_another_organization(api: ApiClient, office: Office, other_user: User) -> None:
    assert other_user.organization is not None
    theirs = make_prompt(other_user.organization, elevenlabs_agent_id="agent_1")

    assert_refused(outbound(api, phoneNumber=customer(1), agentId=theirs.pk), 400, "AGENT_NOT_FOUND")


def test_no_agent_with_a_voice(api: ApiClient, office: Office, other_user: User) -> None:
    assert other_user.organization is not None
    make_prompt(other_user.organization, elevenlabs_agent_id="agent_1")
    Prompt.objects.filter(pk=office.agent.pk).update(voice_enabled=False)

    with nothing_kept():
        assert_refused(outbound(api, phoneNumber=customer(1)), 400, "NO_VOICE_AGENT")
        assert_refused(outbound(api, phoneNumber=customer(1), agentId=office.agent.pk), 400, "NO_VOICE_AGENT")


@pytest.mark.parametrize("elevenlabs_id", [None, ""])
@pytest.mark.parametrize("named", [True, False])
def test_an_agent_that_is_not_synced(api: ApiClient, office: Office, elevenlabs_id: str | None, named: bool) -> None:
    Prompt.objects.update(elevenlabs_agent_id=elevenlabs_id)
    fields = {"agentId": office.agent.pk} if named else {}

    with nothing_kept():
        assert_refused(outbound(api, phoneNumber=customer(1), **fields), 400, "AGENT_NOT_SYNCED")


@pytest.mark.parametrize("change", [{"ai_enabled": False}, {"provider": "twilio"}, {"user": None}])
@pytest.mark.parametrize("named", [True, False])
def test_no_number_of_sinch_with_ai(api: ApiClient, office: Office, change: dict[str, Any], named: bool) -> None:
    PhoneNumber.objects.update(**change)
    fields = {"fromNumber": office.number.phone_number} if named else {}

    with nothing_kept():
        assert_refused(outbound(api, phoneNumber=customer(1), **fields), 400, "NO_AI_NUMBER")


@pytest.mark.parametrize("number", ["+12025550199", "nonsense", "9" * 10_000])
def test_a_number_to_call_from_that_nobody_has(api: ApiClient, nothing_happens: None, number: str) -> None:
    assert_refused(outbound(api, phoneNumber=customer(1), fromNumber=number), 400, "NO_AI_NUMBER")


@pytest.mark.parametrize("colleague", [True, False])
def test_a_number_of_another_user(api: ApiClient, office: Office, other_user: User, colleague: bool) -> None:
    owner = make_user(organization=office.user.organization) if colleague else other_user
    theirs = make_number(owner, phone_number="+12025550111")

    assert_refused(outbound(api, phoneNumber=customer(1), fromNumber=theirs.phone_number), 400, "NO_AI_NUMBER")


@pytest.mark.parametrize("number_id", [None, ""])
def test_a_number_that_is_not_on_the_trunk(api: ApiClient, office: Office, number_id: str | None) -> None:
    PhoneNumber.objects.update(elevenlabs_phone_number_id=number_id)

    with nothing_kept():
        assert_refused(outbound(api, phoneNumber=customer(1)), 400, "NUMBER_NOT_ON_TRUNK")
        answer = outbound(api, phoneNumber=customer(1), fromNumber=office.number.phone_number)
    assert_refused(answer, 400, "NUMBER_NOT_ON_TRUNK")


@pytest.mark.parametrize("secrets", [None, {}, {"api_key": ""}])
def test_no_credentials(api: ApiClient, office: Office, simulator: Simulator, secrets: dict[str, str] | None) -> None:
    if secrets is None:
        office.account.delete()
    else:
        VoiceAccount.objects.update(secrets=secrets)

    with nothing_kept():
        assert_refused(outbound(api, phoneNumber=customer(1)), 500, "PROVIDER_ERROR")
    assert dials(simulator) == 0


@pytest.mark.parametrize("field", ["contactId", "phoneNumber", "agentId", "fromNumber", "callReason"])
@pytest.mark.parametrize("value", [12025550190, 1.5, True, [], ["+12025550190"], {"$ne": None}])
def test_a_field_that_is_no_text(api: ApiClient, nothing_happens: None, field: str, value: Any) -> None:
    assert_invalid(outbound(api, {"phoneNumber": customer(0), field: value}), field)


def test_a_reason_that_is_too_long(api: ApiClient, nothing_happens: None) -> None:
    assert_invalid(outbound(api, phoneNumber=customer(0), callReason="x" * 5_001), "callReason")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_a_body_that_is_not_json(api: ApiClient, nothing_happens: None, body: bytes) -> None:
    assert outbound(api, body).status == 400


@pytest.mark.parametrize("body", [[], "text", 1, [{"phoneNumber": customer(0)}]])
def test_a_body_that_is_no_object(api: ApiClient, nothing_happens: None, body: Any) -> None:
    assert_refused(outbound(api, json.dumps(body).encode()), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("field", ["contactId", "phoneNumber", "agentId", "fromNumber", "callReason"])
@pytest.mark.parametrize("text", ["\0", "\\ud800"])
def test_text_that_no_database_keeps(api: ApiClient, nothing_happens: None, field: str, text: str) -> None:
    body = json.dumps({"phoneNumber": customer(0), field: "TEXT"}).replace("TEXT", text.replace("\0", "\\u0000"))

    assert outbound(api, body.encode()).status == 400


def test_only_users_may_call(office: Office) -> None:
    clients = (ApiClient(), ApiClient("nonsense"), vendor_of(office.user))
    for client in clients:
        assert_refused(outbound(client, phoneNumber=customer(0)), 401, "UNAUTHORIZED")


def test_only_post_is_answered(api: ApiClient) -> None:
    assert_refused(api.get(OUTBOUND), 405, "METHOD_NOT_ALLOWED")
