"""The error codes: each has a status and a sentence, and each is raised somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from tether_calls.common.errors import ERRORS, ErrorCode

PROJECT = Path(__file__).resolve().parents[2]
DECLARED_IN = PROJECT / "tether_calls" / "common" / "errors.py"
PACKAGES = ("calls", "contacts", "conversations", "tether_calls")


def _codes_named_in_the_code() -> set[str]:
    modules = (path for package in PACKAGES for path in (PROJECT / package).rglob("*.py") if path != DECLARED_IN)
    return {name for module in modules for name in re.findall(r"\bErrorCode\.([A-Z_]+)", module.read_text())}


def test_the_codes_that_there_are_have_a_status_and_a_sentence_and_no_others() -> None:
    assert set(ERRORS) == set(ErrorCode)
    assert {code: spec.status for code, spec in ERRORS.items() if not 400 <= spec.status <= 599} == {}
    assert [spec.message for spec in ERRORS.values() if not re.fullmatch(r"[A-Z].*[^.]", spec.message)] == []


def test_every_code_is_used_by_the_code() -> None:
    assert {code.name for code in ErrorCode} - _codes_named_in_the_code() == set()


def test_a_code_is_spelled_on_the_wire_as_in_the_code() -> None:
    assert [code.name for code in ErrorCode] == [code.value for code in ErrorCode]
