"""Texts of a person who is erased: here, and at the carrier that has carried them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import LegalHold, OutgoingText, PrivacyRequest
from calls.services.privacy import work
from calls.services.privacy.copies import COPIES
from calls.services.privacy.work import do_privacy_requests
from calls.services.texts.send_text import send_text
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.calls.canary import WORD, counts, erase, plant, where_it_is
from tests.calls.texting import DELIVERED, OUR_NUMBER, make_sinch, make_twilio, simulated, twilio_text
from tests.factories import make_call, make_message
from tests.statements import statements_made
from tether_calls.accounts.models import User
from tether_calls.background import turns
from tether_calls.common.object_id import new_object_id
from tether_calls.common.personal_data import places

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


@pytest.fixture
def carriers() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


def send(user: User, contact: Contact, content: str = f"Hello {WORD}") -> Message:
    return send_text(user=user, contact_id=contact.pk, content=content).message


def texts_at(simulator: Simulator) -> list[str]:
    return [text["body"] for text in simulator.happened()["texts"]]


def test_texts_are_deleted_at_a_carrier_that_deletes_them(user: User, carriers: Simulator, tmp_path: Path) -> None:
    make_twilio(user, base_url=carriers.url)
    contact = plant(user, number=DELIVERED)
    send(user, contact)
    came = carriers.text_in("twilio", from_number=DELIVERED, to=OUR_NUMBER, body=f"It is me, {WORD}")
    twilio_text(From=DELIVERED, Body=f"It is me, {WORD}", MessageSid=came)
    carriers.settle()
    assert len(texts_at(carriers)) == 2

    request = erase(user, phone_number=DELIVERED)

    assert request.state == "done"
    assert counts(request)["textCopy:twilio"] == (2, 2, 0)
    assert texts_at(carriers) == []
    assert where_it_is(tmp_path, number=DELIVERED) == {}


@pytest.mark.parametrize("scope", ["number", "period"])
def test_texts_under_a_legal_hold_are_not_met_again_with_every_slice(
    user: User, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    """Slices are as many as there are texts: each would look at all of them."""
    one_by_one = tuple(replace(place, at_once=1) for place in places())
    monkeypatch.setattr(work, "places", lambda: one_by_one)
    contact = plant(user)
    conversation = Conversation.objects.get()
    day = timezone.now() - timedelta(days=1000)
    covered: dict[str, Any] = {"phone_number": contact.phone_number}
    if scope == "period":
        covered = {"begins": day, "ends": day + timedelta(days=1)}
    LegalHold.objects.create(organization_id=user.home_id, scope=scope, reason="Claim", **covered)

    def statements_of_one_more() -> int:
        call = make_call(user, contact=contact, to_number=contact.phone_number, start_time=day)
        make_message(
            conversation, call_id=call.pk, channel_type="sms", provider="sinch", provider_message_id=new_object_id()
        )
        with statements_made() as made:
            assert erase(user).state == "done"
        return len(made)

    # What is done only once.
    statements_of_one_more()
    counted = [statements_of_one_more() for _ in range(4)]
    assert len({more - before for before, more in pairwise(counted)}) == 1, counted


def test_texts_at_a_carrier_that_deletes_none_are_named(user: User, carriers: Simulator) -> None:
    make_sinch(user, base_url=carriers.url)
    sent = send(user, plant(user, number=DELIVERED))

    request = erase(user, phone_number=DELIVERED)

    assert counts(request)["textCopy:sinch"] == (1, 0, 1)
    (entry,) = (entry for entry in request.places if entry["place"] == "textCopy:sinch")
    assert entry["why"] == f"To be deleted at Sinch: {sent.provider_message_id}."


def test_all_of_them_are_since_their_rows_are_gone(user: User, carriers: Simulator) -> None:
    make_sinch(user, base_url=carriers.url)
    sent = send(user, plant(user, number=DELIVERED))
    ids = [f"01FC{number:04}" for number in range(60)]
    for name in ids:
        make_message(sent.conversation, channel_type="sms", provider="sinch", provider_message_id=name)

    request = erase(user, phone_number=DELIVERED)

    assert counts(request)["textCopy:sinch"] == (61, 0, 61)
    (entry,) = (entry for entry in request.places if entry["place"] == "textCopy:sinch")
    assert [name for name in ids if name not in entry["why"]] == []


def test_a_hold_on_the_person_keeps_texts_at_the_carrier_too(user: User, carriers: Simulator) -> None:
    make_twilio(user, base_url=carriers.url)
    send(user, plant(user, number=DELIVERED))
    LegalHold.objects.create(organization_id=user.home_id, scope="number", phone_number=DELIVERED, reason="Claim")

    request = erase(user, phone_number=DELIVERED)

    assert counts(request)["textCopy:twilio"] == (1, 0, 1)
    assert texts_at(carriers) == [f"Hello {WORD}"]


def test_a_text_that_comes_while_the_person_is_erased_is_deleted_at_the_carrier_too(
    user: User, carriers: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_twilio(user, base_url=carriers.url)
    contact = plant(user, number=DELIVERED)
    write, came = turns.hold, list[Message]()

    def comes_behind_the_copies(request: PrivacyRequest, **values: Any) -> None:
        write(request, **values)
        if values.get("position") == len(COPIES) and not came:
            came.append(send(user, contact))
            carriers.settle()

    monkeypatch.setattr(work, "hold", comes_behind_the_copies)

    request = erase(user, phone_number=DELIVERED)

    assert came
    assert request.state == "done"
    assert counts(request)["textCopy:twilio"] == (1, 1, 0)
    assert texts_at(carriers) == []


def test_a_text_that_a_carrier_is_being_given_is_waited_for(user: User, carriers: Simulator) -> None:
    make_twilio(user, base_url=carriers.url)
    contact = plant(user, number=DELIVERED)
    message = send(user, contact)
    carriers.settle()
    OutgoingText.objects.filter(message=message).update(state="under_way")

    request = erase(user, phone_number=DELIVERED)
    assert request.state == "running"
    assert Contact.objects.filter(pk=contact.pk).exists()

    OutgoingText.objects.filter(message=message).update(state="done")
    PrivacyRequest.objects.filter(pk=request.pk).update(next_turn_at=timezone.now())
    do_privacy_requests()
    assert texts_at(carriers) == []
    assert not Contact.objects.filter(pk=contact.pk).exists()
