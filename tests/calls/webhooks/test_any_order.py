"""A call's requests reach us in any order, also before the one that makes the call known: they come to the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from calls.models import Call, Delivery
from calls.services.deliveries import receive
from calls.services.deliveries.keep import incoming_of
from calls.services.deliveries.process import process
from tests.calls.event_log import events_of
from tests.calls.webhooks import elevenlabs_office, sinch_office, twilio_office
from tests.clients import Answer
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

Step = Callable[[], Answer]
CONVERSATION = "conv_1"


def what_is_left(steps: Sequence[Step]) -> Any:
    """The call as it is after these steps, and how its deliveries are; without the moment at which it was made."""
    with transaction.atomic():
        assert [step().status for step in steps] == [200] * len(steps)
        call = Call.objects.get()
        left = (
            (call.status, call.direction, call.from_number, call.to_number),
            (call.answer_time, call.end_time, call.duration, call.end_reason, call.end_fault),
            call.provider_metadata,
            events_of(call)["call_ended"],
            set(Delivery.objects.values_list("state", flat=True)),
        )
        transaction.set_rollback(True)
    return left


def assert_any_order_comes_to_the_same(steps: Sequence[Step]) -> Any:
    first, *others = [what_is_left(order) for order in permutations(steps)]
    assert others == [first] * len(others)
    return first


def of_sinch(name: str, **fields: Any) -> Step:
    return lambda: sinch_office.deliver(sinch_office.callback(name, callid=sinch_office.INBOUND_ID, **fields))


def of_twilio(action: str, name: str, **fields: str) -> Step:
    return lambda: twilio_office.deliver(action, twilio_office.request(name, **fields))


def of_elevenlabs(told: Any) -> Step:
    return lambda: elevenlabs_office.deliver(told)


def test_a_call_that_comes_in_at_sinch(user: User) -> None:
    sinch_office.make_account(user)
    sinch_office.make_number(user)
    over = of_sinch("dice_answered", **{"from": sinch_office.CALLER, "to": {}, "callHeaders": []})

    left = assert_any_order_comes_to_the_same([of_sinch("ice_inbound"), of_sinch("ace"), over])

    assert (left[0][0], left[1][2], left[3:]) == ("completed", 63, (1, {"processed"}))


@pytest.fixture
def twilio(user: User) -> dict[str, Step]:
    """What Twilio asks and reports of a call that its user answers."""
    twilio_office.make_account(user)
    twilio_office.make_number(user)
    leg = {"From": twilio_office.CALLER, "To": f"client:{user.pk}"}
    first_leg = {
        "CallSid": twilio_office.CALL_SID,
        "ParentCallSid": "",
        "Direction": "inbound",
        "From": twilio_office.CALLER,
        "To": twilio_office.OUR_NUMBER,
        "Timestamp": "Fri, 15 May 2026 09:13:14 +0000",
    }
    return {
        "asked": of_twilio("inbound", "voice_inbound"),
        "answered": of_twilio("status", "status_dialled_answered", **leg),
        "over": of_twilio("status", "status_dialled_completed", **leg),
        "first leg over": of_twilio("status", "status_dialled_completed", **first_leg),
    }


def test_a_call_that_comes_in_at_twilio(twilio: dict[str, Step]) -> None:
    left = assert_any_order_comes_to_the_same([twilio[name] for name in ("asked", "answered", "over")])

    assert (left[0][0], left[1][2], left[3:]) == ("completed", 63, (1, {"processed"}))


def test_it_ends_with_the_leg_that_was_dialled_whichever_is_told_first(twilio: dict[str, Step]) -> None:
    begun = [twilio["asked"], twilio["answered"]]

    left = what_is_left([*begun, twilio["over"], twilio["first leg over"]])

    assert left == what_is_left([*begun, twilio["first leg over"], twilio["over"]])
    # The other one has ended two seconds later.
    assert left[1][1:3] == (datetime(2026, 5, 15, 9, 13, 12, tzinfo=UTC), 63)


def test_a_dial_that_is_said_to_have_failed_and_took_place(user: User) -> None:
    elevenlabs_office.make_account(user)
    elevenlabs_office.make_dialled(user, provider_call_id=CONVERSATION)

    left = assert_any_order_comes_to_the_same(
        [
            of_elevenlabs(elevenlabs_office.transcription(CONVERSATION)),
            of_elevenlabs(elevenlabs_office.failure(CONVERSATION)),
        ]
    )

    assert (left[0][0], left[1][2:]) == ("completed", (42, "agent_hangup", "none"))


def test_a_carrier_is_not_told_to_connect_a_call_whose_end_has_overtaken_it(user: User) -> None:
    sinch_office.make_account(user)
    sinch_office.make_number(user)

    of_sinch("dice_canceled")()
    answer = of_sinch("ice_inbound")()

    assert answer.body["action"] == {"name": "hangup"}
    assert Call.objects.get().status == "canceled"


def test_what_is_ignored_while_its_call_becomes_known_is_applied_by_who_has_it_in_hand(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who follows up has read it as under way, and waits for its lock while another one ignores it."""
    account = sinch_office.make_account(user)
    sinch_office.make_number(user)
    of_sinch("dice_canceled")()
    ignored = Delivery.objects.get()
    with monkeypatch.context() as patch:
        patch.setattr(receive, "follow_up", lambda **_: False)
        of_sinch("ice_inbound")()
    assert (ignored.state, Call.objects.get().status) == ("ignored", "ringing")

    process(delivery=ignored, incoming=incoming_of(ignored), account=account)

    assert (ignored.state, Call.objects.get().status) == ("processed", "canceled")


def test_what_was_ignored_long_ago_is_not_taken_up(user: User) -> None:
    sinch_office.make_account(user)
    sinch_office.make_number(user)
    of_sinch("dice_canceled")()
    Delivery.objects.update(received_at=timezone.now() - timedelta(hours=2))

    of_sinch("ice_inbound")()

    assert Call.objects.get().status == "ringing"
    assert Delivery.objects.get(kind="dice").state == "ignored"
