"""A person is erased while something is under way, and by workers that are cut off."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from calls.models import Call, Delivery, LiveCall, PrivacyRequest, Recording
from calls.reports import CallReport, StoredRecording, TranscriptTurn
from calls.services.lifecycle.apply_report import AppliedReport
from calls.services.lifecycle.record_report import record_report
from calls.services.privacy import work
from calls.services.privacy.ask import ask
from calls.services.privacy.certificates import verified
from calls.services.privacy.copies import COPIES
from calls.services.privacy.work import do_privacy_requests
from tests.calls.canary import NUMBER, WORD, counts, erase, plant, where_it_is
from tests.factories import make_call, make_user, mp3_bytes
from tether_calls.accounts.models import User
from tether_calls.background import turns
from tether_calls.common.personal_data import places
from tether_calls.realtime.models import EventLog

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


def test_nothing_is_erased_while_the_person_is_in_a_call(user: User, tmp_path: Path) -> None:
    contact = plant(user)
    call = make_call(user, contact=contact, to_number=NUMBER, status="in-progress")

    request = erase(user)

    assert request.state == "running"
    assert Call.objects.exclude(person_erased_at=None).count() == 0
    Call.objects.filter(pk=call.pk).update(status="completed")
    PrivacyRequest.objects.filter(pk=request.pk).update(next_turn_at=timezone.now())
    do_privacy_requests()
    assert where_it_is(tmp_path) == {}


def test_what_a_provider_tells_afterwards_is_refused(user: User, tmp_path: Path) -> None:
    plant(user)
    call = Call.objects.get(provider="elevenlabs")
    erase(user)
    late = CallReport(
        provider="elevenlabs",
        provider_call_id=call.provider_call_id,
        status="completed",
        to_number=NUMBER,
        transcript=(TranscriptTurn(role="user", message=WORD, timestamp=1.0),),
        summary=WORD,
    )
    stored = StoredRecording(name="late.mp3", size=1, sha256="1" * 64, duration=1.0)

    applied = record_report(organization_id=user.home_id, report=late, may_create=True, stored=stored)

    assert applied is not None
    assert not applied.stored_is_used
    assert not Recording.objects.exists()
    assert where_it_is(tmp_path) == {}


def test_a_live_calls_final_push_afterwards_is_one_that_is_known(user: User) -> None:
    plant(user)

    erase(user)

    assert LiveCall.objects.get().state == "kept"


@pytest.mark.parametrize("place", ["recordings", "events", "calls", "contacts"])
def test_audio_that_comes_while_they_are_erased_is_erased_too(
    user: User, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(user)
    call = Call.objects.get(provider="elevenlabs")
    names = [*COPIES, *(each.name for each in places())]
    write = turns.hold
    came: list[AppliedReport | None] = []

    def comes_behind_the_place(request: PrivacyRequest, **values: Any) -> None:
        write(request, **values)
        if values.get("position") == names.index(place) + 1 and not came:
            came.append(_audio_of(call))

    monkeypatch.setattr(work, "hold", comes_behind_the_place)

    request = erase(user)

    assert came
    assert request.state == "done"
    assert where_it_is(tmp_path) == {}
    assert not Recording.objects.exists()


def _audio_of(call: Call) -> AppliedReport | None:
    """A provider's delivery with it, kept and not processed yet; and the same processed, its file stored already."""
    body = {"conversation_id": call.provider_call_id, "full_audio": WORD}
    Delivery.objects.create(
        organization=call.organization, endpoint="elevenlabs", provider="elevenlabs", kind="post_call_audio",
        provider_call_id=str(call.provider_call_id), state="received", verdict="valid", url="/x",
        body=json.dumps(body).encode(),
    )  # fmt: skip
    name = f"{call.organization_id}/2026-05-15/{'a' * 40}.mp3"
    storages["recordings"].save(name, ContentFile(mp3_bytes() + WORD.encode()))
    stored = StoredRecording(name=name, size=1, sha256="1" * 64, duration=1.0)
    report = CallReport(provider="elevenlabs", provider_call_id=call.provider_call_id, status="completed")
    applied = record_report(organization_id=call.organization_id, report=report, may_create=True, stored=stored)
    if applied is None or not applied.stored_is_used:
        # As whoever has stored it does.
        storages["recordings"].delete(name)
    return applied


# ---- Cut off ---------------------------------------------------------------------------------------------------


class CutOff(BaseException):
    """As if the process were killed: nothing handles it."""


