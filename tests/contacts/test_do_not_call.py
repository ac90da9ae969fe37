"""The Do Not Call list: what is added, and what it then forbids."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from contacts.do_not_call_csv import lines_of
from contacts.models import DoNotCallNumber, DoNotCallSource
from contacts.selectors.do_not_call import do_not_call_entry
from contacts.selectors.permission import check_may_be_called
from contacts.services.do_not_call import (
    add_to_do_not_call,
    hand_over_entries,
    remove_from_do_not_call,
    take_back_text,
)
from contacts.services.import_do_not_call import import_do_not_call
from tests.at_once import at_once
from tests.factories import make_do_not_call, make_organization, make_user
from tether_calls.accounts.models import CallingHours
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

NUMBER, ANOTHER = "+14165550199", "+14165550198"
# A Wednesday, 11:00 in Toronto.
AT = datetime(2026, 5, 13, 15, tzinfo=UTC)


def is_do_not_call(*, organization_id: str, phone_number: str) -> bool:
    return do_not_call_entry(organization_id=organization_id, phone_number=phone_number) is not None


def add(organization_id: str, number: str = NUMBER, **fields: Any) -> tuple[DoNotCallNumber, bool]:
    return add_to_do_not_call(
        organization_id=organization_id, phone_number=number, **{"source": DoNotCallSource.ADMIN, **fields}
    )


def refusal(organization_id: str, number: str = NUMBER, at: datetime = AT) -> ErrorCode | None:
    try:
        check_may_be_called(organization_id=organization_id, phone_number=number, at=at)
    except TetherError as error:
        return error.code
    return None


def test_an_entry_says_why_and_who_and_where_from() -> None:
    user, call_id = make_user(), new_object_id()

    entry, is_new = add(
        user.home_id, reason="Asked to", source=DoNotCallSource.CALL, added_by_id=user.pk, call_id=call_id
    )

    assert is_new
    assert DoNotCallNumber.objects.values(
        "organization_id", "phone_number", "reason", "source", "added_by_id", "call_id"
    ).get(pk=entry.pk) == {
        "organization_id": user.organization_id,
        "phone_number": NUMBER,
        "reason": "Asked to",
        "source": "call",
        "added_by_id": user.pk,
        "call_id": call_id,
    }


def test_adding_a_number_again_changes_nothing() -> None:
    home = make_organization().pk
    first, _ = add(home, reason="Asked to")

    second, is_new = add(home, "+1 (416) 555-0199", reason="Another", source=DoNotCallSource.API)

    assert (second.pk, second.reason, second.source, is_new) == (first.pk, "Asked to", "admin", False)
    assert DoNotCallNumber.objects.count() == 1


@pytest.mark.parametrize("first", [DoNotCallSource.CALL, DoNotCallSource.SMS])
@pytest.mark.parametrize("people", [DoNotCallSource.ADMIN, DoNotCallSource.IMPORT, DoNotCallSource.API])
def test_what_people_have_put_there_no_text_and_no_call_takes_off(
    first: DoNotCallSource, people: DoNotCallSource
) -> None:
    user, call_id = make_user(), new_object_id()
    home = user.home_id
    add(home, source=first, reason="Asked to", call_id=call_id if first == DoNotCallSource.CALL else None)
    if people == DoNotCallSource.IMPORT:
        import_do_not_call(organization_id=home, lines=lines_of([f"phone_number\n{NUMBER}\n".encode()]))
    else:
        add(home, source=people, added_by_id=user.pk)

    assert not take_back_text(organization_id=home, phone_number=NUMBER)
    hand_over_entries(organization_id=home, call_id=call_id, to_call_id=None)

    entry = DoNotCallNumber.objects.get()
    assert (entry.source, entry.reason) == (people, "Asked to")


@pytest.mark.parametrize("order", [("call", "sms"), ("sms", "call")])
def test_a_text_and_a_call_are_taken_back_each_for_itself(order: tuple[str, str]) -> None:
    call_id, other_id = new_object_id(), new_object_id()
    takes_back: dict[str, Callable[[str], Any]] = {
        "sms": lambda home: take_back_text(organization_id=home, phone_number=NUMBER),
        "call": lambda home: hand_over_entries(organization_id=home, call_id=call_id, to_call_id=None),
    }
    for last in order:
        home = make_organization().pk
        entries = DoNotCallNumber.objects.of_organization(home)
        for source in order:
            add(home, source=DoNotCallSource(source), call_id=call_id if source == "call" else None)
        for source in (order[0] if last == order[1] else order[1], last):
            assert entries.count() == 1, (last, source)
            takes_back[source](home)
        assert not entries.exists()
    # Another call takes the place of one beside a text, too.
    home = make_organization().pk
    for source in order:
        add(home, source=DoNotCallSource(source), call_id=call_id if source == "call" else None)
    hand_over_entries(organization_id=home, call_id=call_id, to_call_id=other_id)
    assert not takes_back["sms"](home)
    entry = DoNotCallNumber.objects.of_organization(home).get()
    assert (entry.source, entry.call_id) == ("call", other_id)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_add_a_number_at_once_one_does() -> None:
    home = make_organization().pk

    added = at_once([lambda: add(home) for _ in range(6)])

    assert sorted(is_new for _, is_new in added) == [False] * 5 + [True]
    assert len({entry.pk for entry, _ in added}) == DoNotCallNumber.objects.count() == 1


@pytest.mark.parametrize("number", ["", "hello", "416 555 0199", "+1416", "\0"])
def test_what_is_no_number_is_not_added(number: str) -> None:
    with pytest.raises(TetherError) as raised:
        add(make_organization().pk, number)
    assert raised.value.code == ErrorCode.VALIDATION_ERROR
    assert raised.value.message == f"phoneNumber: {raised.value.details[0].message}"


def test_a_reason_is_kept_in_one_line_that_fits() -> None:
    home = make_organization().pk
    assert add(home, reason=" Asked\r\n twice\0 ")[0].reason == "Asked twice"
    assert add(home, ANOTHER, reason="x" * 1_000)[0].reason == "x" * 200


def test_removing_a_number_permits_it_and_may_be_repeated() -> None:
    home = make_organization().pk
    add(home)

    removed = [remove_from_do_not_call(organization_id=home, phone_number="+1 416 555 0199") for _ in range(2)]

    assert removed == [True, False]
    assert not is_do_not_call(organization_id=home, phone_number=NUMBER)


def test_removing_a_number_leaves_other_organizations_lists_alone() -> None:
    home, other = make_organization().pk, make_organization().pk
    add(other)

    assert not remove_from_do_not_call(organization_id=home, phone_number=NUMBER)
    assert is_do_not_call(organization_id=other, phone_number=NUMBER)


@pytest.mark.parametrize(
    ("listed", "dialled"),
    [(NUMBER, NUMBER), ("+442079460018", "+4402079460018"), ("+44 (0)20 7946 0018", "+442079460018")],
)
def test_a_number_is_forbidden_however_it_is_spelled(listed: str, dialled: str) -> None:
    home = make_organization().pk
    add(home, listed)

    assert is_do_not_call(organization_id=home, phone_number=dialled)
    assert refusal(home, dialled) == ErrorCode.DO_NOT_CALL


def test_only_the_own_list_forbids() -> None:
    home, other = make_organization().pk, make_organization().pk
    add(other)
    add(home, ANOTHER)

    assert not is_do_not_call(organization_id=home, phone_number=NUMBER)
    assert refusal(home) is None


def test_each_question_costs_one_statement() -> None:
    home = make_organization()
    CallingHours.objects.create(organization=home)
    make_do_not_call(home, phone_number=ANOTHER)
    with CaptureQueriesContext(connection) as queries:
        assert is_do_not_call(organization_id=home.pk, phone_number=ANOTHER)
        assert refusal(home.pk) is None
    assert len(queries) == 2


def test_outside_of_the_hours_a_number_is_refused_and_the_list_is_told_first() -> None:
    home = make_organization()
    CallingHours.objects.create(organization=home, start=time(9), end=time(20))
    night = AT.replace(hour=4)

    assert (refusal(home.pk), refusal(home.pk, at=night)) == (None, ErrorCode.OUTSIDE_CALLING_HOURS)
    add(home.pk)
    assert refusal(home.pk, at=night) == ErrorCode.DO_NOT_CALL


def test_the_hours_of_another_organization_do_not_count() -> None:
    CallingHours.objects.create(organization=make_organization(), start=time(9), end=time(10))

    assert refusal(make_organization().pk) is None


def test_the_database_keeps_a_number_once_and_from_known_sources() -> None:
    home = make_organization()
    make_do_not_call(home, phone_number=NUMBER)
    for fields in ({"phone_number": NUMBER}, {"source": "rumour"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_do_not_call(home, **fields)


def test_an_entry_outlives_whoever_added_it() -> None:
    user = make_user()
    add(user.home_id, added_by_id=user.pk)

    user.delete()

    assert DoNotCallNumber.objects.get().added_by_id is None
