"""What changes a transfer locks its rows in one order: on PostgreSQL nobody waits for somebody who waits for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from calls.models import Call, Transfer, TransferOffer
from calls.reports import Authority, CallReport
from calls.services.lifecycle.apply_report import apply_report
from calls.services.transfers.answer_offer import decline_offer
from calls.services.transfers.arrive import route_arrived, route_to_next
from calls.services.transfers.pass_on import pass_on_transfers
from tests.factories import make_call, make_user
from tests.halfway import halfway
from tests.presence import make_present
from tether_calls.accounts.models import User

LINE = "+14165550111"


@pytest.fixture
def colleague(user: User) -> User:
    found = make_user(organization=user.organization)
    make_present(user, found)
    return found


@pytest.fixture
def agents_call(user: User) -> Call:
    return make_call(user, provider="elevenlabs", provider_call_id="conv_1", status="in-progress", duration=None)


@pytest.fixture
def leg(user: User, agents_call: Call) -> Call:
    return make_call(
        user, provider="twilio", direction="inbound", status="ringing", duration=None, transferred_from=agents_call
    )


@pytest.fixture
def transfer(user: User, leg: Call, agents_call: Call) -> Transfer:
    """The caller has arrived, and rings the user."""
    assert user.organization is not None
    transfer = Transfer.objects.create(
        organization=user.organization,
        call=agents_call,
        provider="elevenlabs",
        transfer_number=LINE,
        leg=leg,
        expires_at=timezone.now() + timedelta(minutes=2),
    )
    soon = timezone.now() + timedelta(seconds=30)
    TransferOffer.objects.create(organization=user.organization, transfer=transfer, user=user, until=soon)
    return transfer


def offers() -> dict[str, str]:
    return dict(TransferOffer.objects.values_list("user_id", "state"))


def answered(leg: Call) -> None:
    report = CallReport(provider="twilio", status="in-progress", answer_time=timezone.now())
    apply_report(organization_id=leg.organization_id, call_id=leg.pk, report=report)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers take turns")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("doing", ["the next one is rung", "they decline", "its time is over"])
def test_while_a_transfer_goes_on_to_the_next_person_its_call_may_be_answered(
    user: User, colleague: User, leg: Call, transfer: Transfer, doing: str
) -> None:
    online = {user.pk, colleague.pk}
    steps: dict[str, tuple[Callable[[], object], dict[str, str]]] = {
        "the next one is rung": (
            lambda: route_to_next(leg=leg, online=online),
            {user.pk: "timed_out", colleague.pk: "connected"},
        ),
        "they decline": (
            lambda: decline_offer(user=user, transfer_id=transfer.pk, online=online),
            {user.pk: "connected", colleague.pk: "ended"},
        ),
        "its time is over": (pass_on_transfers, {user.pk: "connected"}),
    }
    first, asked = steps[doing]
    if doing == "its time is over":
        Transfer.objects.update(expires_at=timezone.now())

    halfway(first, lambda: answered(leg), after='UPDATE "calls_transferoffer"')

    transfer.refresh_from_db()
    assert (transfer.state, offers()) == ("connected", asked)


@pytest.mark.django_db
def test_who_talks_to_the_caller_has_taken_them_and_whoever_is_asked_besides_is_free(
    user: User, colleague: User, leg: Call, transfer: Transfer
) -> None:
    decline_offer(user=user, transfer_id=transfer.pk, online={user.pk, colleague.pk})
    assert offers() == {user.pk: "declined", colleague.pk: "offered"}
    answered(leg)  # in the browser that still rang
    assert offers() == {user.pk: "connected", colleague.pk: "ended"}


@pytest.mark.django_db
def test_that_somebody_answered_counts_also_where_it_is_told_after_the_end(
    user: User, colleague: User, leg: Call, transfer: Transfer
) -> None:
    def told(**fields: Any) -> None:
        report = CallReport(provider="twilio", **fields)
        apply_report(organization_id=leg.organization_id, call_id=leg.pk, report=report)

    told(status="no-answer", authority=Authority.GIVEN_UP)
    assert offers() == {user.pk: "ended"}
    told(status="completed", duration=20.0)

    transfer.refresh_from_db()
    assert (transfer.state, offers()) == ("connected", {user.pk: "connected"})


@pytest.mark.django_db
def test_a_caller_who_has_hung_up_in_the_moment_rings_nobody(
    user: User, colleague: User, leg: Call, transfer: Transfer
) -> None:
    stale = Call.objects.get(pk=leg.pk)
    report = CallReport(provider="twilio", status="canceled")
    apply_report(organization_id=leg.organization_id, call_id=leg.pk, report=report)
    online = {user.pk, colleague.pk}
    routes = [
        route_arrived(leg=stale, transfer_id=transfer.pk, online=online),
        route_to_next(leg=stale, online=online),
    ]
    assert {getattr(route, "reason", route) for route in routes} == {"ended"}
    assert offers() == {user.pk: "ended"}
