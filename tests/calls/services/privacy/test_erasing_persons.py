"""A person is erased, wherever they were; the certificate says what was done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls.models import Call, LegalHold, LiveCall, PrivacyRequest, Recording
from calls.reports import CallReport, StoredRecording, TranscriptTurn
from calls.services.lifecycle.record_report import record_report
from calls.services.privacy import work
from calls.services.privacy.ask import ask
from calls.services.privacy.certificates import NotGenuine, signed, verified
from calls.services.privacy.erasures import noted
from calls.services.privacy.work import do_privacy_requests
from contacts.models import Contact, DoNotCallNumber
from tests.calls.canary import NUMBER, WORD, erase, plant, where_it_is
from tests.factories import make_call, make_contact, make_do_not_call, make_user
from tether_calls.accounts.models import User
from tether_calls.common.personal_data import places

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    """Storages of this test alone, which are folders."""
    settings.STORAGES = {
        **settings.STORAGES,
        "recordings": _folder("calls.storage.LocalRecordings", tmp_path / "recordings"),
        "exports": _folder("calls.storage.LocalExports", tmp_path / "exports"),
        "erasures": _folder("calls.storage.LocalExports", tmp_path / "erasures"),
    }


def _folder(backend: str, path: Path) -> dict[str, Any]:
    return {"BACKEND": backend, "OPTIONS": {"location": path, "base_url": "/media/x/"}}


def counts(request: PrivacyRequest) -> dict[str, tuple[int, int, int]]:
    return {entry["place"]: (entry["found"], entry["done"], entry["kept"]) for entry in request.places}


def test_the_person_is_planted_in_every_place(user: User, tmp_path: Path) -> None:
    plant(user)
    found = {place.model._meta.label_lower for place in places() if place.name != "doNotCall"}

    assert found - set(where_it_is(tmp_path)) <= {"calls.recording", "calls.callwords"}


def test_nothing_is_left_of_an_erased_person(user: User, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    plant(user)

    request = erase(user)

    assert request.state == "done"
    assert where_it_is(tmp_path) == {}
    assert WORD not in caplog.text
    assert NUMBER[1:] not in caplog.text


def test_the_certificate_counts_each_place(user: User) -> None:
    plant(user)

    told = counts(erase(user))

    assert {place: found for place, (found, _, _) in told.items() if found == 0} == {
        "copy:sinch": 0, "copy:twilio": 0, "doNotCall": 0
    }  # fmt: skip
    assert told["calls"] == (2, 2, 2)
    assert told["recordings"] == (2, 2, 0)
    assert told["contacts"] == (1, 1, 0)
    assert told["messages"] == (3, 3, 0)
    assert told["deliveries"] == (2, 2, 0)


def test_a_tombstone_keeps_how_the_call_went_and_nothing_else(user: User) -> None:
    plant(user)

    erase(user)

    tombstone = Call.objects.get(provider="elevenlabs")
    assert (tombstone.duration, tombstone.status, tombstone.user_id) == (60.0, "completed", user.pk)
    assert tombstone.content_erased_at is not None
    assert tombstone.person_erased_at is not None
    assert (tombstone.to_number, tombstone.contact_id, tombstone.metadata) == ("", None, {})
    assert tombstone.provider_metadata == {"failureReason": "busy"}
    assert not tombstone.recordings.exists()


def test_another_organizations_rows_of_the_same_person_stay(user: User, tmp_path: Path) -> None:
    other = make_user()
    plant(other)
    before = where_it_is(tmp_path)
    plant(user)

    erase(user)

    assert where_it_is(tmp_path) == before


def test_other_persons_of_the_organization_stay(user: User) -> None:
    plant(user)
    contact = make_contact(user.organization, first_name="Kim")  # type: ignore[arg-type]
    call = make_call(user, contact=contact, to_number=contact.phone_number, ai_summary="Of Kim")

    erase(user)

    call.refresh_from_db()
    assert (call.ai_summary, call.contact_id) == ("Of Kim", contact.pk)


def test_the_number_stays_on_the_do_not_call_list_and_the_certificate_says_why(user: User) -> None:
    make_do_not_call(user.organization, phone_number=NUMBER, reason=f"{WORD} asked")  # type: ignore[arg-type]
    plant(user)

    request = erase(user)

    assert counts(request)["doNotCall"] == (1, 1, 1)
    assert DoNotCallNumber.objects.get().reason == ""
    [entry] = [entry for entry in request.places if entry["place"] == "doNotCall"]
    assert "would be called again" in entry["why"]


def test_a_find_counts_and_changes_nothing(user: User, tmp_path: Path) -> None:
    plant(user)
    before = where_it_is(tmp_path)
    request = ask(user=user, organization_id=user.home_id, kind="find", phone_number=NUMBER)

    do_privacy_requests()

    request.refresh_from_db()
    assert request.state == "done"
    assert counts(request)["calls"] == (2, 0, 0)
    assert {model: len(rows) for model, rows in where_it_is(tmp_path).items() if model != "calls.privacyrequest"} == {
        model: len(rows) for model, rows in before.items() if model != "calls.privacyrequest"
    }


# ---- Cut off ---------------------------------------------------------------------------------------------------


class CutOff(BaseException):
    """As if the process were killed: nothing handles it."""


def _steps(user: User, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many times a whole erasure writes down how far it is."""
    plant(user)
    steps: list[int] = []
    write = work._write

    def counted(*args: Any, **values: Any) -> None:
        steps.append(1)
        write(*args, **values)

    monkeypatch.setattr(work, "_write", counted)
    erase(user)
    monkeypatch.setattr(work, "_write", write)
    return len(steps)


