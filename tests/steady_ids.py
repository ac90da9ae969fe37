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
    """Raise pytest.UsageError with every id that has today's date, or seconds since 1970 about now, in it."""
    now = datetime.now(UTC)
    found = [item.nodeid for item in items if tells_the_time(item.nodeid.partition("[")[2], item.path, now)]
    if found:
        raise pytest.UsageError("The time of collection is in ids, so that workers disagree:\n" + "\n".join(found))


def tells_the_time(given: str, module: Path, now: datetime) -> bool:
    """What the module itself has written down is the same in each worker, whatever day it is."""
    return any(text in given and text not in _source(module) for text in _days(now)) or any(
        abs(int(text[:10]) - now.timestamp()) < _NEAR and text not in _source(module)
        for text in _SECONDS.findall(given)
    )


@cache
def _days(now: datetime) -> tuple[str, ...]:
    """Today's in any zone."""
    days = [now + timedelta(days=more) for more in (-1, 0, 1)]
    return tuple(f"{day:{form}}" for day in days for form in ("%Y-%m-%d", "%Y%m%d"))


@cache
def _source(module: Path) -> str:
    return module.read_text()
