"""What a legal hold covers stays, whenever the hold was placed; the certificate says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from calls.models import (
    Call,
    CallScore,
    CriterionScore,
    Delivery,
    IdempotentRequest,
    LegalHold,
    PrivacyRequest,
    ToolCall,
    Transfer,
    WebhookAttempt,
    WebhookMessage,
)
from calls.selectors.privacy.holds import is_held
from calls.services.privacy import work
from calls.services.privacy.legal_holds import place_hold
from contacts.models import Contact
from conversations.models import Message
from tests.calls.canary import NUMBER, WORD, counts, erase, plant, where_it_is
from tests.factories import make_call
from tether_calls.accounts.models import User
from tether_calls.background import turns
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id
from tether_calls.common.personal_data import places

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


def test_of_a_person_under_a_legal_hold_nothing_is_erased(user: User, tmp_path: Path) -> None:
    plant(user)
    LegalHold.objects.create(
        organization_id=user.home_id, scope="number", phone_number=NUMBER, reason="Claim", placed_by=user
    )
    before = {model: len(rows) for model, rows in where_it_is(tmp_path).items()}

    request = erase(user)

    assert request.state == "done"
    assert {found - kept for found, _, kept in counts(request).values()} == {0}
    assert {done for _, done, _ in counts(request).values()} == {0}
    assert all("legal hold" in entry["why"] for entry in request.places if entry["found"])
    after = {model: len(rows) for model, rows in where_it_is(tmp_path).items()}
    assert {**after, "calls.legalhold": 0, "calls.privacyrequest": 0} == {
        **before, "calls.legalhold": 0, "calls.privacyrequest": 0
    }  # fmt: skip


def test_a_period_is_within_what_every_clock_has_a_time_for(user: User) -> None:
    """What is kept is shown by the clock of whoever looks: pages of it would be errors for ever."""
    last = datetime.max.replace(tzinfo=UTC)
    for begins, ends in ((datetime.min.replace(tzinfo=UTC), timezone.now()), (timezone.now(), last)):
        with pytest.raises(TetherError) as refused:
            place_hold(
                user=user, organization_id=user.home_id, scope="period", reason="Claim", begins=begins, ends=ends
            )
        assert refused.value.code == ErrorCode.VALIDATION_ERROR
    assert not LegalHold.objects.exists()


def test_a_call_under_a_legal_hold_stays_with_its_person_and_the_rest_goes(user: User) -> None:
    contact = plant(user)
    held, other = Call.objects.order_by("pk")
    answer = CriterionScore.objects.select_related("score").get()
    CallScore.objects.filter(pk=answer.score_id).update(call=held)
    LegalHold.objects.create(organization_id=user.home_id, scope="call", call_id=held.pk, reason="Claim")

    told = counts(erase(user))

    held.refresh_from_db()
    other.refresh_from_db()
    assert WORD in held.ai_summary
    assert held.recordings.count() == 1
    assert other.ai_summary == ""
    assert Contact.objects.filter(pk=contact.pk).exists()
    assert told["scores"] == told["scoreAnswers"] == (1, 0, 1)
    assert told["recordings"] == (2, 1, 1)
    assert told["contacts"] == (1, 0, 1)


def test_what_was_sent_and_answered_of_a_call_under_a_hold_stays(user: User) -> None:
    plant(user)
    told_of = WebhookMessage.objects.get().call_id
    LegalHold.objects.create(organization_id=user.home_id, scope="call", call_id=told_of, reason="Claim")
    answer = IdempotentRequest.objects.get(call_id=told_of).answer

    told = counts(erase(user))

    for place in ("webhookMessages", "webhookAttempts", "toolAnswers", "idempotencyKeys"):
        assert (place, told[place]) == (place, (1, 0, 1))
    assert WebhookAttempt.objects.get().message.call_id == told_of
    assert ToolCall.objects.exists()
    assert IdempotentRequest.objects.get(call_id=told_of).answer == answer


def test_so_does_what_was_asked_in_it_before_it_was_known(user: User) -> None:
    """What an agent asks for while it talks names a conversation; the call is known when that is over."""
    plant(user)
    held, other = Call.objects.order_by("pk")
    LegalHold.objects.create(organization_id=user.home_id, scope="call", call_id=held.pk, reason="Claim")
    Call.objects.filter(pk=held.pk).update(provider_call_id="conv_held")
    Call.objects.filter(pk=other.pk).update(provider_call_id="conv_other")
    asked = Delivery.objects.get(endpoint="elevenlabs")
    asked.call, asked.provider_call_id = None, "conv_held"
    asked.save()
    of_other = copied(asked, provider_call_id="conv_other")

    told = counts(erase(user))

    assert told["deliveries"] == (3, 2, 1)
    assert Delivery.objects.filter(pk=asked.pk).exists()
    assert not Delivery.objects.filter(pk=of_other.pk).exists()


def test_so_does_who_was_handed_over_in_it_though_the_agents_call_is_not_held_or_not_known(user: User) -> None:
    plant(user)
    held, other = Call.objects.order_by("pk")
    Call.objects.filter(pk=held.pk).update(provider_call_id="conv_held")
    LegalHold.objects.create(organization_id=user.home_id, scope="call", call_id=held.pk, reason="Claim")
    Transfer.objects.all().delete()
    staying = [
        make_transfer(user, call=held),
        make_transfer(user, call=other, leg=held),
        make_transfer(user, leg=held),
        make_transfer(user, conversation_id="conv_held"),
    ]
    for going in ({"call": other}, {"leg": other}, {"conversation_id": "conv_other"}):
        make_transfer(user, **going)

    told = counts(erase(user))

    assert told["transfers"] == (7, 3, 4)
    assert list(Transfer.objects.order_by("pk")) == staying


def make_transfer(user: User, **fields: Any) -> Transfer:
    return Transfer.objects.create(
        organization_id=user.home_id, provider="elevenlabs", reason=WORD, summary=WORD, from_number=NUMBER,
        transfer_number="+14165550100", state="ended", expires_at=timezone.now(), **fields,
    )  # fmt: skip


def copied(delivery: Delivery, **fields: Any) -> Delivery:
    other = Delivery.objects.get(pk=delivery.pk)
    for name, value in {"pk": new_object_id(), **fields}.items():
        setattr(other, name, value)
    other.save(force_insert=True)
    return other


@pytest.mark.parametrize("written", ["+5215512345678", "+525512345678"])
def test_a_hold_on_a_number_covers_calls_however_it_was_written(user: User, written: str) -> None:
    """What Mexico's plan was, and is."""
    call = make_call(user, to_number="+5215512345678")
    LegalHold.objects.create(organization_id=user.home_id, scope="number", phone_number=written, reason="Claim")

    assert is_held(organization_id=user.home_id, call_id=call.pk)
    assert not is_held(organization_id=user.home_id, call_id=make_call(user).pk)


