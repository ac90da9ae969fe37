"""`together`: writes that PostgreSQL gets as one statement, and SQLite one after another in a transaction."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from contacts.models import Contact
from tests.factories import make_user
from tests.statements import statements_made
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import new_object_id
from tether_calls.common.statements import after_commit, in_transaction, insert, together, update

pytestmark = pytest.mark.django_db(transaction=True)


def contact_of(organization: Organization, number: str) -> Contact:
    return Contact(organization=organization, phone_number=number)


@pytest.fixture
def home() -> Organization:
    organization = make_user().organization
    assert organization is not None
    return organization


def numbers() -> set[str]:
    return set(Contact.objects.values_list("phone_number", flat=True))


def test_all_of_it_is_written(home: Organization) -> None:
    one, other = contact_of(home, "+14165550101"), contact_of(home, "+14165550102")

    with statements_made() as made, together():
        insert(one)
        insert(other)
        update(Organization, where={"id": home.pk}, values={"name": "Renamed"}, add={})

    assert numbers() == {"+14165550101", "+14165550102"}
    assert Organization.objects.get(pk=home.pk).name == "Renamed"
    assert len(made) == (1 if connection.vendor == "postgresql" else 3)


def test_of_what_fails_nothing_is_written_and_nothing_follows(home: Organization) -> None:
    followed: list[str] = []

    @together()
    def write() -> None:
        insert(contact_of(home, "+14165550101"))
        after_commit(lambda: followed.append("followed"))
        insert(Contact(organization_id=new_object_id(), phone_number="+14165550102"))

    with pytest.raises(IntegrityError):
        write()

    assert numbers() == set()
    assert followed == []


def test_what_is_left_by_an_error_writes_nothing(home: Organization) -> None:
    @together()
    def write() -> None:
        insert(contact_of(home, "+14165550101"))
        raise LookupError

    with pytest.raises(LookupError):
        write()

    assert numbers() == set()
    assert not in_transaction()


def test_what_follows_comes_after_the_commit(home: Organization) -> None:
    seen: list[set[str]] = []

    with together():
        after_commit(lambda: seen.append(numbers()))
        insert(contact_of(home, "+14165550101"))
        assert in_transaction()
        assert seen == []

    assert seen == [{"+14165550101"}]


def test_within_a_transaction_it_is_kept_or_lost_with_it(home: Organization) -> None:
    seen: list[str] = []

    @transaction.atomic
    def write() -> None:
        with together():
            insert(contact_of(home, "+14165550101"))
            after_commit(lambda: seen.append("lost"))
        assert numbers() == {"+14165550101"}
        raise LookupError

    with pytest.raises(LookupError):
        write()

    assert (numbers(), seen) == (set(), [])


def test_its_failure_leaves_the_transaction_around_it(home: Organization) -> None:
    with transaction.atomic():
        insert(contact_of(home, "+14165550101"))
        with pytest.raises(IntegrityError), together():
            insert(contact_of(home, "+14165550101"))
        insert(contact_of(home, "+14165550102"))

    assert numbers() == {"+14165550101", "+14165550102"}


def test_what_follows_and_fails_is_logged(home: Organization, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise LookupError("lost")

    with together():
        insert(contact_of(home, "+14165550101"))
        after_commit(fails)

    assert numbers() == {"+14165550101"}
    assert "lost" in caplog.text


def test_what_is_not_as_it_says_is_not_updated(home: Organization) -> None:
    update(Organization, where={"id": home.pk, "name": "no such"}, values={"name": "Renamed"}, add={})
    assert Organization.objects.get(pk=home.pk).name != "Renamed"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite prepares every statement")
def test_it_is_prepared_where_that_is_wanted(home: Organization) -> None:
    def prepared() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE %s",
                ['UPDATE "accounts_organization" SET "is_active"%'],
            )
            return int(cursor.fetchone()[0])

    connection.ensure_connection()
    wanted = connection.connection.prepare_threshold
    found = []
    for threshold in (None, wanted):
        connection.connection.prepare_threshold = threshold
        update(Organization, where={"id": home.pk}, values={"is_active": True}, add={})
        found.append(prepared())

    assert found == [0, 1]


def test_nothing_within_is_no_statement() -> None:
    with statements_made() as made, together():
        pass

    assert made == []


@pytest.mark.parametrize("is_together", [False, True])
def test_what_follows_a_commit_may_fail_and_the_rest_follows(is_together: bool) -> None:
    followed: list[str] = []

    def fail(reason: str) -> None:
        raise ConnectionError(reason)

    with together() if is_together else transaction.atomic():
        # Without a name, as Django's own log of such a failure wants one.
        after_commit(partial(fail, "the channel layer is away"))
        after_commit(partial(followed.append, "the rest"))
        assert followed == []

    assert followed == ["the rest"]
