"""A user is moved to another organization, at any moment of a request: what it leaves is of one organization."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from calls.demo.simulator import Simulator
from calls.models import Call
from tests.calls.api.ai.outbound import make_office, outbound, simulating
from tests.calls.api.browsing import ANSWER, INBOUND, INITIATE, ringing_call
from tests.calls.api.ingesting import INGEST
from tests.calls.partner.dialling import body, post
from tests.calls.partner.partners import partner_of
from tests.calls.webhooks import twilio_office
from tests.clients import Answer, logged_in, vendor_of
from tests.factories import ingest_body, make_contact, make_organization, make_user
from tether_calls.accounts.models import Organization, User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

# More than any of these requests makes: the last one is not reached, which the tests look for.
MOST_STATEMENTS = 40


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulating() as running:
        yield running


def new_office(simulator: Simulator) -> User:
    """A user of an organization of their own, who can do everything that is asked for here."""
    user = make_user()
    office = make_office(user, simulator)
    office.number.ai_agent = office.agent
    office.number.save()
    make_contact(office.agent.organization, phone_number="+14165550199")
    return user


def to_ingest(user: User) -> Callable[[], Answer]:
    vendor = vendor_of(user)
    return lambda: vendor.post(INGEST, ingest_body())


def to_dial_in_a_browser(user: User) -> Callable[[], Answer]:
    api = logged_in(user)
    return lambda: api.post(INITIATE, {"phoneNumber": "+14165550199"})


def to_be_rung(user: User) -> Callable[[], Answer]:
    api = logged_in(user)
    return lambda: api.post(INBOUND, {"callerNumber": "+14165550199"})


def to_answer(user: User) -> Callable[[], Answer]:
    api, call = logged_in(user), ringing_call(user)
    return lambda: api.post(ANSWER, {"callId": call.pk})


def to_have_an_agent_dial(user: User) -> Callable[[], Answer]:
    api = logged_in(user)
    return lambda: outbound(api, phoneNumber="+12025550150")


def to_dial_as_a_partner(user: User) -> Callable[[], Answer]:
    partner = partner_of(user)
    return lambda: post(partner, body(phone_number="+12025550150"), key=new_object_id())


REQUESTS = [to_ingest, to_dial_in_a_browser, to_be_rung, to_answer, to_have_an_agent_dial, to_dial_as_a_partner]


@pytest.mark.parametrize("prepare", REQUESTS)
def test_what_a_request_leaves_is_of_one_organization_whenever_its_user_is_moved(
    prepare: Callable[[User], Callable[[], Answer]], simulator: Simulator
) -> None:
    elsewhere = make_organization()
    for number in range(1, MOST_STATEMENTS):
        # Taken back, since a number is one organization's.
        begin = transaction.savepoint()
        user = new_office(simulator)
        home = user.organization
        assert home is not None
        ask = prepare(user)
        before = rows_by_organization()
        with moving_after(number, user, elsewhere) as moved:
            answer = ask()
        kept = {
            organization_id
            for organization_id, rows in rows_by_organization().items()
            if rows != before.get(organization_id)
        }
        assert kept == {home.pk}, (number, kept)
        assert answer.status < 300, (number, answer)
        assert_no_row_refers_to_another_organization()
        transaction.savepoint_rollback(begin)
        if not moved:
            break
    else:
        pytest.fail("more statements than were looked at")
    assert number > 3


def test_a_number_of_a_user_who_was_moved_rings_nobody(user: User, other_user: User) -> None:
    twilio_office.make_account(user)
    number = twilio_office.make_number(user)
    User.objects.filter(pk=user.pk).update(organization=other_user.organization)

    answer = twilio_office.deliver("inbound", twilio_office.request("voice_inbound"))

    call = Call.objects.get()
    assert (call.organization_id, call.user_id, call.status) == (number.organization_id, None, "no-answer")
    assert user.pk.encode() not in answer.content


@contextmanager
def moving_after(number: int, user: User, to: Organization) -> Iterator[list[int]]:
    """The user is moved when so many statements have been made; what is yielded is filled then."""
    made, moved = 0, list[int]()

    def count(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        nonlocal made
        outcome = execute(sql, parameters, many, context)
        made += 1
        if made == number and not moved:
            moved.append(number)
            # Past the audit log, which tells both organizations of it.
            User._base_manager.filter(pk=user.pk).update(organization=to)
        return outcome

    with connection.execute_wrapper(count):
        yield moved


def _rows(model: type[models.Model]) -> list[dict[str, Any]]:
    return list(model._default_manager.order_by("pk").values())


@cache
def _models() -> list[type[models.Model]]:
    """Those whose rows are an organization's; users are not: they are what is moved."""
    names = {model: {field.attname for field in model._meta.concrete_fields} for model in apps.get_models()}
    return [model for model, columns in names.items() if "organization_id" in columns and model is not User]


def _models_with_rows() -> list[type[models.Model]]:
    """Found by one statement: of some seventy tables most are empty."""
    has_rows = (
        f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(model._meta.db_table)})"  # noqa: S608
        for number, model in enumerate(_models())
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(has_rows))
        return [_models()[number] for (number,) in cursor.fetchall()]


def rows_by_organization() -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for model in _models_with_rows():
        for row in _rows(model):
            found.setdefault(row["organization_id"], set()).add((model._meta.label, repr(row)))
    return found


def assert_no_row_refers_to_another_organization() -> None:
    for model in _models_with_rows():
        for field in model._meta.concrete_fields:
            if field.related_model in _models():
                own, other = "organization_id", f"{field.name}__organization_id"
                pairs = model._default_manager.exclude(**{f"{field.name}": None}).values_list(own, other)
                assert all(one == another for one, another in pairs), (model, field.name)
