"""Two-factor login: set up, asked for, and not to be got round."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from tests.accounts.second_factors import (
    CONFIRM,
    DISABLE,
    RECOVERY_CODES,
    TWO_FACTOR,
    code_of,
    enrolled,
    log_in_with,
    next_code,
    wrong_code,
)
from tests.at_once import at_once
from tests.clients import ApiClient, logged_in, vendor_of
from tests.contract.components import assert_is
from tests.factories import PASSWORD, make_user
from tests.waiting import wait_until
from tether_calls.accounts.models import AccessRole, Organization, RecoveryCode, SecondFactor, User
from tether_calls.accounts.services.second_factor import (
    begin_enrolment,
    check_code,
    confirm_enrolment,
    renew_recovery_codes,
    take_away,
)
from tether_calls.accounts.tokens import issue_tokens, membership_of
from tether_calls.common.errors import ErrorCode, TetherError

pytestmark = pytest.mark.django_db


def code_in(answer: Any) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def test_an_app_is_told_its_secret_and_confirmed_with_its_first_code(user: User, api: ApiClient) -> None:
    begun = api.post(TWO_FACTOR, {"password": PASSWORD})
    secret = begun.body["secret"]
    confirmed = api.post(CONFIRM, {"otp": code_of(secret)})

    assert begun.status == 200
    assert_is("TwoFactorEnrolmentResponse", begun.body)
    assert begun.body["otpauthUri"].startswith("otpauth://totp/Tether%20Calls%3A")
    assert f"secret={secret}" in begun.body["otpauthUri"]
    assert begun.body["qrSvg"].startswith("<svg")
    assert_is("RecoveryCodesResponse", confirmed.body)
    assert len(set(confirmed.body["recoveryCodes"])) == 10
    state = api.get(TWO_FACTOR).body
    assert_is("TwoFactorStateResponse", state)
    assert state["twoFactor"] == {"isEnabled": True, "isRequired": False, "recoveryCodesLeft": 10}


def test_a_secret_that_is_not_confirmed_is_asked_for_nowhere(user: User, api: ApiClient) -> None:
    api.post(TWO_FACTOR, {"password": PASSWORD})

    assert log_in_with(user, None).status == 200


def test_a_secret_is_given_to_nobody_without_the_password(user: User, api: ApiClient) -> None:
    assert code_in(api.post(TWO_FACTOR, {"password": "another one"})) == (400, "WRONG_PASSWORD")
    assert code_in(api.post(TWO_FACTOR, {})) == (400, "WRONG_PASSWORD")
    assert not SecondFactor.objects.exists()


def test_a_login_needs_the_code_as_well(user: User) -> None:
    enrolled(user)

    assert code_in(log_in_with(user, None)) == (401, "OTP_REQUIRED")
    assert code_in(log_in_with(user, wrong_code(user))) == (401, "INVALID_OTP")
    assert log_in_with(user, next_code(user)).status == 200


def test_a_wrong_password_is_told_before_any_code(user: User) -> None:
    enrolled(user)

    for otp in (None, next_code(user)):
        assert code_in(log_in_with(user, otp, password="another one")) == (401, "INVALID_CREDENTIALS")


def test_a_code_is_good_for_once(user: User) -> None:
    enrolled(user)
    code = next_code(user)

    assert log_in_with(user, code).status == 200
    assert code_in(log_in_with(user, code)) == (401, "INVALID_OTP")


def test_the_code_that_confirmed_the_app_is_used(user: User, api: ApiClient) -> None:
    secret = api.post(TWO_FACTOR, {"password": PASSWORD}).body["secret"]
    code = code_of(secret)
    api.post(CONFIRM, {"otp": code})

    assert code_in(log_in_with(user, code)) == (401, "INVALID_OTP")


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_differ_by_one_step(
    steps: int, is_taken: bool, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(user)
    SecondFactor.objects.update(last_step=0)
    # In the middle of a step, so that no other begins meanwhile.
    now = timezone.now()
    middle = now - timedelta(seconds=now.timestamp() % 30 - 15)
    monkeypatch.setattr("django.utils.timezone.now", lambda: middle)
    monkeypatch.setattr("time.time", middle.timestamp)
    secret = SecondFactor.objects.get(user=user).secrets["totp"]

    if is_taken:
        check_code(user=user, code=code_of(secret, steps=steps))
    else:
        with pytest.raises(TetherError) as refused:
            check_code(user=user, code=code_of(secret, steps=steps))
        assert refused.value.code is ErrorCode.INVALID_OTP


def test_a_code_of_an_earlier_step_than_one_that_was_used_is_refused(user: User) -> None:
    enrolled(user)
    SecondFactor.objects.update(last_step=0)
    secret = SecondFactor.objects.get(user=user).secrets["totp"]
    before, ahead = code_of(secret, steps=-1), code_of(secret, steps=1)

    assert log_in_with(user, ahead).status == 200
    assert code_in(log_in_with(user, before)) == (401, "INVALID_OTP")


def test_guessing_has_to_wait_longer_each_time(user: User, settings: Settings) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT = 1_000
    enrolled(user)
    for _ in range(5):
        assert code_in(log_in_with(user, wrong_code(user))) == (401, "INVALID_OTP")

    waiting = log_in_with(user, next_code(user))
    assert code_in(waiting) == (429, "TOO_MANY_REQUESTS")
    assert 0 < int(waiting.headers["Retry-After"]) <= 31
    SecondFactor.objects.update(blocked_until=timezone.now())
    assert code_in(log_in_with(user, wrong_code(user))) == (401, "INVALID_OTP")
    assert 31 < int(log_in_with(user, next_code(user)).headers["Retry-After"]) <= 61

    SecondFactor.objects.update(blocked_until=timezone.now())
    assert log_in_with(user, next_code(user)).status == 200
    assert SecondFactor.objects.get(user=user).failures == 0


def test_wrong_codes_count_as_failed_logins(user: User, settings: Settings) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT = 2
    enrolled(user)

    for _ in range(2):
        log_in_with(user, wrong_code(user))

    assert code_in(log_in_with(user, next_code(user))) == (429, "TOO_MANY_REQUESTS")


def test_a_right_pair_without_a_code_is_no_failure(user: User, settings: Settings) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT = 2
    enrolled(user)

    for _ in range(4):
        assert code_in(log_in_with(user, None)) == (401, "OTP_REQUIRED")


def test_a_recovery_code_lets_in_once(user: User) -> None:
    first, second, *_ = enrolled(user)

    assert log_in_with(user, first.lower()).status == 200
    assert code_in(log_in_with(user, first)) == (401, "INVALID_OTP")
    assert log_in_with(user, second.replace("-", "")).status == 200
    assert logged_in(user).get(TWO_FACTOR).body["twoFactor"]["recoveryCodesLeft"] == 8


def test_neither_secret_nor_recovery_codes_can_be_read_in_the_database(user: User) -> None:
    codes = enrolled(user)
    secret = SecondFactor.objects.get(user=user).secrets["totp"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM accounts_secondfactor")
        kept = str(cursor.fetchall())
        cursor.execute("SELECT digest FROM accounts_recoverycode")
        kept += str(cursor.fetchall())

    for text in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert text not in kept
    assert RecoveryCode.objects.count() == 10


def test_other_recovery_codes_take_the_place_of_those_before(user: User, api: ApiClient) -> None:
    old = enrolled(user)[0]

    new = api.post(RECOVERY_CODES, {"otp": next_code(user)}).body["recoveryCodes"]

    assert code_in(log_in_with(user, old)) == (401, "INVALID_OTP")
    assert log_in_with(user, new[0]).status == 200


def test_a_recovery_code_of_another_user_is_wrong(user: User) -> None:
    enrolled(user)
    codes = enrolled(make_user(organization=user.organization))

    assert code_in(log_in_with(user, codes[0])) == (401, "INVALID_OTP")


def test_it_is_given_up_with_a_code(user: User, api: ApiClient) -> None:
    enrolled(user)

    assert code_in(api.post(DISABLE, {"otp": wrong_code(user)})) == (400, "INVALID_OTP")
    assert api.post(DISABLE, {"otp": next_code(user)}).status == 200
    assert log_in_with(user, None).status == 200
    assert code_in(api.post(DISABLE, {"otp": "123456"})) == (409, "TWO_FACTOR_NOT_ENABLED")
    assert code_in(api.post(RECOVERY_CODES, {"otp": "123456"})) == (409, "TWO_FACTOR_NOT_ENABLED")


def test_it_is_set_up_once(user: User, api: ApiClient) -> None:
    enrolled(user)

    assert code_in(api.post(TWO_FACTOR, {"password": PASSWORD})) == (409, "TWO_FACTOR_ENABLED")
    assert code_in(api.post(CONFIRM, {"otp": "123456"})) == (409, "TWO_FACTOR_NOT_BEGUN")


# ---- Organizations that require it -----------------------------------------------------------------------------------


@pytest.fixture
def strict(home: Organization) -> Organization:
    home.requires_two_factor = True
    home.save()
    return home


@pytest.mark.parametrize("path", ["/api/calls/history", "/api/contacts", "/api/exports", "/api/calls/live"])
def test_nothing_is_open_before_it_is_set_up_where_it_is_required(
    path: str, strict: Organization, user: User, api: ApiClient
) -> None:
    assert code_in(api.get(path)) == (403, "TWO_FACTOR_ENROLMENT_REQUIRED")
    assert membership_of(issue_tokens(user).access) is None

    enrolled(user)

    assert api.get(path).status == 200
    assert membership_of(issue_tokens(user).access) is not None


def test_what_is_needed_to_set_it_up_is_open(strict: Organization, user: User, api: ApiClient) -> None:
    assert log_in_with(user, None).status == 200
    assert [api.get(path).status for path in (TWO_FACTOR, "/api/user/profile", "/api/auth/verify-token")] == [200] * 3
    assert api.get(TWO_FACTOR).body["twoFactor"]["isRequired"] is True


def test_it_cannot_be_given_up_where_it_is_required(strict: Organization, user: User, api: ApiClient) -> None:
    enrolled(user)

    assert code_in(api.post(DISABLE, {"otp": next_code(user)})) == (409, "TWO_FACTOR_REQUIRED")


def test_an_organizations_systems_go_on(strict: Organization, user: User) -> None:
    assert vendor_of(user).get("/api/calls/ingest/refused").status == 200


def test_administrators_require_it_once_they_have_it(user: User, api: ApiClient, other_api: ApiClient) -> None:
    path = f"/api/organizations/{user.home_id}/access"

    assert code_in(api.put(path, {"requiresTwoFactor": True})) == (409, "TWO_FACTOR_NOT_ENABLED")
    enrolled(user)
    answer = api.put(path, {"requiresTwoFactor": True})
    assert_is("AccessPolicyResponse", answer.body)
    rules = {"narrowsRoles": False, "requiresTwoFactor": True, "requiresStaffReason": False}
    assert answer.body == rules
    assert api.put(path, {"narrowsRoles": True}).body == {**rules, "narrowsRoles": True}
    assert other_api.put(path, {"narrowsRoles": False}).status == 404
    assert Organization.objects.get(pk=user.home_id).narrows_roles


def test_others_do_not_say_what_is_required(user: User) -> None:
    rep = make_user(organization=user.organization, access_role=AccessRole.DEPARTMENT_HEAD)

    answer = logged_in(rep).put(f"/api/organizations/{user.home_id}/access", {"narrowsRoles": True})

    assert code_in(answer) == (403, "FORBIDDEN")


@pytest.mark.django_db(transaction=True)
def test_of_two_logins_with_one_code_at_once_one_succeeds() -> None:
    user = make_user()
    enrolled(user)
    code = next_code(user)

    answers = at_once([lambda: log_in_with(user, code)] * 2)

    assert sorted(answer.status for answer in answers) == [200, 401], [json.loads(each.content) for each in answers]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time")
@pytest.mark.django_db(transaction=True)
def test_a_secret_that_is_made_while_another_is_confirmed_is_not_the_one_that_counts(user: User) -> None:
    first = begin_enrolment(user=user).secret
    refusals: list[ErrorCode] = []

    def confirm() -> None:
        try:
            confirm_enrolment(user=User.objects.get(pk=user.pk), code=code_of(first))
        except TetherError as refused:
            refusals.append(refused.code)
        finally:
            connection.close()

    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        confirming = Thread(target=confirm)
        confirming.start()
        wait_until(_somebody_waits_for_a_lock)
        begin_enrolment(user=user)
    confirming.join()

    assert refusals == [ErrorCode.INVALID_OTP]
    user.refresh_from_db()
    assert not user.has_two_factor


@pytest.mark.django_db(transaction=True)
def test_recovery_codes_that_are_made_while_two_factor_login_is_taken_away_are_refused_or_void(user: User) -> None:
    code = enrolled(user)[0]

    def renew() -> ErrorCode | None:
        try:
            renew_recovery_codes(user=user, code=code)
        except TetherError as refused:
            return refused.code
        return None

    [refusal, _] = at_once([renew, lambda: take_away(user=user)])

    assert refusal in (None, ErrorCode.INVALID_OTP, ErrorCode.TWO_FACTOR_NOT_ENABLED)
    assert not RecoveryCode.objects.exists()


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
