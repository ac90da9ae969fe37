"""Classes of durations, each a twentieth longer than the one before: enough to tell percentiles to within 2.5 %."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import msgspec

_WIDTH = math.log(1.05)
# Of less than a microsecond.
NOTHING = -1
# The same as `duration_class`, of a column `microseconds`: of one call, or of one less.
CLASS_SQL = (
    f"CASE WHEN microseconds = 0 THEN {NOTHING}"
    f" ELSE CAST(FLOOR(LN(CAST(ABS(microseconds) AS double precision)) / {_WIDTH!r}) AS integer) END"
)


def duration_class(microseconds: int) -> int:
    return NOTHING if microseconds < 1 else math.floor(math.log(microseconds) / _WIDTH)


def percentile(classes: Mapping[int, int], share: float) -> float | None:
    """Seconds that `share` of the calls do not exceed: the middle of their class. None: there are no calls."""
    rank = math.ceil(share * sum(classes.values()))
    passed = 0
    for each, calls in sorted(classes.items()):
        passed += calls
        if calls and passed >= max(rank, 1):
            return 0.0 if each == NOTHING else math.exp((each + 0.5) * _WIDTH) / 1_000_000
    return None


def as_text(classes: Mapping[int, int]) -> str:
    """As it is kept; classes without calls are left out."""
    kept = {each: calls for each, calls in classes.items() if calls}
    return msgspec.json.encode(kept).decode() if kept else ""


def from_text(text: str) -> Counter[int]:
    return Counter(msgspec.json.decode(text, type=dict[int, int])) if text else Counter()
