"""What providers sent, in the admin."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from calls.admin import delivery as admin_of_deliveries
from calls.models import Call, Delivery
from calls.providers.registry import endpoints
from tests.admin_site import (
    found,
    list_of,
    make_delivery,
    page_of,
    statements_of,
    text_of,
)
from tests.calls.providers.orbit.deliveries import OrbitEvents
from tests.calls.webhooks.elevenlabs_office import deliver, event, make_account, make_dialled, transcription
from tests.factories import make_call
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id


def again(delivery_id: str) -> str:
    return reverse("admin:calls_delivery_again", args=[delivery_id])


def failed_delivery(user: User) -> tuple[Call, Delivery]:
    """The end of a call, which a fault of ours has kept from it."""
    make_account(user)
    call = make_dialled(user, provider_call_id="conv_failed")
    deliver(transcription("conv_failed"))
    Call.objects.filter(pk=call.pk).update(status="initiated", ai_transcript=None)
    Delivery.objects.update(state="failed", error="OperationalError", call=None)
    return call, Delivery.objects.get()


def test_the_page_tells_all_of_a_delivery(staff: Client, user: User) -> None:
    assert user.organization is not None
    call = make_call(user)
    delivery = make_delivery(user.organization, call=call, state="failed", error="The recording is no MP3")
    text = text_of(staff.get(page_of(delivery)))
    told = [
        "Failed",
        "Valid",
        "ElevenLabs: post call transcription",
        "The recording is no MP3",
        "elevenlabs-signature",
        "t=1780000000,v0=0",
    ]
    told += ['"type": "post_call_transcription"', "application/json", delivery.provider_call_id, str(call)]
    for words in told:
        assert words in text


def test_what_can_never_be_processed_says_why(staff: Client, user: User) -> None:
    make_account(user)
    deliver(event("post_call_transcription", {"agent_id": "agent_x"}))

    page = text_of(staff.get(page_of(Delivery.objects.get())))

    assert "Invalid" in page
    assert "conversation_id is missing" in page


def test_the_page_links_to_the_call_and_the_call_to_its_deliveries(staff: Client, user: User) -> None:
    call = make_call(user, provider="elevenlabs")
    delivery = make_delivery(user.organization, call=call)
    assert f'href="{page_of(call)}"' in staff.get(page_of(delivery)).content.decode()
    assert f'href="{list_of(Delivery)}?q={call.pk}"' in staff.get(page_of(call)).content.decode()
    assert found(staff, Delivery, q=call.pk) == [delivery]


@pytest.mark.parametrize("size", [300_000, 3_000_000])
def test_audio_is_not_put_into_the_page(size: int, staff: Client, user: User) -> None:
    audio = base64.b64encode(bytes(size)).decode()
    body = json.dumps({"type": "post_call_audio", "data": {"conversation_id": "conv_9", "full_audio": audio}})
    page = staff.get(page_of(make_delivery(user.organization, body=body.encode())))
    assert "conv_9" in text_of(page)
    assert len(page.content) < 200_000


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"CallSid=CA1&From=%2B14165550100", "From: +14165550100"),
        (b"<html>&amp;</html>", "<html>&amp;</html>"),
        (b"\xff\xfe\x00", "\ufffd"),
        (b"", "Body"),
        (b"[" * 100_000, "[[["),
        (b'{"a": "\\ud800"}', '"a": "?"'),
    ],
)
def test_whatever_the_body_is_the_page_opens(body: bytes, words: str, staff: Client, user: User) -> None:
    delivery = make_delivery(user.organization, body=body)
    response = staff.get(page_of(delivery))
    assert response.status_code == 200
    assert words in text_of(response)
    assert "<html>&amp;</html>" not in response.content.decode()  # only escaped


def test_no_list_reads_bodies(root: Client, user: User) -> None:
    make_delivery(user.organization)
    assert not any('"body"' in sql for sql in statements_of(root, list_of(Delivery)))


def test_a_delivery_is_found_by_the_call_s_id_theirs_or_ours(staff: Client, user: User) -> None:
    call = make_call(user, provider="elevenlabs")
    delivery = make_delivery(user.organization, call=call, provider_call_id="conv_wanted")
    make_delivery(user.organization)
    for text in ("conv_wanted", call.pk, delivery.pk):
        assert found(staff, Delivery, q=text) == [delivery]
    assert found(staff, Delivery, q="conv") == []


@pytest.mark.parametrize(
    "query",
    [{"state__exact": "failed"}, {"provider": "sinch"}, {"endpoint": "elevenlabs/personalization"}],
    ids=lambda query: next(iter(query)),
)
def test_filters_narrow_the_list_down(query: dict[str, Any], staff: Client, user: User) -> None:
    wanted = make_delivery(user.organization, state="failed", provider="sinch", endpoint="elevenlabs/personalization")
    make_delivery(user.organization)
    assert found(staff, Delivery, **query) == [wanted]


def test_every_endpoint_is_offered_in_words(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # One by which no provider of ours goes, too.
    monkeypatch.setattr(admin_of_deliveries, "endpoints", lambda: (*endpoints(), OrbitEvents()))

    shown = text_of(staff.get(list_of(Delivery)))

    for words in ("ElevenLabs: personalization", "Twilio: sms status", "Sinch: delivery receipt", " orbit "):
        assert words in shown


def test_deliveries_of_nobody_are_for_superusers(root: Client, staff: Client) -> None:
    refused = make_delivery(None, state="refused", verdict="wrong")
    assert found(root, Delivery) == [refused]
    assert found(staff, Delivery) == []
    assert staff.get(page_of(refused)).status_code == 302
    assert root.get(page_of(refused)).status_code == 200


def test_process_again_on_the_page_brings_the_call_up_to_date(staff: Client, user: User) -> None:
    call, delivery = failed_delivery(user)
    assert again(delivery.pk) in staff.get(page_of(delivery)).content.decode()

    response = staff.post(again(delivery.pk), follow=True)

    assert "Processed again: 1 processed." in text_of(response)
    call.refresh_from_db()
    assert call.status == "completed"


def test_process_again_from_the_list_brings_the_call_up_to_date(staff: Client, user: User) -> None:
    call, delivery = failed_delivery(user)

    form = {"action": "process_again", "_selected_action": [delivery.pk]}
    response = staff.post(list_of(Delivery), form, follow=True)

    assert "Processed again: 1 processed." in text_of(response)
    call.refresh_from_db()
    assert call.status == "completed"


def test_many_at_once_are_left_to_the_command(staff: Client, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.admin.delivery._MOST_AT_ONCE", 1)
    rows = [make_delivery(user.organization, state="failed") for _ in range(2)]

    form = {"action": "process_again", "_selected_action": [row.pk for row in rows]}
    response = staff.post(list_of(Delivery), form, follow=True)

    assert "manage.py replay_deliveries" in text_of(response)
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_a_delivery_that_is_still_not_believed_stays_refused(root: Client) -> None:
    refused = make_delivery(None, state="refused", verdict="wrong")
    assert "Processed again: 1 refused." in text_of(root.post(again(refused.pk), follow=True))


def test_looking_at_a_page_processes_nothing(staff: Client, user: User) -> None:
    _, delivery = failed_delivery(user)
    assert staff.get(again(delivery.pk)).status_code == 405
    assert Delivery.objects.get().state == "failed"


def test_process_again_knows_no_delivery_of_another_organization(staff: Client, other_user: User) -> None:
    _, foreign = failed_delivery(other_user)
    answers = [staff.post(again(delivery_id)) for delivery_id in (foreign.pk, new_object_id())]
    assert [answer.status_code for answer in answers] == [404, 404]
    staff.post(list_of(Delivery), {"action": "process_again", "_selected_action": [foreign.pk]})
    assert Delivery.objects.get().state == "failed"
