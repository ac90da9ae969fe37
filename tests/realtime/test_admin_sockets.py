"""/ws/events for pages of the admin: a ticket, which opens it together with the session that it was issued to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client

from tests.admin_site import admin_of, make_staff, make_superuser
from tests.factories import PASSWORD, make_organization, make_user
from tests.realtime.sockets import Socket, happen, live, look_after_sockets_every, numbers_of, opened
from tether_calls.accounts import tickets
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.tokens import issue_tokens

pytestmark = live

TICKET = "/admin/live/ticket/"
UNAUTHORIZED, FORBIDDEN_ORIGIN = 4401, 4403


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


@pytest.fixture
def colleague(user: User) -> User:
    """Staff of the user's organization."""
    assert user.organization is not None
    return make_staff(user.organization)


def session_of(client: Client) -> str:
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def cookie_of(client: Client) -> str:
    return f"theme=dark; {django_settings.SESSION_COOKIE_NAME}={session_of(client)}"


def ticket_for(client: Client, organization_id: str = "") -> str:
    answer = client.post(TICKET, {"organization": organization_id})
    assert answer.status_code == 200, answer
    ticket: str = answer.json()["ticket"]
    return ticket


@contextmanager
def opened_in(client: Client, live_url: str, organization_id: str = "") -> Iterator[Socket]:
    """As the live page does it."""
    ticket, cookie = ticket_for(client, organization_id), cookie_of(client)
    with opened(live_url, token=ticket, cookie=cookie, origin=live_url) as socket:
        yield socket


def test_staff_hear_what_happens_in_their_organization(live_url: str, user: User, colleague: User) -> None:
    with opened_in(admin_of(colleague), live_url) as socket:
        assert socket.subprotocol == "bearer"
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]


def test_staff_of_another_organization_hear_nothing(live_url: str, user: User, colleague: User) -> None:
    other = make_user()
    assert other.organization is not None
    with opened_in(admin_of(make_staff(other.organization)), live_url, user.home_id) as socket:
        happen(user, 1)
        happen(other, 2)
        assert numbers_of([socket.frame()]) == [2]
        assert socket.answers()


def test_a_superuser_hears_the_organization_that_was_chosen_and_no_other(live_url: str, user: User) -> None:
    other = make_user()
    with opened_in(admin_of(make_superuser()), live_url, user.home_id) as socket:
        happen(other, 2)
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]


def test_a_superuser_who_has_chosen_none_gets_no_ticket(live_url: str) -> None:
    root = admin_of(make_superuser())
    assert root.post(TICKET).status_code == 403
    assert root.post(TICKET, {"organization": "5f0000000000000000000000"}).status_code == 403


def test_what_was_missed_is_had_again(live_url: str, user: User, colleague: User) -> None:
    client = admin_of(colleague)
    [first] = happen(user, 1)
    happen(user, 2)
    with opened_in(client, live_url) as socket:
        frames, _ = socket.resume(first)
        assert numbers_of(frames) == [2]


# ---- Pages of strangers ----------------------------------------------------------------------------------------


