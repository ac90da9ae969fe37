"""Who has listened to a call: the player tells it, the page shows it, the list asks for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import Call, CallHearing
from tests.admin_site import admin_of, found, make_staff, make_superuser, page_of, statements_of, text_of
from tests.factories import make_call, make_user
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db


def heard_at(call: Call) -> str:
    return f"/admin/calls/call/{call.pk}/heard/"


def heard_by(call: Call, *users: User) -> None:
    CallHearing.objects.bulk_create(CallHearing(call=call, user=user) for user in users)


def test_whoever_has_listened_is_named_with_the_time(home: Organization, user: User) -> None:
    call, listener = make_call(user), make_staff(home)
    client = admin_of(listener)
    assert "Nobody yet." in text_of(client.get(page_of(call)))

    answer = client.post(heard_at(call))

    assert listener.full_name in text_of(answer)
    assert "<html" not in answer.content.decode()
    assert listener.full_name in text_of(client.get(page_of(call))).partition("Heard by")[2]


def test_who_listens_again_is_named_once_with_the_last_time(home: Organization, user: User) -> None:
    call, listener = make_call(user), make_staff(home)
    early = timezone.now() - timedelta(days=1)
    CallHearing.objects.create(call=call, user=listener, first_at=early, last_at=early)

    admin_of(listener).post(heard_at(call))

    hearing = CallHearing.objects.get()
    assert hearing.first_at == early
    assert hearing.last_at > early


def test_opening_the_page_is_no_listening(staff: Client, user: User) -> None:
    call = make_call(user)
    staff.get(page_of(call))
    assert staff.get(heard_at(call)).status_code == 405
    assert not CallHearing.objects.exists()


def test_a_call_of_another_organization_is_heard_by_nobody(staff: Client, other_user: User) -> None:
    assert staff.post(heard_at(make_call(other_user))).status_code == 404
    assert staff.post("/admin/calls/call/x/heard/").status_code == 404
    assert not CallHearing.objects.exists()


def test_a_listener_needs_the_page_s_token(home: Organization, user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff(home))
    assert client.post(heard_at(make_call(user))).status_code == 403


def test_calls_are_found_by_who_has_heard_them(home: Organization, user: User) -> None:
    me, other = make_staff(home), make_staff(home)
    mine, theirs, nobodys = (make_call(user) for _ in range(3))
    heard_by(mine, me)
    heard_by(theirs, other)
    client = admin_of(me)

    assert set(found(client, Call, heard="by_me")) == {mine}
    assert set(found(client, Call, heard="not_by_me")) == {theirs, nobodys}
    assert set(found(client, Call, heard="by_anybody")) == {mine, theirs}
    assert set(found(client, Call, heard="by_nobody")) == {nobodys}
    assert set(found(client, Call, heard="x")) == {mine, theirs, nobodys}


def test_a_superuser_s_own_hearings_count_in_every_organization(user: User, other_user: User) -> None:
    root = make_superuser()
    heard, other = make_call(user), make_call(other_user)
    admin_of(root).post(heard_at(heard))

    assert set(found(admin_of(root), Call, heard="not_by_me")) == {other}


def test_the_page_names_ten_listeners_and_costs_as_much_with_many(
    staff: Client, home: Organization, user: User
) -> None:
    call = make_call(user)
    heard_by(call, make_user(organization=home))
    few = len(statements_of(staff, page_of(call)))

    heard_by(call, *(make_user(organization=home) for _ in range(11)))

    assert len(statements_of(staff, page_of(call))) == few
    box = staff.get(page_of(call)).content.decode().partition('id="call-heard"')[2].partition("</section>")[0]
    assert box.count("<li") == 11
    assert "and others before" in box
