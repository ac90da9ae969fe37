"""Who was asked to take a caller over, on the pages of both calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import Call, OfferState, Transfer, TransferOffer, TransferState
from tests.admin_site import page_of, statements_of, text_of
from tests.clients import logged_in
from tests.factories import make_call, make_prompt, make_user
from tests.presence import make_present
from tether_calls.accounts.models import User
from tether_calls.common.admin.display import moment

REASON = "Wants another <b>address</b>."


@pytest.fixture
def call(user: User) -> Call:
    """The agent's."""
    assert user.organization is not None
    return make_call(user, provider="elevenlabs", ai_agent=make_prompt(user.organization, name="Mia"))


@pytest.fixture
def leg(user: User, call: Call) -> Call:
    return make_call(user, provider="twilio", direction="inbound", transferred_from=call)


def make_transfer(call: Call, leg: Call | None, **fields: Any) -> Transfer:
    return Transfer.objects.create(
        **{
            "organization_id": call.organization_id,
            "call": call,
            "provider": "elevenlabs",
            "reason": REASON,
            "summary": "Ada ordered on Monday.",
            "from_number": "+14165550171",
            "transfer_number": "+14165550111",
            "state": TransferState.CONNECTED,
            "leg": leg,
            "expires_at": timezone.now(),
            **fields,
        }
    )


def make_offer(transfer: Transfer, user: User, state: str, **fields: Any) -> TransferOffer:
    known = {"organization_id": transfer.organization_id, "transfer": transfer, "user": user, "state": state}
    return TransferOffer.objects.create(**{**known, "until": timezone.now(), **fields})


def test_both_pages_say_who_was_asked_and_what_they_answered(staff: Client, user: User, call: Call, leg: Call) -> None:
    colleague = make_user(organization=user.organization, full_name="Kim Lee")
    now = timezone.now()
    transfer = make_transfer(call, leg)
    make_offer(transfer, colleague, OfferState.DECLINED, ended_at=now)
    accepted, ended = now + timedelta(minutes=3), now + timedelta(minutes=5)
    make_offer(transfer, user, OfferState.CONNECTED, accepted_at=accepted, ended_at=ended)

    for seen, other, name in ((call, leg, "The call with the person"), (leg, call, "The agent's call")):
        response = staff.get(page_of(seen))
        text = text_of(response)
        shown = text.partition("Handed over")[2]
        for words in ("Connected", REASON, "Ada ordered on Monday.", name, "Declined"):
            assert words in shown, words
        assert shown.index("Kim Lee") < shown.index(user.full_name)
        assert f"accepted {moment(accepted, with_seconds=True)}" in shown
        assert f"connected {moment(ended, with_seconds=True)}" in shown
        assert f'href="{page_of(other)}"' in response.content.decode()
        assert "<b>address</b>" not in response.content.decode()


def test_a_person_who_was_asked_in_vain_is_there_before_a_call_arrives(staff: Client, user: User, call: Call) -> None:
    make_offer(make_transfer(call, None, state=TransferState.NOBODY), user, OfferState.TIMED_OUT)
    text = text_of(staff.get(page_of(call)))
    assert "Nobody took it" in text
    assert "Timed out" in text
    assert "The call with the person" not in text


def test_without_a_transfer_there_is_no_such_part(staff: Client, user: User, call: Call, leg: Call) -> None:
    for seen in (call, leg, make_call(user)):
        assert "transfers-heading" not in staff.get(page_of(seen)).content.decode()


def test_many_offers_cost_no_more_statements(staff: Client, user: User, call: Call, leg: Call) -> None:
    transfer = make_transfer(call, leg)
    make_offer(transfer, user, OfferState.DECLINED)
    staff.get(page_of(call))
    few = len(statements_of(staff, page_of(call)))
    for _ in range(5):
        make_offer(transfer, make_user(organization=user.organization), OfferState.TIMED_OUT)
        make_offer(make_transfer(call, leg, state=TransferState.ENDED), user, OfferState.AWAY)
    assert len(statements_of(staff, page_of(call))) == few


def test_a_transfer_of_another_organization_is_not_shown(
    staff: Client, user: User, other_user: User, call: Call
) -> None:
    theirs = make_call(other_user, provider="elevenlabs")
    make_offer(make_transfer(theirs, None), other_user, OfferState.CONNECTED)
    assert "transfers-heading" not in staff.get(page_of(call)).content.decode()
    assert staff.get(page_of(theirs)).status_code in (302, 404)


def test_the_moment_of_an_answer_is_kept(user: User, call: Call) -> None:
    make_present(user)
    transfer = make_transfer(call, None, state=TransferState.OFFERED, conversation_id="conv_1")
    offer = make_offer(transfer, user, OfferState.OFFERED, until=timezone.now() + timedelta(seconds=30))
    before = timezone.now()

    for _ in range(2):
        assert logged_in(user).post(f"/api/calls/transfers/{transfer.pk}/accept").status == 200

    offer.refresh_from_db()
    assert offer.accepted_at is not None
    assert before <= offer.accepted_at <= timezone.now()
