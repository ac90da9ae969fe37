"""Failed logins are counted per address and per account."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.accounts.sessions import LOGIN, WRONG_PAIR, log_in, session_of
from tests.at_once import at_once
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.factories import PASSWORD, make_user
from tests.servers_gone import closed_port
from tether_calls.accounts.models import User

# The clock stands still, else a slow machine has left the window before it has used it up.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later")]


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT = 3
    settings.TETHER_LOGIN_FAILURES_PER_ADDRESS = 6


def log_in_from(address: str, email: str, password: str = "wrong", **headers: str) -> Answer:
    body = f'{{"email": "{email}", "password": "{password}"}}'
    return ApiClient().request(
        "POST", LOGIN, data=body, content_type="application/json", REMOTE_ADDR=address, **headers
    )


def fail(times: int, email: str, address: str = "127.0.0.1") -> None:
    for _ in range(times):
        answer = log_in_from(address, email)
        assert (answer.status, answer.body) == (401, WRONG_PAIR)


def test_after_too_many_failures_an_account_has_to_wait(user: User) -> None:
    fail(3, user.email)

    answer = log_in_from("127.0.0.1", user.email)

    assert answer.status == 429
    assert_is("CallsErrorResponse", answer.body)
    assert answer.body["code"] == "TOO_MANY_REQUESTS"
    assert answer.headers["Retry-After"] == "300"


@pytest.mark.parametrize(
    "addresses",
    [("192.0.2.1", "192.0.2.2", "192.0.2.3"), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2::3")],
)
def test_an_account_has_to_wait_whatever_the_address_in_a_network(addresses: tuple[str, ...], user: User) -> None:
    fail(2, user.email, addresses[0])
    fail(1, user.email, addresses[1])

    assert log_in_from(addresses[2], user.email).status == 429


def test_who_fails_elsewhere_keeps_nobody_from_logging_in(user: User) -> None:
    fail(3, user.email, "198.51.100.7")
    assert log_in_from("198.51.100.7", user.email, PASSWORD).status == 429

    assert log_in_from("192.0.2.1", user.email, PASSWORD).status == 200
    assert log_in_from("2001:db8:9::1", user.email, PASSWORD).status == 200


def test_an_account_has_to_wait_everywhere_when_many_networks_fail(user: User) -> None:
    for network in range(10):
        fail(3, user.email, f"198.51.{network}.7")

    assert log_in_from("192.0.2.1", user.email, PASSWORD).status == 429


def test_an_account_has_to_wait_whatever_the_spelling(user: User) -> None:
    fail(3, user.email)

    assert log_in_from("127.0.0.1", user.email.upper()).status == 429


def test_while_an_account_has_to_wait_the_right_password_is_not_looked_at(user: User) -> None:
    fail(3, user.email)

    assert log_in(user.email).status == 429


def test_an_email_that_nobody_has_has_to_wait_as_well() -> None:
    fail(3, "nobody@example.com")

    assert log_in_from("127.0.0.1", "nobody@example.com").status == 429


def test_other_accounts_need_not_wait(user: User) -> None:
    fail(3, user.email)

    assert log_in(make_user().email).status == 200


def test_after_too_many_failures_an_address_has_to_wait_whatever_the_account(user: User) -> None:
    for number in range(6):
        fail(1, f"nobody{number}@example.com")

    assert log_in_from("127.0.0.1", user.email, PASSWORD).status == 429


def test_other_addresses_need_not_wait(user: User) -> None:
    for number in range(6):
        fail(1, f"nobody{number}@example.com")

    assert log_in_from("192.0.2.2", user.email, PASSWORD).status == 200


def test_successful_logins_are_never_too_many(user: User) -> None:
    for _ in range(10):
        session_of(user)


def test_the_window_slides(user: User, later: Callable[[float], None]) -> None:
    fail(2, user.email)
    later(200)
    fail(1, user.email)
    later(299)
    assert log_in(user.email).status == 429

    later(301)
    assert log_in(user.email).status == 200
    fail(2, user.email)
    assert log_in(user.email).status == 429


def test_a_success_that_has_left_the_window_excuses_nothing(user: User, later: Callable[[float], None]) -> None:
    session_of(user)
    later(200)
    session_of(user)
    fail(2, user.email)
    later(301)
    fail(1, user.email)

    assert log_in(user.email).status == 429


def test_a_success_does_not_forgive_the_failures_before_it(user: User) -> None:
    fail(2, user.email)
    session_of(user)
    fail(1, user.email)

    assert log_in(user.email).status == 429


def test_a_body_that_is_not_valid_is_no_failure(user: User) -> None:
    for _ in range(8):
        assert ApiClient().post(LOGIN, {"email": user.email}).status == 400

    assert log_in(user.email).status == 200


def test_who_has_to_wait_does_not_wait_longer_for_trying(user: User) -> None:
    fail(3, user.email, "192.0.2.1")
    for _ in range(10):
        assert log_in_from("192.0.2.1", user.email).status == 429

    fail(3, "nobody@example.com", "192.0.2.1")


def test_without_trusted_proxies_what_the_client_says_of_its_address_is_not_believed() -> None:
    for number in range(6):
        answer = log_in_from("192.0.2.1", f"n{number}@example.com", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
        assert answer.status == 401

    assert log_in_from("192.0.2.1", "n@example.com", HTTP_X_FORWARDED_FOR="198.51.100.77").status == 429


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_wrote_down(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(6):
        forged = f"203.0.113.{number}, 198.51.100.1"
        assert log_in_from("192.0.2.1", f"n{number}@example.com", HTTP_X_FORWARDED_FOR=forged).status == 401

    assert log_in_from("192.0.2.1", "n@example.com", HTTP_X_FORWARDED_FOR="198.51.100.1").status == 429
    assert log_in_from("192.0.2.1", "n@example.com", HTTP_X_FORWARDED_FOR="198.51.100.2").status == 401


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_all_counted() -> None:
    email = make_user().email

    answers = at_once([partial(log_in, email, f"guess {number}") for number in range(8)])

    statuses = [answer.status for answer in answers]
    assert statuses.count(429) >= 5
    assert set(statuses) <= {401, 429}


def test_without_the_cache_the_password_decides(user: User, settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"

    assert log_in(user.email).status == 200
    assert [log_in(user.email, "wrong").status for _ in range(5)] == [401] * 5
