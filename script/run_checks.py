"""The checks of script/test, one after another; script/test says what the arguments mean."""

from __future__ import annotations

import argparse
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import IO

from tests import environments
from tests.server_process import ServerFailed, end_group, interruption
from tests.servers import all_servers

PROJECT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable

# What a program needs to run. Nothing else is handed on, so that a developer's DATABASE_URL, or any other
# variable that the settings read, never decides what is checked.
KEPT = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TERM|TMPDIR|COLUMNS|CI|XDG_.*|PY(THON|TEST).*|HYPOTHESIS_.*"
)

# Complete, and true of nothing: the deployment check connects nowhere.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "tether_calls.settings.production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "ALLOWED_HOSTS": "calls.example",
    "PUBLIC_BASE_URL": "https://calls.example",
    "DATABASE_URL": "postgresql://check:check@db.example/check",
    "REDIS_URL": "redis://redis.example/0",
    "R2_BUCKET": "check",
    "R2_ENDPOINT_URL": "https://r2.example",
    "R2_ACCESS_KEY_ID": "check",
    "R2_SECRET_ACCESS_KEY": "check",
}
# A worker for each core, and a file's tests in one of them: what a module sets up is set up once. Redis has 16
# databases, and a worker needs one. What follows -- has the last word: `-n 0` runs all in one process, as --pdb does.
SIDE_BY_SIDE = ["--numprocesses=auto", "--maxprocesses=8", "--dist=loadfile", "--no-loadscope-reorder"]
TESTS = {"DJANGO_SETTINGS_MODULE": "tether_calls.settings.test"}

ANSI = re.compile(r"\x1b\[[0-9;]*m")
PYTEST_SUMMARY = re.compile(r"(=+ )?.*(passed|failed|errors?|skipped|deselected|no tests ran) in [0-9.]+s.*")


@dataclass(frozen=True, kw_only=True)
class Step:
    title: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The title as a word: what --only takes, and the id of the hook in .pre-commit-config.yaml."""
        return "-".join(re.findall(r"[a-z]+", self.title.lower()))


@dataclass(frozen=True, kw_only=True)
class Result:
    title: str
    passed: bool
    seconds: float
    pytest_summary: str = ""


def static_steps(*, folder: Path) -> Iterator[Step]:
    manage = [PYTHON, "manage.py"]
    yield Step(title="ruff check", command=[PYTHON, "-m", "ruff", "check"])
    yield Step(title="ruff format --check", command=[PYTHON, "-m", "ruff", "format", "--check"])
    yield Step(title="mypy --strict", command=[PYTHON, "-m", "mypy"], environment=TESTS)
    lint_imports = [str(Path(PYTHON).with_name("lint-imports")), "--no-logo", "--cache-dir", ".cache/import-linter"]
    yield Step(title="import-linter", command=lint_imports)
    yield Step(title="wall between organizations", command=[PYTHON, "-m", "script.wall"], environment=TESTS)
    yield Step(
        title="migrations are complete",
        command=[*manage, "makemigrations", "--check", "--dry-run"],
        environment=TESTS,
    )
    yield Step(
        title="check --deploy",
        command=[*manage, "check", "--deploy", "--fail-level", "WARNING"],
        environment=PRODUCTION,
    )
    yield Step(
        title="API document",
        command=[PYTHON, "-m", "script.generate_clients", "--document", str(folder / "openapi.json")],
        environment=TESTS,
    )


@dataclass(frozen=True, kw_only=True)
class Run:
    """One call of script/test: where its files go, whether it shall stop, and what came out so far."""

    folder: Path
    interrupted: Event
    results: list[Result] = field(default_factory=list)

    def step(self, step: Step) -> None:
        """Runs one step to its end, showing its output; nothing that it started outlives it."""
        if self.interrupted.is_set():
            raise KeyboardInterrupt
        print(f"\n== {step.title}", flush=True)
        environment = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
        environment |= {"TETHER_DATA_DIR": tempfile.mkdtemp(dir=self.folder), "PYTHONUNBUFFERED": "1"}
        # Else every worker, of both passes, compiles all modules and rewrites all tests for itself.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if sys.stdout.isatty():
            environment |= {"FORCE_COLOR": "1", "MYPY_FORCE_COLOR": "1"}
        started = time.monotonic()
        process = subprocess.Popen(
            step.command,
            cwd=PROJECT,
            env={**environment, **step.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches only us, and the step is interrupted once, not twice.
            start_new_session=True,
        )
        output = bytearray()
        echo = Thread(target=_echo, args=(process.stdout, output), daemon=True)
        echo.start()
        try:
            # Not reaped yet, so the group's number is still its own while what it left behind is killed.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            os.killpg(process.pid, signal.SIGKILL)
            passed = process.wait() == 0
        finally:
            end_group(process, stop=signal.SIGINT)
            echo.join(timeout=5)
        seconds = time.monotonic() - started
        print(f"-- {'ok' if passed else 'FAILED'} after {seconds:.1f} s", flush=True)
        lines = ANSI.sub("", output.decode(errors="replace")).splitlines()
        summary = next((line for line in reversed(lines) if PYTEST_SUMMARY.fullmatch(line)), "")
        self.results.append(Result(title=step.title, passed=passed, seconds=seconds, pytest_summary=summary))

    def tests(self, title: str, *, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        command = [PYTHON, "-m", "pytest", *SIDE_BY_SIDE, *arguments]
        self.step(Step(title=title, command=command, environment={**TESTS, **environment}))

    def real_tests(self, title: str, *, arguments: Sequence[str]) -> None:
        print("\n== starting PostgreSQL, Redis and S3", flush=True)
        started = time.monotonic()
        try:
            with all_servers() as environment:
                print(f"-- ready after {time.monotonic() - started:.1f} s", flush=True)
                self.tests(title, arguments=arguments, environment=environment)
        except ServerFailed as error:
            print(f"-- FAILED: {error}", flush=True)
            self.results.append(Result(title=title, passed=False, seconds=time.monotonic() - started))

    def installer_tests(self, *, arguments: Sequence[str]) -> None:
        """All of them, recorded when all have passed; with arguments, which may leave some out, nothing is recorded."""
        module = "tests/test_script_environment.py"
        self.tests("pytest on the installer", arguments=[module, *arguments], environment={environments.RUN_ALL: "1"})
        if self.results[-1].passed and not arguments:
            environments.RECORD.write_text(environments.digest())

    def summary(self) -> int:
        """Prints what came out, pytest's own summary lines last, and returns the status to end with."""
        print("\n== summary")
        for result in self.results:
            print(f"{'ok' if result.passed else 'FAILED':6} {result.seconds:6.1f} s  {result.title}")
        stopped = self.interrupted.is_set()
        if stopped:
            print("interrupted before the end")
        for result in self.results:
            if result.pytest_summary:
                print(result.pytest_summary)
        if stopped:
            return 130
        return 0 if all(result.passed for result in self.results) else 1