@pytest.mark.django_db(transaction=True)
def test_cut_off_at_every_step_the_certificate_is_complete_and_true(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = make_user()
    plant(whole)
    expected = counts(erase(whole))
    user = make_user()
    plant(user)
    request = ask(user=user, organization_id=user.home_id, kind="erase", phone_number=NUMBER)
    write = turns.hold

    cut_off_at, cuts, stood = 1, 0, (-1, "", 0)
    while not _is_done_when_cut_off_at(cut_off_at, monkeypatch, write):
        cuts += 1
        request.refresh_from_db()
        went_on = (request.position, request.cursor, request.rounds) != stood
        stood = (request.position, request.cursor, request.rounds)
        # A step further than the last one came: its first was what had been undone.
        cut_off_at = 2 if went_on else cut_off_at + 1
        PrivacyRequest.objects.filter(pk=request.pk).update(leased_until=timezone.now(), failures=0)
    request.refresh_from_db()

    assert cuts > 30
    assert request.state == "done"
    assert counts(request) == expected
    assert verified(request.certificate)["places"] == [
        {name: value for name, value in entry.items() if name != "why" or value} for entry in request.places
    ]
    assert where_it_is(tmp_path) == {}


def _is_done_when_cut_off_at(step: int, monkeypatch: pytest.MonkeyPatch, write: Callable[..., None]) -> bool:
    """Whether a worker comes to the end that is cut off before it writes down its so-many-th step."""
    steps: list[int] = []

    def cut_off(*args: Any, **values: Any) -> None:
        steps.append(1)
        if len(steps) == step:
            raise CutOff
        write(*args, **values)

    with monkeypatch.context() as patched:
        patched.setattr(work, "hold", cut_off)
        try:
            do_privacy_requests()
        except CutOff:
            return False
    return True


@pytest.mark.parametrize("done", range(0, 30, 5))
def test_an_erasure_that_an_update_with_one_more_place_cuts_in_two_erases_all_and_counts_it_once(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    plant(user)
    write = turns.hold

    class CutOff(BaseException):
        pass

    def is_cut_off(request: PrivacyRequest, **values: Any) -> None:
        write(request, **values)
        if values.get("position") == done + 1:
            raise CutOff

    with monkeypatch.context() as patched:
        patched.setattr(work, "hold", is_cut_off)
        with pytest.raises(CutOff):
            erase(user)
    request = PrivacyRequest.objects.get(state="running")
    # As a version before has begun it, which knew of no copies of texts.
    known = [entry for entry in request.places if not entry["place"].startswith("textCopy:")]
    PrivacyRequest.objects.filter(pk=request.pk).update(places=known, next_turn_at=timezone.now(), leased_until=None)

    do_privacy_requests()

    request.refresh_from_db()
    assert request.state == "done"
    assert counts(request)["contacts"] == (1, 1, 0)
    assert counts(request)["deliveries"] == (2, 2, 0)
    assert counts(request)["textCopy:twilio"] == (0, 0, 0)
    assert where_it_is(tmp_path) == {}


def test_of_two_requests_to_erase_a_person_the_second_erases_nothing_of_others(user: User, tmp_path: Path) -> None:
    """The first has taken the person out of the second, too."""
    plant(user)
    hidden = make_call(user, direction="inbound", from_number="", ai_summary="Of somebody else")
    event = EventLog.objects.create(organization_id=user.home_id, name="note_created", data={"note": "Of others"})
    first, second = (
        ask(user=user, organization_id=user.home_id, kind=kind, phone_number=NUMBER) for kind in ("erase", "erase")
    )

    do_privacy_requests()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("done", "done")
    hidden.refresh_from_db()
    assert (hidden.ai_summary, hidden.person_erased_at) == ("Of somebody else", None)
    assert EventLog.objects.filter(pk=event.pk).exists()
    assert where_it_is(tmp_path) == {}
    assert counts(second)["contacts"] == (0, 0, 0)


def test_a_person_whose_export_was_asked_for_first_is_erased_after_it(user: User, tmp_path: Path) -> None:
    plant(user)
    export, erasure = (
        ask(user=user, organization_id=user.home_id, kind=kind, phone_number=NUMBER) for kind in ("export", "erase")
    )
    # Its worker was killed.
    PrivacyRequest.objects.filter(pk=export.pk).update(
        state="running", lease="0" * 24, leased_until=timezone.now() + timedelta(minutes=3)
    )

    do_privacy_requests()

    erasure.refresh_from_db()
    assert erasure.state == "running"
    assert Call.objects.exclude(person_erased_at=None).count() == 0
    PrivacyRequest.objects.filter(pk=export.pk).update(leased_until=timezone.now())
    do_privacy_requests()
    export.refresh_from_db()
    assert storages["exports"].exists(export.file)
    PrivacyRequest.objects.filter(pk=erasure.pk).update(next_turn_at=timezone.now())
    do_privacy_requests()
    export.refresh_from_db()
    assert (export.state, export.phone_number, export.sought, export.file) == ("done", "", {}, "")
    assert where_it_is(tmp_path) == {}
