"""Passwords: changed by who knows the old one, or by who reads the mail of the account."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.accounts.second_factors import enrolled, log_in_with
from tests.accounts.sessions import assert_refused, refresh, session_of, verify
from tests.admin_site import admin_of
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.factories import PASSWORD, make_user
from tether_calls.accounts.models import Organization, PasswordReset, User
from tether_calls.accounts.services.passwords import send_password_resets

pytestmark = pytest.mark.django_db

CHANGE = "/api/auth/password"
ASK = "/api/auth/password-reset"
CONFIRM = "/api/auth/password-reset/confirm"
ANOTHER = "staple of wires and horses"


def change(client: ApiClient, new: str = ANOTHER, current: str = PASSWORD) -> Answer:
    return client.post(CHANGE, {"currentPassword": current, "newPassword": new})


def asked(email: str) -> Answer:
    answer = ApiClient().post(ASK, {"email": email})
    send_password_resets()
    return answer


def link() -> str:
    (found,) = re.findall(r"http\S+", str(mail.outbox[-1].body))
    return str(found)


def token() -> str:
    return link().rstrip("/").rpartition("/")[2]


def confirm(reset_token: str, password: str = ANOTHER) -> Answer:
    return ApiClient().post(CONFIRM, {"token": reset_token, "password": password})


def test_a_changed_password_ends_all_sessions_and_begins_another(user: User) -> None:
    session, other = session_of(user), session_of(user)

    answer = change(ApiClient(session["token"]))

    assert answer.status == 200
    assert_is("TokenPairResponse", answer.body)
    for ended in (session, other):
        assert_refused(verify(ended["token"]))
        assert_refused(refresh(ended["refreshToken"]))
    assert verify(answer.body["token"]).status == 200
    assert log_in_with(user, None, password=ANOTHER).status == 200
    assert log_in_with(user, None).status == 401


def test_who_does_not_know_the_password_changes_nothing(user: User, api: ApiClient) -> None:
    answer = change(api, current="another one")

    assert (answer.status, answer.body["code"]) == (400, "WRONG_PASSWORD")
    assert log_in_with(user, None).status == 200


def test_guessing_it_there_is_limited_as_at_the_login(user: User, api: ApiClient, settings: Settings) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT = 2
    for _ in range(2):
        change(api, current="another one")

    assert change(api).status == 429


@pytest.mark.parametrize("new", ["short", "password12", "1234567890"])
def test_a_password_that_is_easily_guessed_is_refused(new: str, user: User, api: ApiClient) -> None:
    answer = change(api, new=new)

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in answer.body["error"]["details"]] == ["newPassword"]
    assert log_in_with(user, None).status == 200


def test_the_link_of_a_mail_changes_the_password_once(user: User) -> None:
    session = session_of(user)

    answer = asked(user.email.upper())

    assert (answer.status, answer.body["success"]) == (200, True)
    assert [message.to for message in mail.outbox] == [[user.email]]
    assert link().startswith("http://testserver/admin/password-reset/")
    first = token()
    assert confirm(first).status == 200
    assert_refused(verify(session["token"]))
    assert log_in_with(user, None, password=ANOTHER).status == 200
    again = confirm(first, "yet another password of mine")
    assert (again.status, again.body["code"]) == (400, "INVALID_RESET_TOKEN")


def test_a_frontend_may_have_a_page_of_its_own_for_it(user: User, settings: Settings) -> None:
    settings.TETHER_PASSWORD_RESET_PAGE = "https://app.example.com/reset?token={token}"

    asked(user.email)

    assert link().startswith(f"https://app.example.com/reset?token={PasswordReset.objects.get().pk}.")


def nobody() -> str:
    return "nobody@example.com"


def inactive() -> str:
    return make_user(is_active=False).email


def of_an_inactive_organization() -> str:
    user = make_user()
    Organization.objects.filter(pk=user.home_id).update(is_active=False)
    return user.email


def without_a_password() -> str:
    user = make_user()
    user.set_unusable_password()
    user.save()
    return user.email


@pytest.mark.parametrize("who", [nobody, inactive, of_an_inactive_organization, without_a_password])
def test_whoever_asks_is_told_the_same(who: Any, user: User) -> None:
    known = asked(user.email)
    mail.outbox.clear()

    unknown = asked(who())

    assert (unknown.status, unknown.content) == (known.status, known.content)
    assert mail.outbox == []


def test_a_request_sends_no_mail_itself(user: User) -> None:
    ApiClient().post(ASK, {"email": user.email})

    assert mail.outbox == []
    send_password_resets()
    send_password_resets()
    assert len(mail.outbox) == 1


def test_nobody_is_sent_mails_without_end(user: User) -> None:
    answers = [asked(user.email) for _ in range(5)]

    assert [answer.status for answer in answers] == [200] * 5
    assert len(mail.outbox) == 3


def test_an_address_that_asks_often_has_to_wait() -> None:
    statuses = [asked(f"nobody{number}@example.com").status for number in range(21)]

    assert statuses == [200] * 20 + [429]


def test_a_link_ends_after_an_hour(user: User) -> None:
    asked(user.email)
    PasswordReset.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert confirm(token()).body["code"] == "INVALID_RESET_TOKEN"


def test_a_link_ends_with_the_password_that_it_was_for(user: User, api: ApiClient) -> None:
    asked(user.email)
    change(api)

    assert confirm(token()).body["code"] == "INVALID_RESET_TOKEN"


def test_a_used_link_ends_the_others(user: User) -> None:
    asked(user.email)
    first = token()
    asked(user.email)
    assert confirm(token()).status == 200

    assert confirm(first).body["code"] == "INVALID_RESET_TOKEN"


@pytest.mark.parametrize(
    "change_it", [lambda text: text[:-1] + "0", lambda text: text[:24], lambda _: "x", lambda _: "é."]
)
def test_a_forged_link_is_refused(change_it: Any, user: User) -> None:
    asked(user.email)
    real = token()
    forged = change_it(real)

    assert forged != real or real.endswith("0")
    if forged != real:
        assert confirm(forged).body["code"] == "INVALID_RESET_TOKEN"


def test_a_password_that_is_easily_guessed_leaves_the_link_good(user: User) -> None:
    asked(user.email)

    assert confirm(token(), "short").body["code"] == "VALIDATION_ERROR"
    assert confirm(token()).status == 200


def test_two_factor_login_is_not_got_round(user: User) -> None:
    enrolled(user)
    asked(user.email)
    confirm(token())

    assert log_in_with(user, None, password=ANOTHER).body["code"] == "OTP_REQUIRED"


def test_the_admin_has_pages_for_it(user: User) -> None:
    client = Client()
    login = client.get("/admin/login/").content.decode()
    sent = client.post("/admin/password-reset/", {"email": user.email})
    send_password_resets()
    address = link().removeprefix("http://testserver")
    form = client.get(address)
    mistyped = client.post(address, {"password": ANOTHER, "again": "something else"})
    done = client.post(address, {"password": ANOTHER, "again": ANOTHER})

    assert "/admin/password-reset/" in login
    assert "a mail is on its way" in sent.content.decode()
    assert (form.status_code, form["Referrer-Policy"]) == (200, "no-referrer")
    assert "The two are not the same." in mistyped.content.decode()
    assert "The password is changed" in done.content.decode()
    assert "wrong, used or too old" in client.get(address).content.decode()
    assert log_in_with(user, None, password=ANOTHER).status == 200


def test_staff_change_their_password_in_the_admin(user: User) -> None:
    user.is_staff = True
    user.save()
    session = session_of(user)
    client = admin_of(user)

    answer = client.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": ANOTHER, "new_password2": ANOTHER},
    )

    assert answer.status_code == 302
    assert client.get("/admin/").status_code == 200
    assert_refused(verify(session["token"]))


def test_guessing_the_old_one_in_the_admin_is_limited_as_at_the_login(user: User, settings: Settings) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT = 2
    user.is_staff = True
    user.save()
    client = admin_of(user)

    def change_from(old: str) -> Any:
        passwords = {"old_password": old, "new_password1": ANOTHER, "new_password2": ANOTHER}
        return client.post("/admin/password_change/", passwords)

    guessed = [change_from("another one") for _ in range(2)]
    locked = change_from(PASSWORD)

    assert all("Your old password was entered incorrectly" in answer.content.decode() for answer in guessed)
    assert (locked.status_code, "Too many failed logins" in locked.content.decode()) == (200, True)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
