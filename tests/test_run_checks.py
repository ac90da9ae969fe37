"""script/test says what it can do."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

import pytest

from script import run_checks


def test_its_help_says_what_each_part_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_checks.main(["-h"])

    assert ended.value.code == 0
    told = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    for part, what in run_checks.PARTS.items():
        assert what in told[part]


# As pytest prints it, with what a test itself has printed.
_PRINTED = """
tests/test_calls.py F.E                                                  [100%]
ERROR in what the test printed
=========================== short test summary info ============================
FAILED tests/test_calls.py::test_a_call[no answer] - AssertionError: 404
ERROR tests/test_calls.py::test_another - psycopg.errors.DeadlockDetected
========================= 1 failed, 1 passed, 1 error in 2.00s =========================
"""


def test_the_summary_names_each_test_that_did_not_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = run_checks.Run(folder=tmp_path, interrupted=Event())
    failing = [sys.executable, "-c", f"print({_PRINTED!r}); raise SystemExit(1)"]

    run.step(run_checks.Step(title="pytest on something", command=failing))
    capsys.readouterr()

    assert run.summary() == 1
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "========================= 1 failed, 1 passed, 1 error in 2.00s =========================",
        "FAILED tests/test_calls.py::test_a_call[no answer] - AssertionError: 404",
        "ERROR tests/test_calls.py::test_another - psycopg.errors.DeadlockDetected",
    ]


def test_of_very_many_that_did_not_pass_the_summary_names_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_checks.Run(folder=tmp_path, interrupted=Event())
    many = "for n in range(1000): print(f'FAILED tests/test_calls.py::test_{n}')"

    run.step(run_checks.Step(title="pytest on something", command=[sys.executable, "-c", many]))
    capsys.readouterr()

    run.summary()
    told = capsys.readouterr().out.splitlines()
    assert len(told) < 30
    assert told[-1] == f"... and {1000 - run_checks.MOST_FAULTS} more of pytest on something"
