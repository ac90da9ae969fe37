"""/api/v1: requests a minute and dials a day, each key for itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from tests.accounts.keys import client_with, make_key
from tests.at_once import at_once
from tests.calls.partner.partners import AGENTS, CALLS, assert_error, partner_of
from tests.clients import Answer, ApiClient
from tests.servers_gone import closed_port
from tether_calls.accounts.models import User
from tether_calls.accounts.services.dial_limits import count_dial_by_key
from tether_calls.common.errors import ErrorCode, TetherError

# The clock stands still, else a slow machine has left the window before it has used it up.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later")]


def headers(answer: Answer) -> tuple[int, int, int]:
    """Limit, remaining, seconds until one more is allowed than now."""
    limit, remaining, reset = (int(answer.headers[f"RateLimit-{name}"]) for name in ("Limit", "Remaining", "Reset"))
    return limit, remaining, reset


def test_every_answer_tells_what_is_left(user: User) -> None:
    partner = partner_of(user, "can_read_agents", requests_per_minute=7)

    paths = [AGENTS, CALLS, "/api/v1/nowhere", f"{AGENTS}?x=1"]
    answers = [*(partner.get(path) for path in paths), partner.request("DELETE", AGENTS)]

    assert [answer.status for answer in answers] == [200, 403, 404, 400, 405]
    assert [headers(answer)[:2] for answer in answers] == [(7, 6), (7, 5), (7, 4), (7, 3), (7, 2)]
    assert all(1 <= headers(answer)[2] <= 60 for answer in answers)


def test_more_than_the_limit_is_refused_and_other_keys_are_not(user: User) -> None:
    partner, other = (partner_of(user, "can_read_agents", requests_per_minute=2) for _ in range(2))
    assert [partner.get(AGENTS).status for _ in range(2)] == [200, 200]

    answer = partner.get(AGENTS)

    assert_error(answer, 429, "rate_limit_exceeded")
    assert headers(answer)[:2] == (2, 0)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert other.get(AGENTS).status == 200


def test_the_window_slides(user: User, later: Callable[[float], None]) -> None:
    partner = partner_of(user, "can_read_agents", requests_per_minute=2)
    partner.get(AGENTS)
    later(40)
    partner.get(AGENTS)

    assert partner.get(AGENTS).status == 429
    later(61)
    assert [partner.get(AGENTS).status for _ in range(2)] == [200, 429]
    later(101)
    assert partner.get(AGENTS).status == 200


def test_waiting_as_long_as_told_is_enough(user: User, later: Callable[[float], None]) -> None:
    partner = partner_of(user, "can_read_agents", requests_per_minute=1)
    partner.get(AGENTS)

    wait = int(partner.get(AGENTS).headers["Retry-After"])

    later(wait + 0.01)
    assert partner.get(AGENTS).status == 200


def test_what_is_refused_for_its_permission_counts(user: User) -> None:
    partner = partner_of(user, "can_read_agents", requests_per_minute=1)

    assert [partner.get(CALLS).status, partner.get(AGENTS).status] == [403, 429]


def test_a_wrong_key_has_no_limit_to_tell_of() -> None:
    assert not [name for name in ApiClient("tk_live_x").get(AGENTS).headers if name.startswith("RateLimit")]


def test_other_endpoints_are_not_limited(user: User) -> None:
    key = make_key(user, "can_ingest_calls", requests_per_minute=1)

    answers = [client_with(key).post("/api/calls/ingest", {}) for _ in range(3)]

    assert [answer.status for answer in answers] == [400] * 3


def test_of_many_requests_at_once_as_many_as_allowed_are_granted(user: User) -> None:
    key = make_key(user, "can_read_agents", dials_per_day=10)

    def dial() -> bool:
        try:
            return count_dial_by_key(api_key=key).granted
        except TetherError:
            return False

    assert sum(at_once([dial] * 40)) == 10


def refused(act: Callable[[], Any]) -> TetherError:
    with pytest.raises(TetherError) as raised:
        act()
    return raised.value


def test_dials_of_a_day_are_limited(user: User, later: Callable[[float], None]) -> None:
    key = make_key(user, "can_initiate_calls", dials_per_day=2)
    assert [count_dial_by_key(api_key=key).remaining for _ in range(2)] == [1, 0]

    error = refused(lambda: count_dial_by_key(api_key=key))

    assert (error.code, error.status) == (ErrorCode.TOO_MANY_REQUESTS, 429)
    assert error.retry_after is not None
    assert 0 < error.retry_after <= 86_400
    later(86_401)
    assert count_dial_by_key(api_key=key).granted


def test_a_key_with_no_dials_a_day_never_dials(user: User) -> None:
    key = make_key(user, "can_initiate_calls", dials_per_day=0)

    assert refused(lambda: count_dial_by_key(api_key=key)).code is ErrorCode.TOO_MANY_REQUESTS


def test_without_redis_requests_are_let_through_and_dials_are_not(
    user: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = f"redis://:pass-of-nobody@127.0.0.1:{closed_port()}/0"
    key = make_key(user, "can_read_agents", "can_initiate_calls")

    with caplog.at_level(logging.ERROR):
        answer = client_with(key).get(AGENTS)
    error = refused(lambda: count_dial_by_key(api_key=key))

    assert answer.status == 200
    assert "RateLimit-Limit" not in answer.headers
    assert "Requests cannot be counted" in caplog.text
    assert "pass-of-nobody" not in caplog.text
    assert (error.code, error.status) == (ErrorCode.LIMIT_UNAVAILABLE, 500)
