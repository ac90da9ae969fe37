"""Statements of the hot paths do what the ORM would do, in one statement each."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from tests.at_once import at_once
from tests.factories import make_organization
from tether_calls.accounts.models import Organization
from tether_calls.common.compiled_query import CompiledQuery
from tether_calls.common.statements import insert, insert_or_get, update_row

pytestmark = pytest.mark.django_db

NUMBER = "+14165550123"
UNIQUE = ["organization", "phone_number"]


@pytest.fixture
def organization(db: None) -> Organization:
    return make_organization()


def kim(organization: Organization, **fields: str) -> Contact:
    return Contact(**{"organization": organization, "phone_number": NUMBER, "first_name": "Kim", **fields})


def test_a_row_is_inserted_with_all_its_fields(organization: Organization) -> None:
    contact = kim(organization, last_name="O'Brien \\ %s \u2028 🔑", email="kim@example.com")

    insert(contact)

    stored = Contact.objects.get()
    assert {name: value for name, value in vars(stored).items() if not name.startswith("_")} == {
        name: value for name, value in vars(contact).items() if not name.startswith("_")
    }


def test_several_rows_are_inserted_in_one_statement(organization: Organization) -> None:
    with CaptureQueriesContext(connection) as captured:
        insert(*(kim(organization, phone_number=f"+1416555000{digit}") for digit in range(5)))

    assert len(captured) == 1
    assert Contact.objects.count() == 5


def test_an_inserted_row_can_be_saved_again(organization: Organization) -> None:
    contact = kim(organization)
    insert(contact)

    contact.first_name = "Lee"
    contact.save()

    assert Contact.objects.get().first_name == "Lee"


def test_a_row_that_breaks_a_constraint_is_an_integrity_error(organization: Organization) -> None:
    insert(kim(organization))

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(kim(organization))


def test_what_is_new_is_inserted(organization: Organization) -> None:
    contact = kim(organization)
    made = contact.pk

    with CaptureQueriesContext(connection) as captured:
        assert insert_or_get(contact, unique=UNIQUE) is True

    assert len(captured) == 1
    assert contact.pk == made == Contact.objects.get().pk


def test_what_is_there_gives_its_id_and_stays_as_it_is(organization: Organization) -> None:
    insert(there := kim(organization))
    late = kim(organization, first_name="Lee")

    with CaptureQueriesContext(connection) as captured:
        assert insert_or_get(late, unique=UNIQUE) is False

    assert len(captured) == 1
    assert late.pk == there.pk
    assert Contact.objects.get().first_name == "Kim"


def test_the_same_number_of_another_organization_is_new(organization: Organization) -> None:
    insert(kim(organization))

    assert insert_or_get(kim(make_organization()), unique=UNIQUE) is True


def test_another_constraint_is_still_an_integrity_error(organization: Organization) -> None:
    insert(there := kim(organization))

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_or_get(kim(organization, id=there.pk, phone_number="+14165550124"), unique=UNIQUE)


def _find_or_create(organization: Organization) -> tuple[bool, str]:
    contact = kim(organization)
    with transaction.atomic():
        return insert_or_get(contact, unique=UNIQUE), contact.pk


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_is_new_and_all_get_its_id() -> None:
    organization = make_organization()

    found = at_once([partial(_find_or_create, organization)] * 6)

    assert sorted(is_new for is_new, _ in found) == [False] * 5 + [True]
    assert {contact_id for _, contact_id in found} == {Contact.objects.get().pk}


def test_a_row_is_updated_as_it_is_saved(organization: Organization) -> None:
    """All its columns, in one statement; when it was changed is now."""
    insert(kim(organization), kim(organization, phone_number="+14165550124"))
    contact, other = Contact.objects.order_by("phone_number")
    changed = contact.updated_at
    contact.first_name, contact.last_name, contact.email = "Lee", "O'Brien \\ %s \u2028", "lee@example.com"

    with CaptureQueriesContext(connection) as captured:
        update_row(contact)

    assert len(captured) == 1
    stored = Contact.objects.get(pk=contact.pk)
    assert (stored.first_name, stored.last_name, stored.email) == ("Lee", "O'Brien \\ %s \u2028", "lee@example.com")
    assert stored.updated_at == contact.updated_at > changed
    assert Contact.objects.get(pk=other.pk).first_name == "Kim"


def test_when_a_row_was_made_stays_when_it_is_updated(organization: Organization) -> None:
    made = organization.created_at
    organization.created_at, organization.name = made + timedelta(days=1), "Another name"

    update_row(organization)

    organization.refresh_from_db()
    assert (organization.created_at, organization.name) == (made, "Another name")


BY_NUMBER = CompiledQuery(
    lambda organization_id, number: Contact.objects.filter(
        organization_id=organization_id, phone_number=number
    ).values_list("pk", "first_name", "created_at", "user_id"),
    "organization_id",
    "number",
)


def test_a_compiled_query_finds_what_the_orm_finds(organization: Organization) -> None:
    insert(contact := kim(organization), kim(organization, phone_number="+14165550124"))

    for _ in range(2):
        row = BY_NUMBER.first(organization_id=organization.pk, number=NUMBER)
        assert row == (contact.pk, "Kim", contact.created_at, None)


@pytest.mark.parametrize("number", ["", "+14165550199", "' OR 1=1 --", "<organization_id>", "%s", "🔑"])
def test_a_compiled_query_finds_nothing_where_nothing_is(number: str, organization: Organization) -> None:
    insert(kim(organization))

    assert BY_NUMBER.first(organization_id=organization.pk, number=number) is None


def test_a_compiled_query_is_one_statement(organization: Organization) -> None:
    with CaptureQueriesContext(connection) as captured:
        BY_NUMBER.first(organization_id=organization.pk, number=NUMBER)

    assert len(captured) == 1


ROWS = CompiledQuery(
    lambda organization_id: (
        Contact.objects.filter(organization_id=organization_id)
        .annotate(named=Concat("last_name", Value("…"), "first_name"))
        .defer("email")
        .select_for_update()
        .order_by("phone_number")
    ),
    "organization_id",
)


def test_compiled_objects_are_those_of_the_orm_with_what_is_annotated(organization: Organization) -> None:
    insert(kim(organization, phone_number="+14165550124"), kim(organization, email="kim@example.com"))
    insert(kim(make_organization()))

    for _ in range(2):
        with transaction.atomic():
            found = ROWS.instances(organization_id=organization.pk)
        expected = list(Contact.objects.filter(organization=organization).order_by("phone_number"))
        assert found == expected
        assert [each.created_at for each in found] == [each.created_at for each in expected]
        assert {each.named for each in found} == {"…Kim"}
        assert [each.get_deferred_fields() for each in found] == [{"email"}] * 2
        assert [each.email for each in found] == [each.email for each in expected]
        found[0].save(update_fields=["first_name"])


def test_compiled_objects_are_none_where_nothing_is(organization: Organization) -> None:
    insert(kim(organization))

    with transaction.atomic():
        assert ROWS.instances(organization_id="0" * 24) == []


@pytest.mark.django_db(transaction=True)
def test_compiled_objects_are_locked_within_a_transaction_alone(organization: Organization) -> None:
    with transaction.atomic():
        ROWS.instances(organization_id=organization.pk)

    with pytest.raises(transaction.TransactionManagementError):
        ROWS.instances(organization_id=organization.pk)
