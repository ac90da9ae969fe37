"""The shell scripts of script/: each says what it is for, and starts what it says in the right environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.script_server import PROJECT, copy_checkout, environment

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.slow,
]

SCRIPTS = sorted(path for path in (PROJECT / "script").iterdir() if path.is_file() and not path.suffix)
SERVICE = (".venv", "requirements.lock")
TESTS = (".venv-test", "requirements-dev.lock")


def _name(path: Path) -> str:
    return path.name


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that is new enough, and prints what it is asked to run."""
    program = tmp_path_factory.mktemp("python") / "python 3"
    program.write_text('#!/bin/sh\n[ "$1" = -c ] || printf "%s\\n" "$@" ""\n')
    program.chmod(0o700)
    return program


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("scripts") / "a checkout")


def run(script: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        [script, *arguments], cwd="/", env=clean, capture_output=True, text=True, check=False, timeout=100
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=_name)
def test_it_can_be_run_and_begins_with_what_it_is_for(script: Path) -> None:
    lines = script.read_text().splitlines()

    assert os.access(script, os.X_OK)
    assert lines[0] == "#!/bin/sh"
    assert lines[1].startswith("# ")
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0


# Script, its arguments, the environment, and what is run there.
STARTED = [
    ("server", [], SERVICE, ["{root}/manage.py", "start"]),
    ("console", ["-c", "print(1)"], SERVICE, ["manage.py", "shell", "-c", "print(1)"]),
    ("test", ["--fast", "--", "-x"], TESTS, ["-m", "script.run_checks", "--fast", "--", "-x"]),
    ("lint", ["--only", "ruff-check"], TESTS, ["-m", "script.run_checks", "lint", "--only", "ruff-check"]),
    ("bench", ["ingest", "--json", "a b"], TESTS, ["-m", "script.benchmarks.ingest", "--json", "a b"]),
    ("bench", ["imports", "--calls", "5"], TESTS, ["-m", "script.benchmarks.imports", "--calls", "5"]),
    ("python", ["service", "a b", "c"], SERVICE, ["a b", "c"]),
    ("python", ["tests", "a b", "c"], TESTS, ["a b", "c"]),
]


@pytest.mark.parametrize(("script", "arguments", "where", "program"), STARTED)
def test_it_starts_its_program_in_the_environment_that_the_program_needs(
    checkout: Path, python: Path, script: str, arguments: list[str], where: tuple[str, str], program: list[str]
) -> None:
    answer = run(checkout / "script" / script, *arguments, PYTHON=str(python))

    prepared = [f"{checkout}/script/environment.py", *(f"{checkout}/{name}" for name in where)]
    assert answer.stdout.splitlines()[:-1] == prepared + [word.format(root=checkout) for word in program]


def test_the_server_has_settings_of_its_own_whatever_the_environment_names(checkout: Path, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ] || echo "$DJANGO_SETTINGS_MODULE"\n')
    python.chmod(0o700)

    answer = run(
        checkout / "script" / "server", PYTHON=str(python), DJANGO_SETTINGS_MODULE="tether_calls.settings.test"
    )

    assert answer.stdout == "tether_calls.settings.base\n"


def test_setup_prepares_both_environments(checkout: Path, python: Path) -> None:
    answer = run(checkout / "script" / "setup", PYTHON=str(python))

    lines = answer.stdout.splitlines()
    assert [line for line in lines if line.endswith(".lock")] == [f"{checkout}/{lock}" for _, lock in (SERVICE, TESTS)]
    assert lines[-1].startswith("Ready.")


def test_setup_installs_the_hooks_for_those_who_ask_for_them(checkout: Path, python: Path) -> None:
    answer = run(checkout / "script" / "setup", "--hooks", PYTHON=str(python))

    assert "-m\npre_commit\ninstall\n" in answer.stdout


def test_format_mends_and_lays_out_what_it_is_given(checkout: Path, python: Path) -> None:
    answer = run(checkout / "script" / "format", "calls/mp3.py", PYTHON=str(python))

    assert "-m\nruff\ncheck\n--fix\ncalls/mp3.py\n" in answer.stdout
    assert answer.stdout.endswith("-m\nruff\nformat\ncalls/mp3.py\n\n")


@pytest.mark.parametrize("asked", ["-h", "--help"])
@pytest.mark.parametrize("script", SCRIPTS, ids=_name)
def test_it_says_what_it_is_for_and_makes_nothing(checkout: Path, script: Path, asked: str) -> None:
    there = sorted(checkout.iterdir())

    answer = run(checkout / "script" / script.name, asked, PYTHON="/nowhere/python")

    assert sorted(checkout.iterdir()) == there
    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"script/{script.name}" in answer.stdout
    assert answer.stdout.splitlines()[0] == script.read_text().splitlines()[1].removeprefix("# ")


@pytest.mark.parametrize(("script", "argument"), [("setup", "all"), ("python", "nothing"), ("bench", "nothing")])
def test_an_argument_that_there_is_not_gets_an_explanation(script: str, argument: str) -> None:
    answer = run(PROJECT / "script" / script, argument)

    assert answer.returncode == 2
    assert f"script/{script}" in answer.stdout + answer.stderr


def test_a_python_that_is_not_there_is_named() -> None:
    answer = run(PROJECT / "script" / "python", "tests", PYTHON="/nowhere/python")

    assert answer.returncode == 1
    assert "needs Python 3.11 or later; /nowhere/python is not there." in answer.stderr


def test_the_console_is_at_the_data_of_the_server(tmp_path: Path) -> None:
    where = "from django.db import connection; print(connection.settings_dict['NAME'])"

    answer = run(PROJECT / "script" / "console", "-v0", "-c", where, **environment(tmp_path / "data"))

    assert answer.stdout.strip() == f"{tmp_path}/data/tether.sqlite3", answer.stderr
