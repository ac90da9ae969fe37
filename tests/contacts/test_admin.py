"""Contacts in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

from calls.models import Call, LegalHold
from contacts.models import Contact
from tests.admin_site import add_to, admin_of, found, list_of, make_superuser, page_of, text_of
from tests.factories import make_call, make_contact
from tether_calls.accounts.models import User


@pytest.mark.parametrize("text", ["Priya", "sha", "priya shah", "+16475550123", "+1 647 555-0123", "5550123", "@priya"])
def test_a_contact_is_found_by_name_number_or_address(staff: Client, user: User, text: str) -> None:
    assert user.organization is not None
    contact = make_contact(
        user.organization, first_name="Priya", last_name="Shah", phone_number="+16475550123", email="me@priya.example"
    )
    make_contact(user.organization, first_name="Daniel")
    assert found(staff, Contact, q=text) == [contact]


def test_contacts_are_found_by_the_day_they_were_made(staff: Client, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization)
    day = f"{contact.created_at:%Y-%m-%d}"
    assert found(staff, Contact, created_at_from=day, created_at_to=day) == [contact]
    assert found(staff, Contact, created_at_to="2020-01-01") == []
    assert found(staff, Contact, created_at_from="2020-01-01", created_at_to="9998-12-31") == [contact]
    assert found(staff, Contact, created_at_from="9998-12-31") == []


def test_staff_add_and_change_contacts(staff: Client, user: User) -> None:
    form = {"first_name": "Priya", "phone_number": "+1 647-555-0123"}
    assert staff.post(add_to(Contact), form).status_code == 302
    contact = Contact.objects.get()
    assert (contact.phone_number, contact.organization_id) == ("+16475550123", user.organization_id)
    assert staff.post(page_of(contact), {**form, "last_name": "Shah"}).status_code == 302
    contact.refresh_from_db()
    assert contact.full_name == "Priya Shah"


@pytest.mark.parametrize("number", ["", "Priya", "0647", "+", "647 555 0123 ext. 4"])
def test_a_number_has_to_be_in_e164(staff: Client, number: str) -> None:
    assert staff.post(add_to(Contact), {"phone_number": number}).status_code == 200
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+1 (416) 555-0277", "+14165550277"),
        ("+1\u00a0416\u00a0555\u00a00277", "+14165550277"),
        ("+49(0)301234567", "+49301234567"),
        ("+33(0)612345678", "+33612345678"),
        ("001 416 555 0277", "+14165550277"),
        ("tel:+1-416-555-0277", "+14165550277"),
        ("\uff0b\uff11\uff14\uff11\uff16\uff15\uff15\uff15\uff10\uff12\uff17\uff17", "+14165550277"),
        ("+52 1 55 1234 5678", "+525512345678"),
        (f"+1 {' ' * 40}416 555 0277", "+14165550277"),
    ],
)
def test_a_number_is_typed_as_people_write_it(staff: Client, typed: str, kept: str) -> None:
    assert staff.post(add_to(Contact), {"phone_number": typed}).status_code == 302
    assert Contact.objects.get().phone_number == kept
    # Whatever is on the page is one contact's.
    assert "already exists" in text_of(staff.post(add_to(Contact), {"phone_number": typed}))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("416 555 0277", "Write the number with its country code"),
        ("+1 416 555 0277 ext. 4", "Write the number without an extension"),
        ("1" * 61, "at most 60 characters"),
    ],
)
def test_what_is_wrong_with_a_number_is_told(staff: Client, typed: str, sentence: str) -> None:
    assert sentence in text_of(staff.post(add_to(Contact), {"phone_number": typed}))
    assert not Contact.objects.exists()


@pytest.mark.parametrize("text", ["(020) 7946 0018", "+44 (0)20 7946 0018", "7946-0018", "0044 20 7946"])
def test_a_contact_is_found_by_part_of_a_number_however_it_is_written(staff: Client, user: User, text: str) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number="+442079460018")
    make_contact(user.organization)
    assert found(staff, Contact, q=text) == [contact]


def test_a_number_belongs_to_one_contact_of_an_organization(staff: Client, user: User, other_user: User) -> None:
    assert user.organization is not None
    assert other_user.organization is not None
    make_contact(user.organization, phone_number="+16475550123")
    make_contact(other_user.organization, phone_number="+16475550124")
    taken = staff.post(add_to(Contact), {"phone_number": "+16475550123"})
    assert taken.status_code == 200
    assert "already exists" in text_of(taken)
    # What another organization has is neither in the way nor told of.
    assert staff.post(add_to(Contact), {"phone_number": "+16475550124"}).status_code == 302


def test_a_contact_is_not_deleted_here(staff: Client, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization)
    assert staff.post(page_of(contact, "delete"), {"post": "yes"}).status_code == 403
    assert admin_of(make_superuser()).post(page_of(contact, "delete"), {"post": "yes"}).status_code == 403


def test_a_contact_s_page_leads_to_its_calls(staff: Client, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization)
    call = make_call(user, contact=contact)
    make_call(user)
    query = f"contact__id__exact={contact.pk}"
    assert f'href="{list_of(Call)}?{query}"' in staff.get(page_of(contact)).content.decode()
    assert found(staff, Call, contact__id__exact=contact.pk) == [call]


def test_values_of_a_contact_under_a_legal_hold_are_not_replaced_here(staff: Client, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Kim", last_name="")
    LegalHold.objects.create(organization=user.organization, scope="contact", reason="Claim 118", contact_id=contact.pk)
    form = {"first_name": "Lee", "phone_number": contact.phone_number, "email": contact.email, "source": contact.source}

    assert "A legal hold keeps it from being erased." in text_of(staff.post(page_of(contact), form))
    assert staff.post(page_of(contact), {**form, "first_name": "Kim", "last_name": "Ng"}).status_code == 302

    contact.refresh_from_db()
    assert contact.full_name == "Kim Ng"


def test_a_number_in_an_older_spelling_is_in_nobodys_way_under_a_legal_hold(staff: Client, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number="+5215512345678", first_name="Kim", last_name="")
    LegalHold.objects.create(organization=user.organization, scope="contact", reason="Claim 118", contact_id=contact.pk)
    form = {name: getattr(contact, name) for name in ("first_name", "phone_number", "email", "source")}

    assert staff.post(page_of(contact), {**form, "last_name": "Ng"}).status_code == 302

    contact.refresh_from_db()
    assert (contact.full_name, contact.phone_number) == ("Kim Ng", "+5215512345678")
