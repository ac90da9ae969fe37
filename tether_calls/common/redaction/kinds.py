"""Where something was found that is not to be kept."""

from __future__ import annotations

from dataclasses import dataclass

from tether_calls.common.redacted_kinds import RedactedKind


@dataclass(frozen=True, slots=True)
class Finding:
    """`turn` counts from 0; `begin` and `end` are characters of its text. What spans turns is one finding of each."""

    turn: int
    begin: int
    end: int
    kind: RedactedKind
