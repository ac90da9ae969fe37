"""GET /api/v1/contacts and /api/v1/contacts/{contact_id}."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contacts.services.notes import create_note, note_of_agent
from tests.calls.partner.partners import CONTACTS, assert_error, partner_of, statements
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_contact
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


def test_it_lists_the_newest_first_a_page_at_a_time(partner: ApiClient, organization: Organization) -> None:
    made = [make_contact(organization).pk for _ in range(3)]

    page = partner.get(CONTACTS, limit=2).body

    assert_is("PartnerContactsPage", page)
    assert [contact["id"] for contact in page["contacts"]] == [made[2], made[1]]
    assert (page["count"], page["page"], page["limit"], page["pages"]) == (3, 1, 2, 2)
    assert [contact["id"] for contact in partner.get(CONTACTS, limit=2, page=2).body["contacts"]] == [made[0]]
    assert partner.get(CONTACTS, limit=2, page=3).body["contacts"] == []


def test_without_contacts_there_is_no_page(partner: ApiClient) -> None:
    assert partner.get(CONTACTS).body == {"count": 0, "page": 1, "limit": 10, "pages": 0, "contacts": []}


def test_it_finds_by_name_and_number(partner: ApiClient, organization: Organization) -> None:
    wanted = make_contact(organization, first_name="Zoe", phone_number="+442079460018")
    make_contact(organization)

    for text in ("zoe", "+442079460018", "79460018"):
        assert [contact["id"] for contact in partner.get(CONTACTS, search=text).body["contacts"]] == [wanted.pk]


def test_it_reads_one(partner: ApiClient, organization: Organization) -> None:
    made_at = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    contact = make_contact(
        organization, first_name="Kim", last_name="", email="kim@example.com", source="Import", created_at=made_at
    )

    body = partner.get(f"{CONTACTS}/{contact.pk}").body

    assert_is("PartnerContactDetail", body)
    body.pop("updated_at")
    assert body == {
        "id": contact.pk,
        "first_name": "Kim",
        "last_name": None,
        "phone_number": contact.phone_number,
        "email": "kim@example.com",
        "source": "Import",
        "created_at": "2026-05-04T03:02:01.000Z",
        "recent_notes": [],
    }


def test_one_comes_with_its_newest_notes(partner: ApiClient, user: User, organization: Organization) -> None:
    contact = make_contact(organization)
    for number in range(11):
        create_note(user=user, organization_id=organization.pk, contact_id=contact.pk, note=f"Note {number}")
    note_of_agent(organization_id=organization.pk, contact_id=contact.pk, note="Wants an offer.", call_id=UNKNOWN_ID)

    notes = partner.get(f"{CONTACTS}/{contact.pk}").body["recent_notes"]

    assert [note["note"] for note in notes] == ["Wants an offer.", *(f"Note {number}" for number in range(10, 1, -1))]
    assert [(note["type"], note["author"], note["call_id"]) for note in notes[:2]] == [
        ("ai_summary", None, UNKNOWN_ID),
        ("manual", user.full_name or user.email, None),
    ]


def test_another_organizations_contact_is_not_found(other_partner: ApiClient, organization: Organization) -> None:
    contact = make_contact(organization)

    assert_error(other_partner.get(f"{CONTACTS}/{contact.pk}"), 404, "not_found")
    assert other_partner.get(CONTACTS).body["count"] == 0


def test_what_it_costs(user: User, organization: Organization) -> None:
    """The key; the page and the count, or the contact and its notes."""
    contacts = [make_contact(organization) for _ in range(5)]
    partner = partner_of(user)

    assert statements(partner, CONTACTS) == 3
    assert statements(partner, f"{CONTACTS}/{contacts[0].pk}") == 3
