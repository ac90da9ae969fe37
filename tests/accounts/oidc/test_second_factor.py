"""Two-factor login and the OpenID provider: the rule holds, unless the operator lets count what that asks for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.accounts.oidc.logins import Frontend, is_in, to_admin
from tests.accounts.oidc.openid_provider import OpenIdProvider
from tests.accounts.second_factors import enrolled, next_code, wrong_code
from tests.accounts.sessions import refresh, session_of
from tests.clients import ApiClient
from tests.factories import PASSWORD
from tether_calls.accounts.memberships import membership_of, still_members
from tether_calls.accounts.models import OidcIdentity, Organization, User

pytestmark = pytest.mark.django_db

HISTORY = "/api/calls/history"
SECURITY = "/admin/accounts/user/security/"


def code_in(answer: Any) -> tuple[int, str]:
    return answer.status, answer.body["code"]


@pytest.fixture
def strict(user: User) -> Organization:
    Organization.objects.filter(pk=user.home_id).update(requires_two_factor=True)
    return Organization.objects.get(pk=user.home_id)


@pytest.fixture
def counting(settings: Settings) -> None:
    """What the provider asks for counts, where it says that it was more than a password."""
    settings.OIDC_SECOND_FACTORS = ["mfa", "hwk"]


def test_who_has_it_is_asked_for_a_code_all_the_same(frontend: Frontend, user: User) -> None:
    enrolled(user)
    code = frontend.go_there_and_back()["code"]

    assert code_in(frontend.exchange(code)) == (401, "OTP_REQUIRED")
    assert code_in(frontend.exchange(code, otp=wrong_code(user))) == (401, "INVALID_OTP")
    assert frontend.exchange(code, otp=next_code(user)).status == 200
    assert code_in(frontend.exchange(code, otp=next_code(user))) == (401, "OIDC_CODE_INVALID")


def test_who_does_not_pass_it_leaves_the_account_as_it_was(frontend: Frontend, user: User, settings: Settings) -> None:
    """The provider may let somebody else have the address."""
    settings.OIDC_ROLE_CLAIM = "roles"
    enrolled(user)
    frontend.provider.claims |= {"sub": "somebody else", "roles": "SALES_REP"}
    theirs = frontend.go_there_and_back()["code"]
    assert code_in(frontend.exchange(theirs)) == (401, "OTP_REQUIRED")
    assert code_in(frontend.exchange(theirs, otp=wrong_code(user))) == (401, "INVALID_OTP")
    user.refresh_from_db()
    assert (user.access_role, OidcIdentity.objects.exists()) == ("ADMIN", False)

    frontend.provider.claims |= {"sub": "the user", "roles": "DEPARTMENT_HEAD"}
    assert frontend.log_in(otp=next_code(user)).status == 200
    user.refresh_from_db()
    assert (user.access_role, OidcIdentity.objects.get().subject) == ("DEPARTMENT_HEAD", "the user")
    # What was begun before is worth nothing any more, with whatever code.
    assert code_in(frontend.exchange(theirs, otp=next_code(user))) == (403, "OIDC_NO_ACCOUNT")
    assert OidcIdentity.objects.get().subject == "the user"


def test_a_login_of_another_provider_is_not_exchanged(frontend: Frontend, settings: Settings) -> None:
    """Where the operator has changed it meanwhile: its subject is somebody else there."""
    code = frontend.go_there_and_back()["code"]
    settings.OIDC_ISSUER = "https://login.example.org"
    assert code_in(frontend.exchange(code)) == (401, "OIDC_CODE_INVALID")
    assert not OidcIdentity.objects.exists()


def test_guessing_codes_has_to_wait_here_too(frontend: Frontend, user: User) -> None:
    enrolled(user)
    code = frontend.go_there_and_back()["code"]
    for _ in range(5):
        frontend.exchange(code, otp=wrong_code(user))

    assert code_in(frontend.exchange(code, otp=next_code(user))) == (429, "TOO_MANY_REQUESTS")


def test_where_it_is_required_it_is_set_up_first(frontend: Frontend, strict: Organization) -> None:
    frontend.provider.claims["amr"] = ["pwd", "mfa"]
    token = frontend.log_in().body["token"]

    # Nobody has said that the provider's counts.
    assert code_in(ApiClient(token).get(HISTORY)) == (403, "TWO_FACTOR_ENROLMENT_REQUIRED")
    assert membership_of(token, cookies="") is None


@pytest.mark.usefixtures("counting")
def test_what_the_provider_asks_for_counts_where_the_operator_says_so(
    frontend: Frontend, strict: Organization, user: User
) -> None:
    frontend.provider.claims["amr"] = ["pwd", "mfa"]

    session = frontend.log_in().body
    later = refresh(session["refreshToken"]).body

    for token in (session["token"], later["token"]):
        assert ApiClient(token).get(HISTORY).status == 200
        membership = membership_of(token, cookies="")
        assert membership is not None
        assert still_members([membership]) == [True]
    # Of this session alone.
    assert code_in(ApiClient(session_of(user)["token"]).get(HISTORY)) == (403, "TWO_FACTOR_ENROLMENT_REQUIRED")


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize("amr", [None, [], ["pwd"], "mfa", ["MFA"], [["mfa"]], {"mfa": True}], ids=str)
def test_a_password_there_is_one_factor(amr: Any, frontend: Frontend, strict: Organization) -> None:
    frontend.provider.claims["amr"] = amr

    assert code_in(ApiClient(frontend.log_in().body["token"]).get(HISTORY)) == (403, "TWO_FACTOR_ENROLMENT_REQUIRED")


@pytest.mark.usefixtures("counting")
def test_who_has_it_here_is_not_asked_twice(frontend: Frontend, user: User) -> None:
    enrolled(user)
    frontend.provider.claims["amr"] = ["hwk"]

    assert frontend.log_in().status == 200


@pytest.mark.usefixtures("counting")
def test_once_it_counts_no_more_it_counts_for_no_session(
    frontend: Frontend, strict: Organization, settings: Settings
) -> None:
    frontend.provider.claims["amr"] = ["mfa"]
    session = frontend.log_in().body
    membership = membership_of(session["token"], cookies="")
    assert membership is not None

    settings.OIDC_SECOND_FACTORS = []

    assert code_in(ApiClient(session["token"]).get(HISTORY)) == (403, "TWO_FACTOR_ENROLMENT_REQUIRED")
    assert still_members([membership]) == [False]


@pytest.mark.usefixtures("counting")
def test_a_session_that_goes_on_with_another_password_has_proved_as_much(
    frontend: Frontend, strict: Organization
) -> None:
    frontend.provider.claims["amr"] = ["mfa"]
    client = ApiClient(frontend.log_in().body["token"])

    changed = client.post("/api/auth/password", {"currentPassword": PASSWORD, "newPassword": "staple of wires"})

    assert ApiClient(changed.body["token"]).get(HISTORY).status == 200


@pytest.mark.usefixtures("counting")
def test_who_has_it_at_the_provider_may_require_it_of_others(frontend: Frontend, user: User) -> None:
    frontend.provider.claims["amr"] = ["mfa"]
    client = ApiClient(frontend.log_in().body["token"])

    assert client.put(f"/api/organizations/{user.home_id}/access", {"requiresTwoFactor": True}).status == 200
    assert client.get(HISTORY).status == 200


# ---- In the admin ----------------------------------------------------------------------------------------------------


@pytest.fixture
def of_staff(provider: OpenIdProvider, user: User) -> User:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    provider.claims["email"] = user.email
    return user


def test_the_admin_asks_for_the_code_on_a_page_of_its_own(provider: OpenIdProvider, of_staff: User) -> None:
    enrolled(of_staff)
    browser, answer = to_admin(provider, next="/admin/calls/call/")

    assert answer["Location"] == "/admin/login/oidc/code/"
    assert not is_in(browser)
    page = browser.get(answer["Location"])
    assert b'name="otp"' in page.content
    refused = browser.post(answer["Location"], {"otp": wrong_code(of_staff)})
    assert "This code is wrong, used or too old." in refused.content.decode()
    assert not is_in(browser)
    entered = browser.post(answer["Location"], {"otp": next_code(of_staff)})
    assert entered["Location"] == "/admin/calls/call/"
    assert is_in(browser)


def test_that_page_is_for_who_has_come_back(db: None) -> None:
    assert Client().get("/admin/login/oidc/code/")["Location"] == "/admin/login/"
    assert Client().post("/admin/login/oidc/code/", {"otp": "123456"})["Location"] == "/admin/login/"


def test_a_login_that_has_waited_too_long_begins_again(provider: OpenIdProvider, of_staff: User) -> None:
    enrolled(of_staff)
    browser, answer = to_admin(provider)
    session = browser.session
    session["oidc_login"] = "x"
    session.save()

    assert browser.post(answer["Location"], {"otp": next_code(of_staff)})["Location"] == "/admin/login/"
    assert not is_in(browser)


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize("amr", [["pwd"], ["mfa"]], ids=str)
def test_the_admin_is_open_to_who_has_proved_two_factors_there(
    amr: list[str], provider: OpenIdProvider, of_staff: User, strict: Organization
) -> None:
    provider.claims["amr"] = amr
    browser, _ = to_admin(provider)

    page = browser.get("/admin/")
    ticket = browser.post("/admin/live/ticket/")

    if amr == ["mfa"]:
        assert (page.status_code, ticket.status_code) == (200, 200)
        cookies = f"sessionid={browser.cookies['sessionid'].value}"
        membership = membership_of(ticket.json()["ticket"], cookies=cookies)
        assert membership is not None
        assert still_members([membership]) == [True]
    else:
        assert (page.status_code, page["Location"]) == (302, SECURITY)
        assert ticket.status_code == 302
