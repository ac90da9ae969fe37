"""Which lines do not come into the log."""

from __future__ import annotations

import logging

import pytest

from tether_calls.common.logs import OnceAMinute


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("a.logger", logging.WARNING, __file__, 1, message, arguments, None)


def test_a_message_is_logged_once_a_minute_whatever_its_arguments() -> None:
    once = OnceAMinute()

    assert once.filter(record("It is away (%s)", "refused"))
    assert not once.filter(record("It is away (%s)", "refused"))
    assert not once.filter(record("It is away (%s)", "silent"))
    assert once.filter(record("Something else"))


def test_a_pool_whose_database_is_away_says_so_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    for attempt in range(3):
        logging.getLogger("psycopg.pool").warning("It is away, says a test (%s)", attempt)

    assert [line.getMessage() for line in caplog.records] == ["It is away, says a test (0)"]


def test_after_the_minute_it_is_logged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    once = OnceAMinute()
    assert once.filter(record("It is away"))

    monkeypatch.setattr(OnceAMinute, "SECONDS", 0.0)

    assert once.filter(record("It is away"))
