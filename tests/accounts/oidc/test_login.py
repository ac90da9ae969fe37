"""Logging in at an OpenID provider, as frontends do it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.accounts.oidc.logins import OIDC, Frontend
from tests.accounts.oidc.openid_provider import OpenIdProvider
from tests.accounts.sessions import assert_refused, refresh, verify
from tests.at_once import at_once
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_user
from tests.statements import statements_made
from tether_calls.accounts.models import OidcLogin, Organization, User, UserSession
from tether_calls.accounts.services.oidc_login import challenge_of

pytestmark = pytest.mark.django_db


def code_in(answer: Any) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def test_a_login_there_is_one_here(frontend: Frontend, user: User) -> None:
    answer = frontend.log_in()

    assert answer.status == 200
    assert_is("LoginResponse", answer.body)
    assert answer.body["user"]["id"] == user.pk
    assert verify(answer.body["token"]).status == 200
    assert refresh(answer.body["refreshToken"]).status == 200


def test_it_is_among_the_users_sessions_and_ends_as_they_do(frontend: Frontend, user: User) -> None:
    answer = frontend.log_in()

    session = UserSession.objects.get(user=user)
    user.refresh_from_db()
    assert (session.kind, session.address) == ("api", "127.0.0.1")
    assert user.last_login is not None
    assert ApiClient(answer.body["token"]).delete(f"/api/auth/sessions/{session.pk}").status == 200
    assert_refused(verify(answer.body["token"]))
    assert_refused(refresh(answer.body["refreshToken"]))


def test_frontends_are_told_whether_there_is_one(provider: OpenIdProvider, settings: Settings, api: ApiClient) -> None:
    told = ApiClient().get(OIDC).body
    settings.OIDC_FRONTEND_PAGE = ""
    of_admin_only = ApiClient().get(OIDC).body

    assert_is("OidcStateResponse", told)
    assert told["oidc"]["isEnabled"] is True
    assert told["oidc"]["loginUrl"] == "http://testserver/oidc/login"
    assert of_admin_only["oidc"] == {"isEnabled": False, "label": settings.OIDC_LABEL}


def test_without_a_provider_there_is_none() -> None:
    away = Client().get("/oidc/login", {"challenge": challenge_of("x")})

    assert (away.status_code, away.json()["code"]) == (404, "OIDC_NOT_CONFIGURED")
    assert ApiClient().get(OIDC).body["oidc"]["isEnabled"] is False
    assert Client().get("/oidc/callback", {"state": "x", "code": "x"})["Location"] == "/admin/login/"
    assert not OidcLogin.objects.exists()


@pytest.mark.parametrize("challenge", ["", "short", "x" * 44, "é" * 43])
def test_a_frontend_begins_with_a_challenge(challenge: str, provider: OpenIdProvider) -> None:
    away = Client().get("/oidc/login", {"challenge": challenge})

    assert (away.status_code, away.json()["code"]) == (400, "VALIDATION_ERROR")


def test_a_code_is_good_for_once(frontend: Frontend) -> None:
    code = frontend.go_there_and_back()["code"]

    assert frontend.exchange(code).status == 200
    assert code_in(frontend.exchange(code)) == (401, "OIDC_CODE_INVALID")


def test_a_code_is_good_for_the_frontend_that_began(frontend: Frontend) -> None:
    code = frontend.go_there_and_back()["code"]
    own, frontend.verifier = frontend.verifier, "x" * 43

    assert code_in(frontend.exchange(code)) == (401, "OIDC_CODE_INVALID")
    frontend.verifier = own
    assert frontend.exchange(code).status == 200


@pytest.mark.parametrize("spoilt", ["", "x", ".", "5f0000000000000000000000.x", "5f0000000000000000000000"])
def test_what_is_no_code_is_refused(spoilt: str, frontend: Frontend) -> None:
    code = frontend.go_there_and_back()["code"]

    assert frontend.exchange(code[:-1] + ("0" if code[-1] != "0" else "1")).status == 401
    assert frontend.exchange(spoilt).status == (400 if not spoilt else 401)


def test_a_code_is_good_for_five_minutes(frontend: Frontend) -> None:
    code = frontend.go_there_and_back()["code"]
    OidcLogin.objects.update(arrived_at=timezone.now() - timedelta(minutes=5))

    assert code_in(frontend.exchange(code)) == (401, "OIDC_CODE_INVALID")


@pytest.mark.django_db(transaction=True)
def test_of_two_exchanges_at_once_one_succeeds(frontend: Frontend) -> None:
    code = frontend.go_there_and_back()["code"]

    answers = at_once([lambda: frontend.exchange(code)] * 2)

    assert sorted(answer.status for answer in answers) == [200, 401]


def test_a_state_is_good_for_once(frontend: Frontend) -> None:
    brought = frontend.provider.person_logs_in(frontend.leave())
    cookies = frontend.browser.cookies.output()
    kept = frontend.browser.cookies["tether_oidc"].value
    told = frontend.come_back(brought)

    assert "tether_oidc" in cookies
    # As if nobody had taken the cookie away.
    frontend.browser.cookies["tether_oidc"] = kept
    again = frontend.come_back({**brought, "code": "another"})
    assert again == {"error": "OIDC_LOGIN_FAILED"}
    # And the provider was asked once.
    assert len(frontend.provider.requests_to("/token")) == 1
    assert frontend.exchange(told["code"]).status == 200


def test_a_state_is_good_in_the_browser_that_was_sent_away(frontend: Frontend) -> None:
    brought = frontend.provider.person_logs_in(frontend.leave())
    elsewhere = Frontend(frontend.provider)
    elsewhere.leave()

    assert elsewhere.come_back(brought) == {"error": "OIDC_LOGIN_FAILED"}
    assert frontend.provider.requests_to("/token") == []
    # A browser that was sent nowhere is shown the admin's login.
    assert Client().get("/oidc/callback", brought)["Location"] == "/admin/login/"


def test_a_forged_cookie_is_none(frontend: Frontend) -> None:
    brought = frontend.provider.person_logs_in(frontend.leave())
    frontend.browser.cookies["tether_oidc"] = frontend.browser.cookies["tether_oidc"].value[:-2] + "xx"

    assert frontend.browser.get("/oidc/callback", brought)["Location"] == "/admin/login/"
    assert frontend.provider.requests_to("/token") == []


def test_the_cookie_is_for_the_way_back_alone(frontend: Frontend) -> None:
    frontend.leave()
    cookie = frontend.browser.cookies["tether_oidc"]

    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/oidc/callback", True, "Lax")
    assert cookie["max-age"] == 900


def test_who_gives_up_there_is_told_to_begin_again(frontend: Frontend) -> None:
    brought = frontend.provider.person_logs_in(frontend.leave())

    told = frontend.come_back({"state": brought["state"], "error": "access_denied"})

    assert told == {"error": "OIDC_LOGIN_FAILED"}


def test_who_looks_at_an_address_beforehand_uses_up_nothing(frontend: Frontend) -> None:
    brought = frontend.provider.person_logs_in(frontend.leave())

    assert frontend.browser.head("/oidc/callback", brought).status_code == 200
    assert "code" in frontend.come_back(brought)


@pytest.mark.parametrize("shut_out", [{"is_active": False}, {"organization__is_active": False}])
def test_who_is_shut_out_before_the_exchange_stays_out(
    shut_out: dict[str, bool], frontend: Frontend, user: User
) -> None:
    code = frontend.go_there_and_back()["code"]
    if "is_active" in shut_out:
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        Organization.objects.filter(pk=user.home_id).update(is_active=False)

    assert code_in(frontend.exchange(code)) == (403, "OIDC_NO_ACCOUNT")


def test_who_logs_in_there_sees_what_the_organization_shows_them(frontend: Frontend, user: User) -> None:
    Organization.objects.filter(pk=user.home_id).update(narrows_roles=True)
    User.objects.filter(pk=user.pk).update(access_role="SALES_REP")

    client = ApiClient(frontend.log_in().body["token"])

    assert client.get("/api/audit").status == 403
    assert client.get("/api/calls/history").body["calls"] == []


def test_it_is_a_few_statements(frontend: Frontend) -> None:
    frontend.log_in()
    with statements_made() as leaving:
        address = frontend.leave()
    brought = frontend.provider.person_logs_in(address)
    with statements_made() as coming:
        told = frontend.come_back(brought)
    with statements_made() as exchanging:
        frontend.exchange(told["code"])

    # Of a browser that is sent away nothing is kept. Who comes back: the login, the link with the user, whose login it
    # is. What is exchanged: the login with its user, that it is used, and a session as any.
    assert (len(leaving), len(coming), len(exchanging)) == (0, 3, 5)


def test_failures_are_counted_with_those_of_passwords(frontend: Frontend, settings: Settings) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ADDRESS = 2
    code = frontend.go_there_and_back()["code"]

    assert frontend.exchange("x").status == 401
    assert ApiClient().post("/api/auth/login", {"email": "x@example.com", "password": "wrong"}).status == 401
    assert code_in(frontend.exchange(code)) == (429, "TOO_MANY_REQUESTS")
    brought = frontend.provider.person_logs_in(frontend.leave())
    assert frontend.come_back(brought) == {"error": "TOO_MANY_REQUESTS"}


def test_platform_staff_of_no_organization_have_no_frontend(frontend: Frontend) -> None:
    root = make_user(organization=None, is_staff=True, is_superuser=True)
    frontend.provider.claims["email"] = root.email

    assert code_in(frontend.log_in()) == (403, "OIDC_NO_ACCOUNT")
