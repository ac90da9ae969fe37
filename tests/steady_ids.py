"""Ids of tests that tell the time of their collection: each of xdist's workers would know the test by another one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

_SECONDS = re.compile(r"(?<!\d)\d{10}(?!\d)|(?<!\d)\d{13}(?!\d)|(?<!\d)\d{16}(?!\d)|(?<!\d)\d{19}(?!\d)")
_NEAR = 86_400


def refuse_ids_of_now(items: list[pytest.Item]) -> None:
    """Raise pytest.UsageError with every id that has a time of today, or seconds since 1970 about now, in it.

    A date alone is none: it may be that of a law, and tests do not fail on its anniversary.
    """
    now = datetime.now(UTC)
    found = [item.nodeid for item in items if tells_the_time(item.nodeid.partition("[")[2], item.path, now)]
    if found:
        raise pytest.UsageError("The time of collection is in ids, so that workers disagree:\n" + "\n".join(found))


def tells_the_time(given: str, module: Path, now: datetime) -> bool:
    """What the module itself has written down is the same in each worker, whatever day it is."""
    told = [text for text in _SECONDS.findall(given) if abs(int(text[:10]) - now.timestamp()) < _NEAR]
    told += _times_of_day(now).findall(given)
    return any(text not in _source(module) for text in told)


@cache
def _times_of_day(now: datetime) -> re.Pattern[str]:
    """Today's in any zone."""
    days = [now + timedelta(days=more) for more in (-1, 0, 1)]
    dates = "|".join(f"{day:{form}}" for day in days for form in ("%Y-%m-%d", "%Y%m%d"))
    return re.compile(rf"(?:{dates})[T _-]?\d\d[:.]?\d\d")


@cache
def _source(module: Path) -> str:
    return module.read_text()
