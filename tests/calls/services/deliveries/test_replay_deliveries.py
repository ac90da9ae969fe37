"""replay_deliveries and retry_deliveries: what failed, or was left behind by a process that died, is done again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.models import Call, Delivery, Recording, VoiceAccount
from calls.selectors.deliveries.due import MOST_ATTEMPTS
from calls.services.deliveries.replay import retry_deliveries
from tests.admin_site import make_delivery
from tests.calls.webhooks.elevenlabs_office import (
    AGENT,
    audio,
    deliver,
    event,
    make_account,
    make_agent,
    make_dialled,
    transcription,
)
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def office(user: User) -> None:
    make_account(user)
    make_agent(user, AGENT)


def undone(user: User, conversation_id: str, *, state: str = "failed", minutes: float = 60, **fields: Any) -> Call:
    """A dialled call whose end was delivered, and came to nothing."""
    call = make_dialled(user, provider_call_id=conversation_id)
    deliver(transcription(conversation_id))
    Call.objects.filter(pk=call.pk).update(status="initiated")
    at = timezone.now() - timedelta(minutes=minutes)
    known = {"state": state, "call": None, "received_at": at, "processed_at": at, "attempts": 1, **fields}
    Delivery.objects.filter(provider_call_id=conversation_id).update(**known)
    return call


def status_of(call: Call) -> str:
    return Call.objects.values_list("status", flat=True).get(pk=call.pk)


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def broken(user: User) -> Delivery:
    """One that fails however often it is tried, as an earlier version left it."""
    return make_delivery(user.organization, state="failed", body=b"not json", processed_at=timezone.now())


# ---- The command


def test_what_failed_is_applied_to_its_call(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    call = undone(user, "conv_1")

    call_command("replay_deliveries")

    assert status_of(call) == "completed"
    assert capsys.readouterr().out == "Replayed 1 deliveries: 1 processed\n"


def test_audio_that_waits_is_attached_once_its_call_is_there(user: User) -> None:
    deliver(audio("conv_1"))
    call = make_dialled(user, provider_call_id="conv_1", status="completed")

    call_command("replay_deliveries")

    assert Recording.objects.get().call_id == call.pk


def test_one_that_fails_stops_no_other_and_is_named(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    stubborn = broken(user)
    call = undone(user, "conv_1")

    with pytest.raises(CommandError, match=stubborn.pk):
        call_command("replay_deliveries")

    assert status_of(call) == "completed"
    assert capsys.readouterr().out == "Replayed 2 deliveries: 1 invalid, 1 processed\n"


def test_what_is_done_or_older_than_a_day_is_left_alone_unless_it_is_named(user: User) -> None:
    old = undone(user, "conv_1", minutes=60 * 25)
    done = undone(user, "conv_2", state="processed")

    call_command("replay_deliveries")
    assert (status_of(old), status_of(done)) == ("initiated", "initiated")

    call_command("replay_deliveries", *Delivery.objects.values_list("pk", flat=True))
    assert (status_of(old), status_of(done)) == ("completed", "completed")


def test_options_choose_which(user: User, other_user: User, capsys: pytest.CaptureFixture[str]) -> None:
    undone(user, "conv_1", minutes=60 * 48)
    undone(user, "conv_2", state="ignored")
    week = (timezone.now() - timedelta(days=7)).date().isoformat()
    chosen = {
        1: ["--since", week],
        2: ["--since", week, "--state", "failed", "--state", "ignored"],
        0: ["--since", week, "--provider", "sinch"],
    }
    for count, options in chosen.items():
        call_command("replay_deliveries", *options)
        assert capsys.readouterr().out.startswith(f"Replayed {count} deliveries")
        Delivery.objects.filter(provider_call_id="conv_1").update(state="failed")
        Delivery.objects.filter(provider_call_id="conv_2").update(state="ignored")
    call_command("replay_deliveries", "--since", week, "--organization", str(other_user.organization_id))
    assert capsys.readouterr().out == "Replayed 0 deliveries\n"


def test_what_was_refused_is_believed_once_the_secret_is_right(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    call = make_dialled(user, provider_call_id="conv_1")
    assert deliver(transcription("conv_1"), secret="wsec_corrected").status == 401
    call_command("replay_deliveries", "--state", "refused")
    assert states() == ["refused"]

    known = VoiceAccount.objects.get()
    known.secrets = {**known.secrets, "webhook_secret": "wsec_corrected"}
    known.save()
    call_command("replay_deliveries", "--state", "refused")

    assert status_of(call) == "completed"
    assert capsys.readouterr().out.splitlines() == [
        "Replayed 1 deliveries: 1 refused",
        "Replayed 1 deliveries: 1 processed",
    ]


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="--since"):
        call_command("replay_deliveries", "--since", "yesterday")


def test_bodies_are_read_one_at_a_time(user: User) -> None:
    for number in range(3):
        undone(user, f"conv_{number}")

    with CaptureQueriesContext(connection) as captured:
        call_command("replay_deliveries")

    reads = [query["sql"] for query in captured.captured_queries if '"body"' in query["sql"]]
    assert len(reads) == 3
    assert all('"calls_delivery"."id" = ' in sql for sql in reads)


# ---- The periodic task


def test_what_failed_is_tried_again_after_its_pause(user: User) -> None:
    call = undone(user, "conv_1", minutes=0)
    assert retry_deliveries().count == 0

    Delivery.objects.update(processed_at=timezone.now() - timedelta(minutes=2))
    assert retry_deliveries().states == {"processed": 1}
    assert status_of(call) == "completed"


@pytest.mark.parametrize(("attempts", "minutes", "is_due"), [(5, 15, False), (5, 17, True), (9, 250, False)])
def test_pauses_grow(attempts: int, minutes: float, is_due: bool, user: User) -> None:
    undone(user, "conv_1", minutes=minutes, attempts=attempts)

    assert retry_deliveries().count == is_due


def a_day_passes() -> None:
    Delivery.objects.update(processed_at=timezone.now() - timedelta(days=1))


def test_what_can_never_be_processed_is_not_tried_again(user: User) -> None:
    attempts = broken(user).attempts

    for _ in range(3):
        a_day_passes()
        retry_deliveries()

    delivery = Delivery.objects.get()
    assert (delivery.attempts, delivery.state) == (attempts + 1, "invalid")
    assert delivery.error == "The body is not JSON"


def test_a_recording_that_is_none_is_not_tried_again(user: User) -> None:
    make_dialled(user, provider_call_id="conv_1")
    deliver(audio("conv_1", content=b"not an mp3"))

    a_day_passes()

    assert (retry_deliveries().count, states()) == (0, ["invalid"])


def test_what_was_invalid_is_processed_once_it_can_be_read(user: User) -> None:
    call = undone(user, "conv_1", state="invalid", error="The body is not JSON")

    call_command("replay_deliveries", "--state", "invalid")

    assert (status_of(call), states()) == ("completed", ["processed"])
    assert Delivery.objects.get().error == ""


def test_what_fails_for_ever_is_given_up_after_ten_attempts(user: User) -> None:
    undone(user, "conv_1")
    VoiceAccount.objects.all().delete()

    for _ in range(15):
        a_day_passes()
        retry_deliveries()

    assert (Delivery.objects.get().attempts, states()) == (MOST_ATTEMPTS, ["failed"])


def test_what_a_process_that_died_has_left_is_processed(user: User) -> None:
    young = undone(user, "conv_1", state="received", minutes=5, processed_at=None, attempts=0)
    old = undone(user, "conv_2", state="received", minutes=11, processed_at=None, attempts=0)

    retry_deliveries()

    assert (status_of(young), status_of(old)) == ("initiated", "completed")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("calls/sinch", "ice"),
        ("calls/twilio/inbound", "voice inbound"),
        ("calls/twilio/outbound", "voice inbound"),
        ("calls/twilio/outbound", "voice outbound"),
    ],
)
def test_nobody_is_rung_for_a_question_that_a_carrier_asked_long_ago(path: str, kind: str, user: User) -> None:
    call = undone(user, "conv_1")
    Delivery.objects.update(endpoint=path, kind=kind)

    assert retry_deliveries().count == 0
    assert status_of(call) == "initiated"


def test_what_one_provider_calls_a_question_may_be_anothers_event(user: User) -> None:
    call = undone(user, "conv_1")
    Delivery.objects.update(kind="ice")

    assert retry_deliveries().count == 1
    assert status_of(call) == "completed"


def test_the_command_does_what_is_due_as_well(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    due, waiting = undone(user, "conv_1"), undone(user, "conv_2", minutes=0)

    call_command("replay_deliveries", "--due")

    assert (status_of(due), status_of(waiting)) == ("completed", "initiated")
    assert capsys.readouterr().out == "Replayed 1 deliveries: 1 processed\n"


def test_due_goes_with_nothing_else() -> None:
    with pytest.raises(CommandError, match="--due"):
        call_command("replay_deliveries", "--due", "--state", "failed")


def test_what_was_ignored_refused_or_done_is_not_tried_again(user: User) -> None:
    deliver(event("post_call_weather", {"agent_id": "agent_x", "conversation_id": "conv_1"}))
    for state in ("ignored", "refused", "processed"):
        undone(user, f"conv_{state}", state=state)

    assert retry_deliveries().count == 0
