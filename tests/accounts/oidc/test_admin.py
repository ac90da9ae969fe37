"""Logging in to the admin at an OpenID provider."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from tests.accounts.oidc.logins import ADMIN_LOGIN, is_in, to_admin
from tests.accounts.oidc.openid_provider import OpenIdProvider
from tests.admin_site import admin_of, list_of, make_superuser, page_of, text_of
from tether_calls.accounts.models import OidcIdentity, User, UserSession
from tether_calls.trails.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def of_staff(provider: OpenIdProvider, user: User) -> User:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    provider.claims["email"] = user.email
    return user


def test_the_login_page_has_a_button(provider: OpenIdProvider, settings: Settings) -> None:
    settings.OIDC_LABEL = "Log in at Example & Sons"

    page = Client().get("/admin/login/", {"next": "/admin/calls/call/?q=1"}).content.decode()

    assert "Log in at Example &amp; Sons" in page
    assert 'href="/admin/login/oidc/?next=%2Fadmin%2Fcalls%2Fcall%2F%3Fq%3D1"' in page


def test_without_a_provider_it_has_none(db: None) -> None:
    assert "/admin/login/oidc/" not in Client().get("/admin/login/").content.decode()
    assert Client().get(ADMIN_LOGIN)["Location"] == "/admin/login/"


def test_staff_are_led_to_where_they_wanted(provider: OpenIdProvider, of_staff: User) -> None:
    browser, answer = to_admin(provider, next="/admin/calls/call/")

    assert answer["Location"] == "/admin/calls/call/"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert is_in(browser)
    session = UserSession.objects.get(user=of_staff)
    assert (session.kind, session.user_agent) == ("admin", "A browser")
    of_staff.refresh_from_db()
    assert of_staff.last_login is not None


@pytest.mark.parametrize("following", ["", "https://evil.example", "//evil.example/admin/", "/api/", "javascript:x"])
def test_nobody_is_led_out_of_the_admin(following: str, provider: OpenIdProvider, of_staff: User) -> None:
    _, answer = to_admin(provider, next=following)

    assert answer["Location"] == "/admin/"


def test_a_session_of_it_ends_as_others_do(provider: OpenIdProvider, of_staff: User) -> None:
    browser, _ = to_admin(provider)
    another, _ = to_admin(provider)

    another.post("/admin/accounts/user/security/", {"action": "end_others"})

    assert (is_in(browser), is_in(another)) == (False, True)
    another.post("/admin/logout/")
    assert not UserSession.objects.exists()


def test_users_who_are_no_staff_are_not_let_in(provider: OpenIdProvider, user: User) -> None:
    provider.claims["email"] = user.email

    browser, answer = to_admin(provider)

    assert answer["Location"] == "/admin/login/"
    assert "There is no account here for this login" in text_of(browser.get(answer["Location"]))
    assert not is_in(browser)


def test_staff_of_no_organization_are_not_either_as_with_a_password(provider: OpenIdProvider, of_staff: User) -> None:
    User.objects.filter(pk=of_staff.pk).update(organization=None)

    browser, answer = to_admin(provider)

    assert (answer["Location"], is_in(browser)) == ("/admin/login/", False)


def test_superusers_of_no_organization_are(provider: OpenIdProvider) -> None:
    root = make_superuser()
    provider.claims["email"] = root.email

    browser, _ = to_admin(provider)

    assert is_in(browser)


def test_an_ended_session_of_the_browser_is_not_taken_over(provider: OpenIdProvider, of_staff: User) -> None:
    """Whoever had the browser before: the key of the session is another one afterwards."""
    browser = Client()
    session = browser.session
    session["x"] = "y"
    session.save()
    before = session.session_key

    to_admin(provider, browser)

    assert browser.cookies["sessionid"].value != before


def test_a_login_for_the_admin_is_none_for_frontends(provider: OpenIdProvider, of_staff: User) -> None:
    browser, _ = to_admin(provider)

    assert is_in(browser)
    # There is no code in an address that could be exchanged.
    assert UserSession.objects.filter(kind="api").count() == 0


def test_a_provider_that_is_away_is_told_on_the_login_page(provider: OpenIdProvider) -> None:
    provider.discovery["issuer"] = "https://login.example.org"
    browser = Client()

    away = browser.get(ADMIN_LOGIN)

    assert away["Location"] == "/admin/login/"
    assert "The OpenID provider does not answer" in text_of(browser.get("/admin/login/"))


def test_a_superuser_sees_and_forgets_who_somebody_is_there(provider: OpenIdProvider, of_staff: User) -> None:
    to_admin(provider)
    root = admin_of(make_superuser())

    assert "Known there since" in text_of(root.get(page_of(of_staff)))
    root.post(list_of(User), {"action": "forget_at_provider", "_selected_action": [of_staff.pk]})
    assert not OidcIdentity.objects.exists()
    assert "Not known there" in text_of(root.get(page_of(of_staff)))
    entry = AuditEntry.objects.get(model="accounts.oidcidentity", action="deleted")
    assert (entry.organization_id, entry.actor_kind) == (of_staff.organization_id, "platform_staff")

    # Somebody else may have the address by now.
    provider.claims["sub"] = "person-2"
    browser, _ = to_admin(provider)
    assert is_in(browser)
