"""Periods as labels of texts, so that an index of words is entered with a period as well.

Each text has a label for its hour, and for the blocks of 8, 64, 512 and 4,096 hours that it lies in. Any period is a
few dozen blocks. A search looks at one period after the other, the newest first, each several times as long as the one
before, until it has enough: so what it costs depends on what it finds, and not on how much there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_LEVELS: Final = 5
_HOUR: Final = 3600
_SHIFT: Final = 3
_MARK: Final = "¦"
# Its blocks would be many; and by then it is clear that there is little to find.
_TOO_LONG: Final = timedelta(hours=1 << 15)


@dataclass(frozen=True)
class Period:
    """From `begin` until just before `end`. The labels are those of its hours; none where they would be very many."""

    begin: datetime
    end: datetime
    labels: tuple[str, ...]


def labels_of(moment: datetime) -> list[str]:
    """The labels of what happened then."""
    hour = _hour(moment)
    return [_label(level, hour >> (_SHIFT * level)) for level in range(_LEVELS)]


def periods_back(*, newest: datetime, oldest: datetime, first: timedelta, growth: int) -> Iterator[Period]:
    """From `newest` back to `oldest`, both included: one as long as `first`, then each `growth` times as far back."""
    end = newest + timedelta(microseconds=1)
    length = max(first, timedelta(hours=1))
    while end > oldest:
        if length >= _TOO_LONG:
            yield Period(oldest, end, ())
            return
        begin = max(newest - length, oldest)
        yield Period(begin, end, tuple(_cover(_hour(begin), _hour(end) + 1)))
        end = begin
        length *= growth


def _cover(first: int, last: int) -> Iterator[str]:
    """The fewest blocks that are the hours from `first` until just before `last`."""
    level = 0
    while first < last:
        block = 1 << (_SHIFT * level)
        bigger = block << _SHIFT
        while first < last and (first % bigger or first + bigger > last or level == _LEVELS - 1):
            if first + block > last:
                break
            yield _label(level, first >> (_SHIFT * level))
            first += block
        if first >= last:
            return
        level += 1 if first % bigger == 0 and first + bigger <= last else -1


def _hour(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() // _HOUR)


def _label(level: int, block: int) -> str:
    return f"{_MARK}{'abcde'[level]}{block}"