def test_a_hold_that_is_placed_meanwhile_keeps_all_that_is_not_erased_yet(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(user)
    one_by_one = tuple(replace(place, at_once=1) for place in places())
    monkeypatch.setattr(work, "places", lambda: one_by_one)
    write = turns.hold

    def placed_after_the_first_message(request: PrivacyRequest, **values: Any) -> None:
        write(request, **values)
        if counts(request)["messages"][1] == 1 and not LegalHold.objects.filter(released_at=None).exists():
            LegalHold.objects.create(
                organization_id=user.home_id, scope="number", phone_number=NUMBER, reason="Claim", placed_by=user
            )

    monkeypatch.setattr(work, "hold", placed_after_the_first_message)

    request = erase(user)

    told = counts(request)
    assert request.state == "done"
    assert told["messages"] == (3, 1, 2)
    assert Message.objects.of_organization(user.home_id).count() == 2
    # Of each place all is gone, as it was before the hold, or all is there.
    others = {place: numbers for place, numbers in told.items() if place != "messages" and numbers[0]}
    assert {found for found, done, kept in others.values() if found not in (done, kept)} == set()
    left = where_it_is(tmp_path)
    for place in places():
        if place.name in others and not place.kept and place.name not in ("recordings", "searchWords"):
            assert (place.name, place.model._meta.label_lower in left) == (place.name, others[place.name][2] > 0)
