"""Retention, legal holds and privacy requests in the admin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import LegalHold, PrivacyRequest, RedactionRun, RetentionRule
from calls.services.privacy.certificates import verified
from calls.services.privacy.work import do_privacy_requests
from tests.admin_site import page_of
from tests.calls.canary import NUMBER, plant
from tests.factories import make_call, make_contact, make_user
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    return make_user(is_staff=True)


def _home(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


@pytest.fixture
def desk(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def test_a_person_is_erased_and_the_certificate_is_handed_out(desk: Client, administrator: User) -> None:
    plant(administrator)

    saved = desk.post("/admin/calls/privacyrequest/add/", {"kind": "erase", "phone_number": "+1 500 555-7719"})

    assert saved.status_code == 302, saved.content
    asked = PrivacyRequest.objects.get(kind="erase")
    assert (asked.phone_number, asked.requested_by_id) == (NUMBER, administrator.pk)
    do_privacy_requests()
    page = desk.get(f"/admin/calls/privacyrequest/{asked.pk}/change/").content.decode()
    assert 'class="tether-table"' in page
    assert '<th scope="row">Recordings and their waveforms</th>' in page
    certificate = desk.get(f"/admin/calls/privacyrequest/{asked.pk}/certificate/")
    assert verified(certificate.content.decode())["requestId"] == asked.pk


def test_an_export_is_handed_out_by_an_address_that_expires(desk: Client, administrator: User) -> None:
    plant(administrator)
    desk.post("/admin/calls/privacyrequest/add/", {"kind": "export", "phone_number": NUMBER})
    asked = PrivacyRequest.objects.get(kind="export")
    assert "/admin/" in desk.get(f"/admin/calls/privacyrequest/{asked.pk}/archive/").headers["Location"]

    do_privacy_requests()

    answer = desk.get(f"/admin/calls/privacyrequest/{asked.pk}/archive/")
    assert answer.status_code == 302
    assert "/admin/" not in answer.headers["Location"]


def test_a_hold_is_placed_and_released(desk: Client) -> None:
    fields = {"scope": "number", "phone_number": NUMBER, "reason": "Claim"}

    assert desk.post("/admin/calls/legalhold/add/", fields).status_code == 302

    hold = LegalHold.objects.get()
    assert hold.phone_number == NUMBER
    desk.post("/admin/calls/legalhold/", {"action": "release", "_selected_action": [hold.pk]})
    hold.refresh_from_db()
    assert hold.released_at is not None


def test_shorter_times_say_first_what_they_erase(desk: Client, administrator: User) -> None:
    make_call(administrator, start_time=timezone.now() - timedelta(days=40), ai_summary="Wants an offer")
    fields = {"storage_mode": "everything", "transcript_days": "30"}

    told = desk.post("/admin/calls/retentionrule/add/", fields)

    assert told.status_code == 200
    assert "1 their words" in told.content.decode()
    assert not RetentionRule.objects.exists()
    assert desk.post("/admin/calls/retentionrule/add/", {**fields, "is_confirmed": "on"}).status_code == 302
    rule = RetentionRule.objects.get()
    assert rule.transcript_days == 30
    longer = {"storage_mode": "no_audio", "transcript_days": "60"}
    assert desk.post(f"/admin/calls/retentionrule/{rule.pk}/change/", longer).status_code == 302
    rule.refresh_from_db()
    assert (rule.storage_mode, rule.transcript_days) == ("no_audio", 60)


def test_others_see_nothing_of_it(administrator: User) -> None:
    organization_id = administrator.home_id
    hold = LegalHold.objects.create(
        organization_id=organization_id, scope="number", phone_number=NUMBER, reason="Claim"
    )
    asked = PrivacyRequest.objects.create(
        organization_id=organization_id, kind="find", phone_number=NUMBER, subject="0" * 64, shown="…19",
        state="done", certificate="{}", due_at=timezone.now(),
    )  # fmt: skip
    stranger, reader = Client(), Client()
    stranger.force_login(make_user(is_staff=True))
    reader.force_login(
        make_user(is_staff=True, organization=administrator.organization, access_role=AccessRole.SALES_REP)
    )

    for path in ("legalhold", "privacyrequest", "retentionrule"):
        assert reader.get(f"/admin/calls/{path}/").status_code == 403
        assert NUMBER not in stranger.get(f"/admin/calls/{path}/").content.decode()
    for path in (f"legalhold/{hold.pk}/change/", f"privacyrequest/{asked.pk}/certificate/"):
        assert stranger.get(f"/admin/calls/{path}").status_code == 302
        assert reader.get(f"/admin/calls/{path}").status_code in (302, 403)


@pytest.mark.parametrize(
    ("scope", "missing"),
    [("contact", ["contact"]), ("number", ["phone_number"]), ("call", ["call"]), ("period", ["begins", "ends"])],
)
def test_a_hold_that_says_not_of_what_it_is_asks_for_that(desk: Client, scope: str, missing: list[str]) -> None:
    answer = desk.post("/admin/calls/legalhold/add/", {"scope": scope, "reason": "Claim"})

    assert answer.status_code == 200
    assert sorted(answer.context["adminform"].form.errors) == missing
    assert not LegalHold.objects.exists()


def test_a_superuser_places_holds_and_asks_for_persons_of_the_organization_that_they_choose(
    root: Client, administrator: User
) -> None:
    chosen = {"organization": administrator.organization_id, "phone_number": NUMBER}

    placed = root.post("/admin/calls/legalhold/add/", {**chosen, "scope": "number", "reason": "Claim"})
    asked = root.post("/admin/calls/privacyrequest/add/", {**chosen, "kind": "find"})

    assert (placed.status_code, asked.status_code) == (302, 302)
    assert LegalHold.objects.get().organization_id == administrator.organization_id
    assert PrivacyRequest.objects.get().organization_id == administrator.organization_id


def test_a_redaction_names_what_it_masks_in_words(desk: Client, administrator: User) -> None:
    places = [{"title": "Calls", "total": 2, "done": 2, "changed": 1, "kept": 0}]
    run = RedactionRun.objects.create(
        organization_id=administrator.home_id, kinds="card ssn_sin", state="done", places=places,
        finished_at=timezone.now(),
    )  # fmt: skip

    for path in ("", f"{run.pk}/change/"):
        page = desk.get(f"/admin/calls/redactionrun/{path}").content.decode()
        assert "Card numbers, Social security and social insurance numbers" in page
        assert "ssn_sin" not in page
    assert 'class="tether-table"' in page
    assert '<th scope="row">Calls</th>' in page


def test_a_hold_is_placed_on_whom_and_what_is_searched_for_and_called_so(desk: Client, administrator: User) -> None:
    contact = make_contact(_home(administrator), first_name="Ada", last_name="Lovelace")
    call = make_call(administrator, contact=contact, start_time=datetime(2026, 5, 15, 9, 10, tzinfo=UTC))
    page = desk.get("/admin/calls/legalhold/add/").content.decode()
    assert page.count('data-ajax--url="/admin/autocomplete/"') == 2

    for scope, field, row in (("contact", "contact", contact), ("call", "call", call)):
        placed = desk.post("/admin/calls/legalhold/add/", {"scope": scope, field: row.pk, "reason": "Claim"})
        assert placed.status_code == 302

    assert {(hold.contact_id, hold.call_id) for hold in LegalHold.objects.all()} == {
        (contact.pk, None),
        (None, call.pk),
    }
    shown = desk.get("/admin/calls/legalhold/").content.decode()
    assert f'href="{page_of(contact)}"' in shown
    assert ">Ada Lovelace</a>" in shown
    assert ">Ada Lovelace, 15 May 2026, 09:10</a>" in shown


def test_a_hold_is_placed_on_nothing_of_another_organization(desk: Client, root: Client, administrator: User) -> None:
    stranger = make_user()
    contact = make_contact(_home(stranger))
    call = make_call(stranger, contact=contact)

    for client, more in ((desk, {}), (root, {"organization": administrator.home_id})):
        for scope, field, row in (("contact", "contact", contact), ("call", "call", call)):
            fields = {"scope": scope, field: row.pk, "reason": "Claim", **more}
            assert client.post("/admin/calls/legalhold/add/", fields).status_code == 200

    assert not LegalHold.objects.exists()


def test_what_is_gone_has_no_name_and_no_link(desk: Client, administrator: User) -> None:
    LegalHold.objects.create(organization_id=administrator.home_id, scope="call", call_id="0" * 24, reason="Claim")

    shown = desk.get("/admin/calls/legalhold/").content.decode()

    assert '<span title="000000000000000000000000">not there any more</span>' in shown
