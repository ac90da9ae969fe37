"""A carrier asks whom a browser calls: as many dials, of the numbers, that any other way of dialling permits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from calls.models import Call
from tests.calls.dial_limits import limit_dials
from tests.calls.event_log import events_of
from tests.calls.webhooks import sinch_office, twilio_office
from tests.factories import make_do_not_call, make_user
from tests.servers_gone import closed_port
from tether_calls.accounts.models import Organization, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later")]

OUR_NUMBER, CUSTOMER = twilio_office.OUR_NUMBER, twilio_office.CUSTOMER
assert (OUR_NUMBER, CUSTOMER) == (sinch_office.OUR_NUMBER, sinch_office.CUSTOMER)


@dataclass(frozen=True)
class Carrier:
    """`connects`: ask whom the user's browser calls, in the call with this id; whether it is connected."""

    name: str
    office: Any
    connects: Callable[..., bool]


def _twilio_connects(user: User, call_id: str, *, to: str = CUSTOMER) -> bool:
    told = twilio_office.request("voice_browser", CallSid=call_id, From=f"client:{user.pk}", To=to)
    del told["callId"]
    answer = twilio_office.deliver("outbound", told)
    assert answer.status == 200, answer
    return b"<Dial" in answer.content


def _sinch_connects(user: User, call_id: str, *, to: str = CUSTOMER) -> bool:
    told = sinch_office.callback(
        "ice_browser", callid=call_id, userId=user.pk, callHeaders=[], to={"type": "number", "endpoint": to}
    )
    answer = sinch_office.deliver(told)
    assert answer.status == 200, answer
    return bool(answer.body["action"]["name"] == "connectPstn")


CARRIERS = (
    Carrier("twilio", twilio_office, _twilio_connects),
    Carrier("sinch", sinch_office, _sinch_connects),
)


@pytest.fixture(params=CARRIERS, ids=lambda carrier: carrier.name)
def carrier(request: pytest.FixtureRequest, user: User) -> Carrier:
    """The one that `user`'s organization has, with the number that the user calls from."""
    chosen: Carrier = request.param
    chosen.office.make_account(user)
    chosen.office.make_number(user)
    return chosen


def call_id(number: int) -> str:
    """As Twilio makes them; Sinch's may be anything."""
    return f"CA{number:032}"


def ended_as(number: int) -> tuple[str, Any]:
    call = Call.objects.get(provider_call_id=call_id(number))
    assert events_of(call)["call_ended"] == 1
    return call.status, call.provider_metadata["failureReason"]


def test_a_user_dials_ten_times_a_minute_in_the_browser_too(user: User, carrier: Carrier) -> None:
    connected = [carrier.connects(user, call_id(number)) for number in range(11)]

    assert connected == [True] * 10 + [False]
    assert ended_as(10) == ("failed", "dial_limit_reached")


def test_a_carrier_that_asks_again_does_not_dial_again(user: User, carrier: Carrier, settings: Any) -> None:
    limit_dials(settings, minute=2)

    assert [carrier.connects(user, call_id(1)) for _ in range(4)] == [True] * 4
    assert [carrier.connects(user, call_id(number)) for number in (2, 3)] == [True, False]
    # And what was refused stays so, when there is room again.
    limit_dials(settings, minute=9)
    assert not carrier.connects(user, call_id(3))


def test_the_hour_of_the_organization_is_for_all_of_its_users(
    user: User, carrier: Carrier, home: Organization, settings: Any
) -> None:
    limit_dials(settings, hour=1)
    colleague = make_user(organization=home)

    assert carrier.connects(user, call_id(1))
    assert not carrier.connects(colleague, call_id(2))


def test_what_is_refused_is_not_counted(user: User, carrier: Carrier, home: Organization, settings: Any) -> None:
    limit_dials(settings, minute=1)
    make_do_not_call(home, phone_number="+14165550135")

    assert not carrier.connects(user, call_id(1), to="+14165550135")
    assert not carrier.connects(user, call_id(2), to="+19005550199")
    assert carrier.connects(user, call_id(3))


@pytest.mark.parametrize("number", ["+19005550199", "+491801234567", "+881612345678", "+447012345678"])
def test_a_number_that_costs_whoever_calls_it_is_not_dialled(user: User, carrier: Carrier, number: str) -> None:
    assert not carrier.connects(user, call_id(1), to=number)

    assert ended_as(1) == ("failed", "number_type_not_allowed")


def test_an_organization_dials_the_types_that_it_is_allowed_to(
    user: User, carrier: Carrier, home: Organization
) -> None:
    home.allowed_number_types = ["satellite"]
    home.save()

    assert carrier.connects(user, call_id(1), to="+881612345678")
    assert not carrier.connects(user, call_id(2), to="+19005550199")


def test_a_number_does_not_call_itself(user: User, carrier: Carrier) -> None:
    assert not carrier.connects(user, call_id(1), to=OUR_NUMBER)

    assert ended_as(1) == ("failed", "own_number")


def test_without_redis_nothing_is_dialled(user: User, carrier: Carrier, settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"

    assert not carrier.connects(user, call_id(1))

    assert ended_as(1) == ("failed", "limit_unavailable")