def _echo(source: IO[bytes], output: bytearray) -> None:
    # By chunk, not by line: pytest's dots should be seen as they come.
    while chunk := os.read(source.fileno(), 65536):
        output += chunk
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


def main(arguments: Sequence[str]) -> int:
    ours = list(arguments)
    pytest_arguments: list[str] = []
    if "--" in ours:
        at = ours.index("--")
        ours, pytest_arguments = ours[:at], ours[at + 1 :]
    parser = argparse.ArgumentParser(prog="script/test", epilog="What follows -- goes to pytest.")
    parser.add_argument("part", nargs="?", choices=("lint", "real", "installer"), help="only this part")
    parser.add_argument("--only", metavar="CHECK", help="of lint, only this one: its title as a word, like ruff-check")
    parser.add_argument("--fast", action="store_true", help="only the tests on the embedded parts")
    options = parser.parse_args(ours)
    if options.only and options.part != "lint":
        parser.error("--only is for lint")
    everything = not (options.part or options.fast)

    with tempfile.TemporaryDirectory(prefix="tether-checks-") as name:
        current = Run(folder=Path(name), interrupted=interruption())
        with suppress(KeyboardInterrupt):
            if everything or options.part == "lint":
                steps = list(static_steps(folder=current.folder))
                if options.only and options.only not in {step.name for step in steps}:
                    parser.error(f"--only takes one of: {' '.join(step.name for step in steps)}")
                for step in steps:
                    if options.only in (None, step.name):
                        current.step(step)
            if everything or options.fast:
                current.tests("pytest on the embedded parts", arguments=pytest_arguments, environment={})
            if everything or options.part == "real":
                current.real_tests("pytest on PostgreSQL, Redis and S3", arguments=pytest_arguments)
            if options.part == "installer":
                current.installer_tests(arguments=pytest_arguments)
        return current.summary()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
