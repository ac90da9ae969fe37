"""The error codes: each has a status and a sentence, and each is raised somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tether_calls.common.errors import ERRORS, ErrorCode

PROJECT = Path(__file__).resolve().parents[2]
DECLARED_IN = PROJECT / "tether_calls" / "common" / "errors.py"
PACKAGES = ("calls", "contacts", "conversations", "tether_calls")


def _codes_named_in_the_code() -> set[str]:
    modules = (path for package in PACKAGES for path in (PROJECT / package).rglob("*.py") if path != DECLARED_IN)
    return {name for module in modules for name in re.findall(r"\bErrorCode\.([A-Z_]+)", module.read_text())}


@pytest.mark.parametrize("code", ErrorCode)
def test_a_code_has_a_status_and_a_sentence(code: ErrorCode) -> None:
    spec = ERRORS[code]
    assert 400 <= spec.status <= 599
    assert re.fullmatch(r"[A-Z].*[^.]", spec.message)


@pytest.mark.parametrize("code", ErrorCode)
def test_a_code_is_used_by_the_code(code: ErrorCode) -> None:
    assert code.name in _codes_named_in_the_code()


@pytest.mark.parametrize("code", ErrorCode)
def test_a_code_is_spelled_on_the_wire_as_in_the_code(code: ErrorCode) -> None:
    assert code.name == code.value


def test_no_row_is_left_of_a_code_that_is_gone() -> None:
    assert ERRORS.keys() == set(ErrorCode)
