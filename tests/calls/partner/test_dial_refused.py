"""POST /api/v1/calls: every row of the table of errors, in the order in which they are checked. Nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from calls.demo.simulator import Simulator
from calls.models import Call, CallStatus, PhoneNumber, VoiceAccount
from calls.services.agent_calls import dial_lock
from tests.accounts.keys import ALL_PERMISSIONS, client_with, make_key
from tests.caches import gone
from tests.calls.api.ai.money import set_rate
from tests.calls.api.ai.outbound import (
    AGENT,
    ANOTHER_AGENT,
    ANOTHER_NUMBER,
    OUR_NUMBER,
    Office,
    customer,
    dials,
    make_number,
    nothing_kept_or_dialled,
)
from tests.calls.api.ingesting import nothing_kept
from tests.calls.partner.dialling import body, checked, dial, post
from tests.calls.partner.partners import CALLS, INVALID_KEY, assert_error, partner_of
from tests.clients import ApiClient, logged_in
from tests.factories import UNKNOWN_ID, make_contact, make_do_not_call, make_prepaid, make_prompt
from tests.refusals import DEEP
from tests.servers_gone import closed_port
from tether_calls.accounts.models import CallingHours, User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_happens(office: Office, simulator: Simulator) -> Iterator[None]:
    """To be asked for where the test itself makes no rows."""
    with nothing_kept_or_dialled(simulator):
        yield


# ---- The key -------------------------------------------------------------------------------------------------------


def test_authentication_required(nothing_happens: None) -> None:
    assert_error(dial(ApiClient()), 401, "authentication_required")
    assert_error(checked(ApiClient().post(f"{CALLS}?api_key=tk_live_x", body())), 401, "authentication_required")


def test_invalid_key(office: Office, simulator: Simulator) -> None:
    for client in (ApiClient("tk_live_nonsense"), logged_in(office.user)):
        answer = dial(client)
        assert (answer.status, answer.body, dials(simulator)) == (401, INVALID_KEY, 0)


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_a_key_that_has_ended_is_an_invalid_one(office: Office, simulator: Simulator, ended: str) -> None:
    a_moment_ago = timezone.now() - timedelta(seconds=1)

    answer = dial(client_with(make_key(office.user, *ALL_PERMISSIONS, **{ended: a_moment_ago})))

    assert (answer.status, answer.body, dials(simulator)) == (401, INVALID_KEY, 0)


def test_permission_denied(office: Office, simulator: Simulator) -> None:
    others = [name for name in ALL_PERMISSIONS if name != "can_initiate_calls"]

    answer = dial(partner_of(office.user, *others))

    assert_error(answer, 403, "permission_denied")
    assert "can_initiate_calls" in answer.body["message"]
    assert dials(simulator) == 0


# ---- The body ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [b"", b" ", b"{", b"[]", b"[{}]", b"1", b"null", b'"text"', b"true", b"{'a': 1}", b'{"a": NaN}', b"\xff", DEEP],
    ids=lambda sent: repr(sent[:12]),
)
def test_invalid_json(partner: ApiClient, nothing_happens: None, sent: bytes) -> None:
    assert_error(post(partner, sent), 400, "invalid_json")


@pytest.mark.parametrize("sent", [b"agent_id=1", b""])
def test_a_form_is_no_json(partner: ApiClient, nothing_happens: None, sent: bytes) -> None:
    answer = checked(partner.post(CALLS, sent, content_type="application/x-www-form-urlencoded"))

    word = (415, "unsupported_media_type") if sent else (400, "invalid_json")
    assert_error(answer, *word)


@pytest.mark.parametrize("number", [None, "", "   "])
def test_missing_phone_number(partner: ApiClient, nothing_happens: None, number: str | None) -> None:
    assert_error(post(partner, {**body(), "phone_number": number}), 400, "missing_phone_number")
    assert_error(post(partner, {}), 400, "missing_phone_number")


@pytest.mark.parametrize("agent", [None, "", "   "])
def test_missing_agent_id(partner: ApiClient, nothing_happens: None, agent: str | None) -> None:
    assert_error(post(partner, {**body(), "agent_id": agent}), 400, "missing_agent_id")
    assert_error(dial(partner, agent_id=None), 400, "missing_agent_id")


@pytest.mark.parametrize(
    "number",
    [
        *("not-a-number", "12", "+", "+1", "+1202555", "+0123456789", "+99912345678", "2025550190"),
        *("12025550190", "+1 202 555 0190 ext. 4", "anonymous", "+266696687", "+1 800 FLOWERS"),
        *(
            "+12025550190;x",
            "+12025550190,+12025550191",
            "sip:dana@example.com",
            "+" + "9" * 10_000,
            "+1202\u00005550190",
        ),
        *(12025550190, 1.5, True, [], ["+12025550190"], {}, {"a": "+12025550190"}),
    ],
    ids=lambda number: repr(number)[:20],
)
def test_invalid_phone_number(partner: ApiClient, nothing_happens: None, number: Any) -> None:
    assert_error(dial(partner, phone_number=number), 400, "invalid_phone_number")


@pytest.mark.parametrize("value", [True, 1.5, [], ["x"], {}, {"a": 1}, "\u0000"], ids=repr)
@pytest.mark.parametrize("name", ["agent_id", "contact_id"])
def test_an_id_that_is_none(partner: ApiClient, nothing_happens: None, name: str, value: Any) -> None:
    answer = dial(partner, **{name: value})

    assert_error(answer, 400, "invalid_request")
    assert name in answer.body["message"]


@pytest.mark.parametrize("levels", [60, 200, 900])
def test_a_body_that_nests_too_deeply(partner: ApiClient, nothing_happens: None, levels: int) -> None:
    deep = json.dumps(body()).encode()[:-1] + b', "x": ' + b"[" * levels + b"]" * levels + b"}"

    answer = post(partner, deep, key="a")

    assert (answer.status, answer.body["error"]) in [(400, "invalid_request"), (400, "invalid_json")]


# ---- What is named -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("agent", [UNKNOWN_ID, "agent_nobody", 0, -1, 7, 2**70, "ü" * 10_000, AGENT.upper()], ids=repr)
def test_agent_not_found(partner: ApiClient, nothing_happens: None, agent: Any) -> None:
    assert_error(dial(partner, agent_id=agent), 404, "agent_not_found")


def test_an_agent_of_another_organization_is_not_found(
    partner: ApiClient, office: Office, other_user: User, simulator: Simulator
) -> None:
    assert other_user.organization is not None
    theirs = make_prompt(other_user.organization, elevenlabs_agent_id=ANOTHER_AGENT)
    nobodys = dial(partner, agent_id=UNKNOWN_ID)

    for name in (theirs.pk, ANOTHER_AGENT):
        answer = dial(partner, agent_id=name)
        assert_error(answer, 404, "agent_not_found")
        assert answer.content == nobodys.content
    assert dials(simulator) == 0


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("elevenlabs_agent_id", None, "The agent is not synced with ElevenLabs"),
        ("voice_enabled", False, "The agent is not enabled for voice"),
    ],
)
def test_an_agent_that_cannot_call_is_not_found(
    partner: ApiClient, office: Office, field: str, value: Any, sentence: str
) -> None:
    setattr(office.agent, field, value)
    office.agent.save()

    answer = dial(partner, agent_id=office.agent.pk)

    assert_error(answer, 404, "agent_not_found")
    assert answer.body["message"] == sentence


@pytest.mark.parametrize(
    "fields",
    [
        {"ai_agent": None},
        {"ai_enabled": False},
        {"provider": "twilio"},
        {"elevenlabs_phone_number_id": None},
    ],
    ids=str,
)
def test_no_phone_number(partner: ApiClient, office: Office, simulator: Simulator, fields: dict[str, Any]) -> None:
    PhoneNumber.objects.filter(pk=office.number.pk).update(**fields)
    another = make_prompt(office.agent.organization)
    make_number(office.user, phone_number=ANOTHER_NUMBER, ai_agent=another)

    assert_error(dial(partner), 404, "no_phone_number")
    assert dials(simulator) == 0


@pytest.mark.parametrize("contact", [UNKNOWN_ID, "x", 17, 0, 2**70, "ü" * 10_000], ids=repr)
def test_a_contact_that_there_is_not(partner: ApiClient, nothing_happens: None, contact: Any) -> None:
    assert_error(dial(partner, contact_id=contact), 404, "not_found")


def test_a_contact_of_another_organization_is_not_found(
    partner: ApiClient, office: Office, other_user: User, simulator: Simulator
) -> None:
    assert other_user.organization is not None
    theirs = make_contact(other_user.organization, phone_number=customer(0))

    answer = dial(partner, contact_id=theirs.pk)

    assert_error(answer, 404, "not_found")
    assert answer.content == dial(partner, contact_id=UNKNOWN_ID).content
    assert dials(simulator) == 0


def test_a_contact_with_another_number_is_not_whom_to_call(
    partner: ApiClient, office: Office, nothing_happens: None
) -> None:
    answer = dial(partner, contact_id=office.contact.pk, phone_number=customer(1))

    assert_error(answer, 400, "invalid_request")
    assert "contact_id" in answer.body["message"]


# ---- Whether it may be called, and is paid for ---------------------------------------------------------------------


def test_do_not_call(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    make_do_not_call(office.agent.organization, phone_number=customer(1))

    with nothing_kept():
        assert_error(dial(partner, phone_number=customer(1)), 403, "do_not_call")
    assert dials(simulator) == 0


def test_outside_calling_hours(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    # An hour of a day that it is nowhere now.
    day = (timezone.now().weekday() + 3) % 7
    CallingHours.objects.create(organization=office.agent.organization, start=time(9), end=time(10), weekdays=1 << day)

    with nothing_kept():
        assert_error(dial(partner, phone_number=customer(1)), 403, "outside_calling_hours", is_of_now=True)
    assert dials(simulator) == 0


def test_insufficient_funds(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    make_prepaid(office.agent.organization, "0.0125")
    set_rate(office, "0.25")

    answer = dial(partner)

    assert answer.status == 402
    assert answer.body == {
        "error": "insufficient_funds",
        "message": "The balance of 0.0125 USD does not cover the first minute of this call, 0.25 USD",
        "current_balance": "0.0125",
        "required_rate": "0.25",
        "currency": "USD",
    }
    assert (dials(simulator), Call.objects.count()) == (0, 0)
    # And it may be tried again at once.
    assert dial(partner).status == 402


def test_what_there_is_no_money_for_is_no_dial_of_the_day(office: Office, simulator: Simulator) -> None:
    partner = partner_of(office.user, dials_per_day=1)
    make_prepaid(office.agent.organization)
    assert [dial(partner).status for _ in range(3)] == [402, 402, 402]

    make_prepaid(office.agent.organization, "100")

    assert dial(partner).status == 201


def test_number_type_not_allowed(
    partner: ApiClient, office: Office, simulator: Simulator, nothing_happens: None
) -> None:
    for number in ("+1 900 555 0199", "+491801234567", "+881612345678", "+447012345678"):
        answer = dial(partner, phone_number=number)
        assert_error(answer, 403, "number_type_not_allowed")


def test_a_type_that_the_organization_is_allowed_to_dial_is_dialled(partner: ApiClient, office: Office) -> None:
    home = office.agent.organization
    home.allowed_number_types = ["premium_rate"]
    home.save()

    assert dial(partner, phone_number="+19005550199").status == 201


def test_a_number_that_would_call_itself_is_an_invalid_request(
    partner: ApiClient, office: Office, nothing_happens: None
) -> None:
    answer = dial(partner, phone_number=OUR_NUMBER)

    assert_error(answer, 400, "invalid_request")
    assert answer.body["message"].startswith("phone_number: ")


# ---- Faults --------------------------------------------------------------------------------------------------------


def test_server_error_where_there_is_no_account_with_the_provider(partner: ApiClient, office: Office) -> None:
    VoiceAccount.objects.all().delete()

    with nothing_kept():
        assert_error(dial(partner), 500, "server_error")


@pytest.mark.parametrize("status", [401, 404, 422, 429])
def test_server_error_where_the_provider_refuses(
    partner: ApiClient, office: Office, simulator: Simulator, status: int
) -> None:
    simulator.fail("elevenlabs", "outbound-call", status=status)

    answer = dial(partner)

    assert_error(answer, 500, "server_error")
    assert "may have been placed" not in answer.body["message"]
    assert Call.objects.get().status == CallStatus.FAILED
    assert dial(partner).status == 201


def test_server_error_where_the_provider_cannot_be_reached(partner: ApiClient, office: Office) -> None:
    office.account.base_url = f"http://127.0.0.1:{closed_port()}"
    office.account.save()

    assert_error(dial(partner), 500, "server_error")


def test_server_error_where_nobody_knows_says_that_it_may_have_been_placed(
    partner: ApiClient, office: Office, simulator: Simulator
) -> None:
    simulator.fail("elevenlabs", "outbound-call", "close", after=True)

    answer = dial(partner)

    assert_error(answer, 500, "server_error")
    assert "may have been placed" in answer.body["message"]
    assert Call.objects.get().status == CallStatus.INITIATED
    again = dial(partner)
    assert_error(again, 429, "rate_limit_exceeded")
    assert 1 <= int(again.headers["Retry-After"]) <= dial_lock.LOCK_SECONDS
    assert dials(simulator) == 1


def test_server_error_where_double_calls_cannot_be_ruled_out(
    partner: ApiClient, nothing_happens: None, settings: Settings
) -> None:
    settings.CACHES = gone()

    answer = dial(partner)

    assert_error(answer, 500, "server_error")
    assert answer.body["message"].startswith("Nothing was dialled")


def test_server_error_where_dials_cannot_be_counted(
    partner: ApiClient, nothing_happens: None, settings: Settings
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"

    answer = dial(partner)

    assert_error(answer, 500, "server_error")
    assert answer.body["message"].startswith("Nothing was dialled")


def test_payload_too_large(partner: ApiClient, nothing_happens: None) -> None:
    assert_error(dial(partner, variables={"a": "x" * 1_100_000}), 413, "payload_too_large")


# ---- The order -----------------------------------------------------------------------------------------------------


def test_of_several_faults_the_first_of_the_table_is_told(
    office: Office, simulator: Simulator, other_user: User
) -> None:
    """From a request that is wrong in every way, one fault is taken away after the other."""
    number, costly = customer(1), "+19005550199"
    partner = partner_of(office.user, dials_per_day=0)
    assert partner.token is not None
    forbidden = make_do_not_call(office.agent.organization, phone_number=costly)
    make_prepaid(office.agent.organization)
    office.number.ai_agent = None
    office.number.save()
    sent: Any = {"variables": 1, "contact_id": UNKNOWN_ID}

    def put(**fields: Any) -> None:
        sent.update(fields)

    def assign() -> None:
        office.number.ai_agent = office.agent
        office.number.save()

    def close() -> None:
        day = (timezone.now() + timedelta(days=3)).weekday()
        hours = {"start": time(0), "end": time(0), "weekdays": 1 << day}
        CallingHours.objects.create(organization=office.agent.organization, **hours)

    def told(client: ApiClient, what: Any) -> tuple[int, str]:
        answer = post(client, what)
        return answer.status, answer.body["error"]

    assert told(ApiClient(), b"{") == (401, "authentication_required")
    assert told(ApiClient("tk_live_x"), b"{") == (401, "invalid_key")
    assert told(partner_of(office.user, "can_read_calls"), b"{") == (403, "permission_denied")
    assert told(partner, b"{") == (400, "invalid_json")
    steps: list[tuple[Callable[[], object], int, str]] = [
        (lambda: None, 400, "missing_phone_number"),
        (lambda: put(phone_number="12"), 400, "missing_agent_id"),
        (lambda: put(agent_id="nobody"), 400, "invalid_phone_number"),
        (lambda: put(phone_number=number), 400, "invalid_variables"),
        (lambda: put(variables={}), 404, "agent_not_found"),
        (lambda: put(agent_id=office.agent.pk), 404, "no_phone_number"),
        (assign, 404, "not_found"),
        (lambda: put(contact_id=None, phone_number=OUR_NUMBER), 400, "invalid_request"),
        (lambda: put(phone_number=costly), 403, "do_not_call"),
        (forbidden.delete, 403, "number_type_not_allowed"),
        (close, 403, "number_type_not_allowed"),
        (lambda: put(phone_number=number), 403, "outside_calling_hours"),
        (lambda: CallingHours.objects.all().delete(), 402, "insufficient_funds"),
        (lambda: make_prepaid(office.agent.organization, "100"), 429, "rate_limit_exceeded"),
    ]
    for change, status, word in steps:
        change()
        assert told(partner, sent) == (status, word)
    assert post(partner_of(office.user), sent).status == 201
    assert dials(simulator) == 1


def test_a_method_without_a_body_reads_as_before(partner: ApiClient) -> None:
    assert partner.get(CALLS).status == 200
    assert partner.get(f"{CALLS}/{new_object_id()}").status == 404
