"""A person is erased, wherever they were; the certificate says what was done."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls.models import Call, LegalHold, PrivacyRequest
from calls.services.privacy.ask import ask
from calls.services.privacy.erasures import noted
from calls.services.privacy.work import do_privacy_requests
from contacts.models import Consent, Contact, DialDecision, DoNotCallNumber
from tests.calls.canary import NUMBER, WORD, counts, erase, plant, where_it_is
from tests.factories import make_call, make_contact, make_do_not_call, make_user
from tether_calls.accounts.models import User
from tether_calls.common.personal_data import places

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


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
        "copy:sinch": 0, "copy:twilio": 0, "textCopy:sinch": 0, "textCopy:twilio": 0, "doNotCall": 0
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
    assert [erasure.organization_id for erasure in noted()] == [user.home_id, user.home_id]


def test_what_came_before_the_erasure_began_is_erased_again_though_it_came_after_it_was_asked_for(
    user: User, tmp_path: Path
) -> None:
    ask(user=user, organization_id=user.home_id, kind="erase", phone_number=NUMBER)
    came = timezone.now()
    do_privacy_requests()
    PrivacyRequest.objects.all().delete()
    plant(user)
    Contact.objects.update(created_at=came)
    Call.objects.update(created_at=came)

    call_command("reapply_erasures", verbosity=0)

    assert where_it_is(tmp_path) == {}


def test_who_has_come_back_since_is_not_erased_again(user: User) -> None:
    erase(user, phone_number=NUMBER)
    contact = plant(user)

    call_command("reapply_erasures", verbosity=0)

    assert Contact.objects.filter(pk=contact.pk).exists()


def test_the_list_of_erasures_names_nobody(user: User) -> None:
    contact = plant(user)
    erase(user)

    assert storages["erasures"].listdir("")[0] == [user.home_id]
    [name] = storages["erasures"].listdir(user.home_id)[1]
    with storages["erasures"].open(f"{user.home_id}/{name}") as file:
        written = file.read().decode()
    assert json.loads(written).keys() == {"organizationId", "subject", "contacts", "at"}
    assert NUMBER[1:] not in written
    assert contact.pk not in written


def _long_ago() -> datetime:
    return timezone.now() - timedelta(days=400)


@pytest.mark.parametrize("kind", ["consent", "do not call", "decision"])
def test_who_is_known_by_a_number_alone_is_erased_again_as_well(user: User, kind: str) -> None:
    erase(user)
    assert user.organization is not None
    known: dict[str, Any] = {"organization": user.organization, "phone_number": NUMBER}
    if kind == "consent":
        Consent.objects.create(
            **known, basis="express", purpose="service", obtained_at=_long_ago(), created_at=_long_ago(),
            evidence=WORD, source="admin",
        )  # fmt: skip
    elif kind == "decision":
        DialDecision.objects.create(
            **known,
            at=_long_ago(),
            path="user",
            purpose="service",
            is_allowed=True,
            rules=[],
            facts={},
            call_id="0" * 24,
        )
    else:
        DoNotCallNumber.objects.create(**known, source="admin", reason=WORD, created_at=_long_ago())

    call_command("reapply_erasures", verbosity=0)

    assert not Consent.objects.filter(phone_number=NUMBER).exists()
    assert not DialDecision.objects.filter(phone_number=NUMBER).exists()
    assert not DoNotCallNumber.objects.exclude(reason="").exists()
    before = PrivacyRequest.objects.count()
    call_command("reapply_erasures", verbosity=0)
    assert PrivacyRequest.objects.count() == before, "nobody is left to be erased"


def test_who_was_erased_by_another_spelling_is_erased_again(user: User) -> None:
    """What Mexico's plan was, and is: the backup may be older than the plan."""
    erase(user, phone_number="+525512345678")
    contact = plant(user, number="+5215512345678")
    Contact.objects.update(created_at=_long_ago())
    Call.objects.update(created_at=_long_ago())

    call_command("reapply_erasures", verbosity=0)

    assert not Contact.objects.filter(pk=contact.pk).exists()


def test_a_contact_that_had_another_number_in_the_backup_is_erased_again(user: User) -> None:
    """Its number was corrected after the backup; that other number is perhaps somebody else's."""
    contact = restored(user, phone_number="+14165550177")
    other = make_call(user, to_number="+14165550177", ai_summary="Somebody else")

    call_command("reapply_erasures", verbosity=0)

    assert not Contact.objects.filter(pk=contact.pk).exists()
    assert list(Call.objects.exclude(ai_summary="")) == [other]
    before = PrivacyRequest.objects.count()
    call_command("reapply_erasures", verbosity=0)
    assert PrivacyRequest.objects.count() == before, "nobody is left to be erased"


@pytest.mark.parametrize("covered", [{"scope": "number", "phone_number": "+14165550177"}, {"scope": "contact"}])
def test_not_while_a_hold_covers_the_contact_by_the_backup(user: User, covered: dict[str, str]) -> None:
    contact = restored(user, phone_number="+14165550177")
    if covered["scope"] == "contact":
        covered = {**covered, "contact_id": contact.pk}
    LegalHold.objects.create(organization_id=user.home_id, reason="Claim", **covered)

    call_command("reapply_erasures", verbosity=0)

    assert Contact.objects.filter(pk=contact.pk).exists()
    assert not Call.objects.filter(ai_summary="").exists()


def restored(user: User, *, phone_number: str) -> Contact:
    """A person who was erased by NUMBER, as an older backup has them."""
    erased = plant(user)
    calls = list(Call.objects.all())
    erase(user)
    PrivacyRequest.objects.all().delete()
    erased.phone_number, erased.created_at = phone_number, _long_ago()
    erased.save(force_insert=True)
    for call in calls:
        call.to_number, call.created_at, call.conversation = phone_number, _long_ago(), None
        call.save(force_update=True)
    return erased


def test_one_who_is_in_a_call_by_the_backup_keeps_no_other_from_being_erased(user: User) -> None:
    other = "+14165550177"
    for number in (NUMBER, other):
        erase(user, phone_number=number)
    contacts = [plant(user, number=number) for number in (NUMBER, other)]
    Contact.objects.update(created_at=_long_ago())
    Call.objects.update(created_at=_long_ago())
    make_call(user, contact=contacts[1], to_number=other, status="in-progress")
    Call.objects.filter(status="in-progress").update(created_at=_long_ago())

    with pytest.raises(CommandError, match="1 of them wait"):
        call_command("reapply_erasures", verbosity=0)

    assert list(Contact.objects.all()) == [contacts[1]]
