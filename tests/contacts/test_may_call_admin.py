"""Consents and decisions in the admin."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import CallPurpose, Consent, ConsentBasis, ConsentSource, DialDecision, DialPath
from contacts.rules.packs import all_packs
from contacts.services.consents import Given, add_consent
from contacts.services.may_call import Asking, CallRefused, keep_refused, may_call
from tests.admin_site import add_to, admin_of, found, list_of, make_staff, page_of, text_of
from tests.factories import make_organization, make_user
from tether_calls.accounts.models import Organization, User
from tether_calls.common.errors import ERRORS, ErrorCode

NUMBER = "+13055550123"
ENTERED = {
    "phone_number": "+1 305 555-0123",
    "basis": "express_written",
    "purpose": "marketing",
    "obtained_at_0": "2026-05-01",
    "obtained_at_1": "15:00",
    "evidence": "Form 4711",
}


@pytest.fixture
def member(home: Organization) -> User:
    return make_staff(home)


@pytest.fixture
def staff(member: User) -> Client:
    return admin_of(member)


def make_consent(home: Organization, number: str = NUMBER) -> Consent:
    given = Given(basis=ConsentBasis.EXPRESS, obtained_at=datetime(2026, 5, 1, tzinfo=UTC))
    consent, _ = add_consent(
        organization_id=home.pk,
        sight=None,
        phone_number=number,
        purpose=CallPurpose.SERVICE,
        given=given,
        source=ConsentSource.API,
    )
    return consent


def make_refusal(home: Organization) -> DialDecision:
    """Of a call to Florida at half past eight in the evening."""
    Organization.objects.filter(pk=home.pk).update(rule_packs=["us_telemarketing"])
    at = datetime(2026, 5, 15, 0, 30, tzinfo=UTC)
    decision = may_call(
        Asking(organization_id=home.pk, phone_number=NUMBER, path=DialPath.PARTNER, at=at, is_disclosed=True)
    )
    assert decision.verdict.code is not None
    keep_refused(decision, refusal=CallRefused(decision.verdict.code, next_allowed_at=decision.verdict.next_allowed_at))
    return DialDecision.objects.of_organization(home.pk).get()


def test_staff_enter_a_consent(staff: Client, member: User, home: Organization) -> None:
    assert staff.post(add_to(Consent), ENTERED).status_code == 302

    consent = Consent.objects.get()
    assert (consent.phone_number, consent.organization_id, consent.source) == (NUMBER, home.pk, "admin")
    assert (consent.basis, consent.added_by_id, consent.evidence) == ("express_written", member.pk, "Form 4711")


@pytest.mark.parametrize("fields", [{"phone_number": "hello"}, {"obtained_at_0": "2099-01-01"}, {"basis": ""}])
def test_what_is_no_consent_is_not_kept(staff: Client, fields: dict[str, Any]) -> None:
    answer = staff.post(add_to(Consent), {**ENTERED, **fields})

    assert (answer.status_code, Consent.objects.count()) == (200, 0)


def test_consents_are_found_by_number_and_revoked_and_nobody_elses(staff: Client, home: Organization) -> None:
    ours, theirs = make_consent(home), make_consent(make_organization())
    assert found(staff, Consent, q="305 555") == [ours]

    chosen = {"action": "revoke", "_selected_action": [ours.pk, theirs.pk]}
    staff.post(list_of(Consent), chosen, follow=True)

    assert set(Consent.objects.exclude(revoked_at=None)) == {ours}


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "Holds"),
        ({"expires_at": datetime(2026, 5, 2, tzinfo=UTC)}, "Expired"),
        ({"expires_at": datetime(2026, 5, 2, tzinfo=UTC), "revoked_at": datetime(2026, 5, 2, tzinfo=UTC)}, "Revoked"),
    ],
)
def test_the_list_of_consents_says_which_of_them_hold(
    fields: dict[str, datetime], state: str, staff: Client, home: Organization
) -> None:
    Consent.objects.filter(pk=make_consent(home).pk).update(**fields)

    assert state in text_of(staff.get(list_of(Consent))).split()


def test_a_consent_has_its_times_as_all_pages_have_them(staff: Client, home: Organization) -> None:
    assert "1 May 2026, 00:00" in text_of(staff.get(page_of(make_consent(home))))


def test_a_refusal_is_explained_rule_by_rule_with_what_was_read_of_the_source(
    staff: Client, home: Organization
) -> None:
    decision = make_refusal(home)

    shown = " ".join(text_of(staff.get(page_of(decision))).split())

    assert found(staff, DialDecision, q="3055550123") == [decision]
    assert "Explain this refusal" in shown
    assert "Refused US telemarketing, Florida; it is Thu 20:30 in America/New_York" in shown
    assert "states' hours (read in summaries of others, 2025-11-01)" in shown
    assert "Passed The number is not on the Do Not Call list" in shown
    assert ERRORS[ErrorCode.OUTSIDE_CALLING_HOURS].message in text_of(staff.get(list_of(DialDecision)))
    assert "OUTSIDE_CALLING_HOURS" not in shown


def test_a_decision_names_the_consents_that_it_looked_at_in_words(staff: Client, home: Organization) -> None:
    Organization.objects.filter(pk=home.pk).update(consent_policy="all")
    consent = make_consent(home)
    decision = make_refusal(home)

    page = staff.get(page_of(decision)).content.decode()

    assert f'href="{page_of(consent)}"' in page
    assert "consent</a>: it is to service calls" in page
    assert not re.search(rf">[^<]*{consent.pk}", page)


def test_nobody_changes_or_deletes_decisions_and_consents(root: Client, home: Organization) -> None:
    for row in (make_refusal(home), make_consent(home)):
        assert root.post(page_of(row, "delete"), {"post": "yes"}).status_code == 403
        assert root.post(page_of(row), {"phone_number": "+14165550199"}).status_code == 403
    assert root.post(add_to(DialDecision), {}).status_code == 403
    assert root.get(list_of(DialDecision)).status_code == 200


def test_other_organizations_decisions_are_not_there(staff: Client) -> None:
    theirs = make_refusal(make_organization())

    assert found(staff, DialDecision) == []
    assert staff.get(page_of(theirs)).status_code == 302


# ---- Rule packs ------------------------------------------------------------------------------------------------

PACKS = reverse("admin:contacts_dialdecision_rule_packs")


def test_rule_packs_are_shown_with_versions_sources_and_what_they_do_not_cover(staff: Client) -> None:
    shown = " ".join(text_of(staff.get(PACKS)).split())

    for pack in all_packs():
        assert f"{pack.title}, version {pack.version.isoformat()}" in shown
        assert pack.covers in shown
        for sentence in (*pack.does_not_cover, *(source.title for source in pack.sources.values())):
            assert sentence in shown
    assert "Mon to Fri: 09:00 to 21:30; Sat, Sun: 10:00 to 18:00" in shown
    assert "Marketing calls: Express, in writing; Express" in shown
    assert "to numbers of Canada" in shown
    assert "read in summaries of others, 2026-11-29" in shown
    assert f'href="{PACKS}' in staff.get(list_of(DialDecision)).content.decode()


def test_staff_see_whether_their_own_organization_goes_by_a_pack_and_of_no_other(
    staff: Client, root: Client, home: Organization
) -> None:
    other = make_organization(name="Elsewhere Limited", rule_packs=["ca_telemarketing"])
    assert home.name not in _cards(staff)
    Organization.objects.filter(pk=home.pk).update(name="Maple Dental", rule_packs=["us_telemarketing"])

    assert "Maple Dental" in _cards(staff)
    assert other.name not in _cards(staff)
    assert "Maple Dental" in _cards(root)
    assert other.name in _cards(root)


def test_who_does_not_see_all_calls_sees_no_rule_packs(home: Organization) -> None:
    Organization.objects.filter(pk=home.pk).update(narrows_roles=True)
    narrowed = make_user(organization=home, access_role="SALES_REP", is_staff=True)

    assert admin_of(narrowed).get(PACKS).status_code == 403


def _cards(client: Client) -> str:
    """The page without its frame, in which the user's own organization may be named."""
    page = client.get(PACKS).content.decode()
    return page[page.index('<div class="rule-packs">') :]