def _cut_off_at(step: int, monkeypatch: pytest.MonkeyPatch, write: Callable[..., None]) -> None:
    done: list[int] = []

    def cut_off(*args: Any, **values: Any) -> None:
        done.append(1)
        if len(done) == step:
            raise CutOff
        write(*args, **values)

    monkeypatch.setattr(work, "_write", cut_off)


@pytest.mark.django_db(transaction=True)
def test_cut_off_at_any_step_the_certificate_is_complete_and_true(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = make_user()
    steps = _steps(whole, monkeypatch)
    expected = counts(PrivacyRequest.objects.get(kind="erase"))
    write = work._write
    assert steps > 40

    for step in range(1, steps + 1, 4):
        user = make_user()
        plant(user)
        request = ask(user=user, organization_id=user.home_id, kind="erase", phone_number=NUMBER)
        _cut_off_at(step, monkeypatch, write)
        with pytest.raises(CutOff):
            do_privacy_requests()
        monkeypatch.setattr(work, "_write", write)
        PrivacyRequest.objects.filter(pk=request.pk).update(leased_until=timezone.now())

        do_privacy_requests()

        request.refresh_from_db()
        assert (step, request.state) == (step, "done")
        assert (step, counts(request)) == (step, expected)
        assert (step, where_it_is(tmp_path)) == (step, {})
        Call.objects.filter(organization=user.organization).update(erased_in=None)


# ---- Holds -----------------------------------------------------------------------------------------------------


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


def test_a_call_under_a_legal_hold_stays_with_its_person_and_the_rest_goes(user: User) -> None:
    contact = plant(user)
    held, other = Call.objects.order_by("pk")
    LegalHold.objects.create(organization_id=user.home_id, scope="call", call_id=held.pk, reason="Claim")

    told = counts(erase(user))

    held.refresh_from_db()
    other.refresh_from_db()
    assert WORD in held.ai_summary
    assert held.recordings.count() == 1
    assert other.ai_summary == ""
    assert Contact.objects.filter(pk=contact.pk).exists()
    assert told["recordings"] == (2, 1, 1)
    assert told["contacts"] == (1, 0, 1)


# ---- While something is under way ------------------------------------------------------------------------------


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


# ---- Certificates ----------------------------------------------------------------------------------------------


def test_a_certificate_is_genuine_until_a_byte_of_it_is_changed(user: User) -> None:
    plant(user)
    text = erase(user).certificate

    assert verified(text)["kind"] == "erase"
    for place in range(len(text)):
        other = "x" if text[place] != "x" else "y"
        with pytest.raises(NotGenuine):
            verified(f"{text[:place]}{other}{text[place + 1 :]}")
    for changed in (text[:-1], f"{text} ", f"\n{text}", "", "[]", "{}", '{"certificate":1,"signature":2}'):
        with pytest.raises(NotGenuine):
            verified(changed)


def test_a_certificate_outlives_a_change_of_the_key(settings: Any) -> None:
    text = signed({"kind": "erase"})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

    assert verified(text) == {"kind": "erase"}
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(NotGenuine):
        verified(text)


def test_the_command_says_whether_a_certificate_is_genuine_and_of_whom(
    user: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(user)
    file = tmp_path / "certificate.json"
    file.write_text(erase(user).certificate)

    call_command("verify_certificate", file, number=NUMBER)

    assert "Genuine: erase" in capsys.readouterr().out
    with pytest.raises(CommandError, match="another number"):
        call_command("verify_certificate", file, number="+15005557718")
    file.write_text(file.read_text().replace('"done":2', '"done":3', 1))
    with pytest.raises(CommandError, match="Not genuine"):
        call_command("verify_certificate", file)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_certificate", tmp_path / "none.json")


# ---- Backups ---------------------------------------------------------------------------------------------------


def test_whom_a_restored_backup_brings_back_is_erased_again(user: User, tmp_path: Path) -> None:
    # What the backup has.
    erased = erase(user, phone_number=NUMBER)
    PrivacyRequest.objects.all().delete()
    contact = plant(user)
    Contact.objects.filter(pk=contact.pk).update(created_at=erased.created_at.replace(year=2020))
    Call.objects.update(created_at=erased.created_at.replace(year=2020))

    call_command("reapply_erasures", verbosity=0)

    assert where_it_is(tmp_path) == {}
    assert [erasure["organizationId"] for erasure in noted()] == [user.home_id, user.home_id]


def test_who_has_come_back_since_is_not_erased_again(user: User) -> None:
    erase(user, phone_number=NUMBER)
    contact = plant(user)

    call_command("reapply_erasures", verbosity=0)

    assert Contact.objects.filter(pk=contact.pk).exists()


def test_the_list_of_erasures_names_nobody(user: User) -> None:
    plant(user)
    erase(user)

    [erasure] = noted()

    assert erasure.keys() == {"organizationId", "subject", "at"}
    assert NUMBER[1:] not in json.dumps(erasure)
    assert storages["erasures"].listdir("")[0] == [user.home_id]
