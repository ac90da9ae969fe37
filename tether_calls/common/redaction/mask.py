"""Texts without what was found in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tether_calls.common.redacted_kinds import Kinds, RedactedKind
from tether_calls.common.redaction.find import findings
from tether_calls.common.redaction.kinds import Finding


def redacted_turns(
    turns: Sequence[tuple[str, str]], kinds: Kinds, *, is_unfinished: bool = False
) -> tuple[list[str], list[Finding]]:
    """The texts of the turns (role, text), masked, and what was found. Nothing is looked for where no kind is asked.

    `is_unfinished`: more turns follow; digits that may be a part of something are masked as `[digits]`.
    """
    if not kinds or not turns:
        return [text for _, text in turns], []
    wanted = {*kinds, RedactedKind.DIGITS} if kinds - {RedactedKind.EMAIL} else kinds
    found = [finding for finding in findings(turns, is_unfinished=is_unfinished) if finding.kind in wanted]
    texts = [text for _, text in turns]
    by_turn: dict[int, list[Finding]] = {}
    for finding in found:
        by_turn.setdefault(finding.turn, []).append(finding)
    for turn, of_turn in by_turn.items():
        texts[turn] = masked(texts[turn], of_turn)
    return texts, found


def redacted_text(text: str, kinds: Kinds) -> str:
    """A text by itself: a summary, a note."""
    return redacted_turns([("", text)], kinds)[0][0] if text else text


def redacted_json(value: Any, kinds: Kinds) -> Any:
    """A JSON value with each of its texts redacted, names excepted; numbers that are one of them become masks."""
    if not kinds:
        return value
    if isinstance(value, str):
        return redacted_text(value, kinds)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**6:
        text = redacted_text(str(value), kinds)
        return value if text == str(value) else text
    if isinstance(value, dict):
        return {name: redacted_json(each, kinds) for name, each in value.items()}
    if isinstance(value, list):
        return [redacted_json(each, kinds) for each in value]
    return value


def redacted_bytes(body: bytes, kinds: Kinds) -> bytes:
    """Of a body that is not what it should be: read as one text."""
    return redacted_text(body.decode("utf-8", "replace"), kinds).encode()


def masked(text: str, of_turn: Sequence[Finding]) -> str:
    """The findings are in order, and do not overlap. What touches another of its kind shares its mask."""
    parts: list[str] = []
    end, latest = 0, None
    for finding in of_turn:
        between = text[end : finding.begin]
        if not (latest == finding.kind and not between.strip()):
            parts.extend((between, finding.kind.mask))
        end, latest = finding.end, finding.kind
    return "".join([*parts, text[end:]])