def test_no_ticket_is_given_without_the_token_of_the_form(live_url: str, colleague: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(colleague)
    assert client.post(TICKET).status_code == 403


def test_no_ticket_is_given_to_who_is_not_logged_in_or_no_staff(live_url: str, user: User) -> None:
    for client in (Client(), admin_of(user)):
        answer = client.post(TICKET)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_a_ticket_is_asked_for_by_post_only(live_url: str, colleague: User) -> None:
    assert admin_of(colleague).get(TICKET).status_code == 405


def test_the_cookie_alone_opens_nothing(live_url: str, colleague: User) -> None:
    """Which a browser sends along whatever page opens the socket."""
    cookie = cookie_of(admin_of(colleague))
    with opened(live_url, token="x", cookie=cookie, origin=live_url) as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_the_ticket_alone_opens_nothing(live_url: str, colleague: User) -> None:
    with opened(live_url, token=ticket_for(admin_of(colleague)), origin=live_url) as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_a_ticket_opens_nothing_for_another_session(live_url: str, colleague: User) -> None:
    ticket = ticket_for(admin_of(colleague))
    with opened(live_url, token=ticket, cookie=cookie_of(admin_of(colleague)), origin=live_url) as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_another_page_opens_nothing_even_with_both(live_url: str, colleague: User, settings: Any) -> None:
    client = admin_of(colleague)
    ticket, cookie = ticket_for(client), cookie_of(client)
    with opened(live_url, token=ticket, cookie=cookie, origin="https://evil.example") as socket:
        assert socket.close_code() == FORBIDDEN_ORIGIN
    # One that may use the API with a token of its own is not the admin either; nor is what is no browser.
    settings.ALLOWED_ORIGINS = ["https://app.example"]
    with opened(live_url, token=ticket, cookie=cookie, origin="https://app.example") as socket:
        assert socket.close_code() == UNAUTHORIZED
    with opened(live_url, token=ticket, cookie=cookie) as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_a_ticket_is_good_for_a_minute(live_url: str, colleague: User, monkeypatch: Any) -> None:
    client = admin_of(colleague)
    ticket = ticket_for(client)
    monkeypatch.setattr(tickets, "TICKET_SECONDS", -1)
    with opened(live_url, token=ticket, cookie=cookie_of(client), origin=live_url) as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_a_ticket_that_was_changed_is_none(live_url: str, colleague: User) -> None:
    client = admin_of(colleague)
    kind, said, *rest = ticket_for(client).split(".")
    forged = signing.b64_encode(signing.b64_decode(said.encode()).replace(b"organization", b"orgonization")).decode()
    for ticket in (".".join((kind, forged, *rest)), f"{kind}.", f"{kind}.{said}", tickets.PREFIX + "a.b.c"):
        with opened(live_url, token=ticket, cookie=cookie_of(client), origin=live_url) as socket:
            assert socket.close_code() == UNAUTHORIZED


def test_a_ticket_says_nothing_of_the_session_key(colleague: User) -> None:
    client = admin_of(colleague)
    _, said, *_ = ticket_for(client).split(".")
    assert session_of(client).encode() not in signing.b64_decode(said.encode())


def test_a_token_of_the_frontend_opens_it_as_before_whatever_cookies_come_along(live_url: str, user: User) -> None:
    token = issue_tokens(user).access
    with opened(live_url, token=token, cookie="sessionid=whatever; =; ;", origin=live_url) as socket:
        assert socket.answers()


# ---- The end of it -----------------------------------------------------------------------------------------------


def _log_out(client: Client, _: User) -> None:
    client.post("/admin/logout/")


def _end_session(client: Client, _: User) -> None:
    Session.objects.filter(pk=session_of(client)).delete()


def _change_password(_: Client, user: User) -> None:
    user.set_password(PASSWORD + " and another")
    user.save()


def _deactivate(_: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _take_staff_away(_: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=False)


def _move(_: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(organization=make_organization())


def _deactivate_organization(_: Client, user: User) -> None:
    Organization.objects.filter(pk=user.organization_id).update(is_active=False)


ENDS: list[Callable[[Client, User], None]] = [
    _log_out,
    _end_session,
    _change_password,
    _deactivate,
    _take_staff_away,
    _move,
    _deactivate_organization,
]


@pytest.mark.parametrize("end", ENDS)
def test_a_socket_ends_with_what_let_it_in(
    end: Callable[[Client, User], None], live_url: str, user: User, colleague: User, monkeypatch: Any
) -> None:
    look_after_sockets_every(0.05, monkeypatch)
    client = admin_of(colleague)
    ticket, cookie = ticket_for(client), cookie_of(client)
    with opened(live_url, token=ticket, cookie=cookie, origin=live_url) as socket:
        assert socket.answers()
        end(client, colleague)
        assert socket.close_code() == UNAUTHORIZED
    with opened(live_url, token=ticket, cookie=cookie, origin=live_url) as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_a_superuser_who_is_one_no_more_hears_nothing_more(live_url: str, user: User, monkeypatch: Any) -> None:
    look_after_sockets_every(0.05, monkeypatch)
    root = make_superuser()
    with opened_in(admin_of(root), live_url, user.home_id) as socket:
        assert socket.answers()
        User.objects.filter(pk=root.pk).update(is_superuser=False)
        assert socket.close_code() == UNAUTHORIZED


def test_sockets_of_the_frontend_and_of_the_admin_are_looked_after_together(
    live_url: str, user: User, colleague: User, monkeypatch: Any
) -> None:
    look_after_sockets_every(0.05, monkeypatch)
    client = admin_of(colleague)
    with opened(live_url, token=issue_tokens(user).access) as frontend, opened_in(client, live_url) as admin:
        assert frontend.answers()
        assert admin.answers()
        _end_session(client, colleague)
        assert admin.close_code() == UNAUTHORIZED
        assert frontend.answers()
