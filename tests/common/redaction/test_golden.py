"""How much of what is to be redacted is found, and how little else."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from typing import Any

import pytest

from tests.common.redaction.golden import FOLDER
from tether_calls.common.redacted_kinds import KINDS, RedactedKind
from tether_calls.common.redaction.mask import redacted_text, redacted_turns

LEAST = {RedactedKind.CARD: 0.99}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


def is_redacted(each: dict[str, Any]) -> bool:
    """Whether nothing is left of what is secret: no digit of it, and no word."""
    turns = [(role, text) for role, text in each["turns"]]
    texts, _ = redacted_turns(turns, frozenset(KINDS))
    for turn, secret in each["secret"]:
        rest = turns[turn][1].replace(secret, "", 1)
        left = Counter(re.findall(r"\w+", texts[turn].replace(f"[{each['kind']}]", "")))
        if f"[{each['kind']}]" not in texts[turn] or left - Counter(re.findall(r"\w+", rest)):
            return False
    return True


@pytest.mark.parametrize("name", ["tuned", "blind"])
@pytest.mark.parametrize("kind", KINDS)
def test_nearly_all_that_is_to_be_redacted_is(
    name: str, kind: RedactedKind, capsys: pytest.CaptureFixture[str]
) -> None:
    """The forms of `tuned` were at hand when the rules were made; those of `blind` were not looked at."""
    told = [each for each in lines(name) if each["kind"] == kind]
    found = sum(map(is_redacted, told))

    with capsys.disabled():
        sys.stdout.write(f"\n{name} {kind}: {found} of {len(told)}\n")
    assert len(told) >= 20
    assert found / len(told) >= LEAST.get(kind, 0.95)


def test_less_than_one_in_a_hundred_innocent_sentences_is_touched(capsys: pytest.CaptureFixture[str]) -> None:
    told = lines("innocent")
    touched = [each["text"] for each in told if redacted_text(each["text"], frozenset(KINDS)) != each["text"]]

    with capsys.disabled():
        sys.stdout.write(f"\ninnocent: {len(touched)} of {len(told)} touched\n")
    assert len(told) == 400
    assert len(touched) / len(told) < 0.01
