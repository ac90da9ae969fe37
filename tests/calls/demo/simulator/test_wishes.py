"""What a caller asks an agent for in so many words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from calls.demo.simulator.elevenlabs.wishes import called_back_at

NOW = datetime(2026, 5, 15, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "when"),
    [
        ("Call me tomorrow at three.", "2026-05-16T15:00"),
        ("Could you call me back tomorrow at 10, please?", "2026-05-16T10:00"),
        ("call me today at noon", "2026-05-15T12:00"),
        ("Call me tomorrow at 16", "2026-05-16T16:00"),
        ("Call me tomorrow at twelve", "2026-05-16T12:00"),
        ("Call me tomorrow at 25", None),
        ("Call me tomorrow at teatime", None),
        ("Call me tomorrow", None),
        ("Where is my parcel?", None),
    ],
)
def test_a_call_at_an_hour_of_a_day_is_understood(words: str, when: str | None) -> None:
    assert called_back_at(words, NOW) == when
