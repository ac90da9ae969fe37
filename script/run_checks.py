"""The checks of script/test; script/test says what the arguments mean."""

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
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
    r"|TETHER_BROWSER|TETHER_NO_BROWSER"
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

# By name: what script/test -h says of it.
PARTS: Mapping[str, str] = {
    "lint": "the static checks: style, types, imports, the wall, migrations, deployment, the API document",
    "processes": "tests that start processes: installations, servers that are killed, the pages' examples",
    "browser": "the admin's and the API's pages in a browser",
    "real": "the tests that meet a database, a cache or a storage, on PostgreSQL, Redis and S3",
    "installer": "all tests of script/environment.py; when they have passed, tests/installer.sha256 is written",
}

# What each pass runs where no arguments of pytest choose: together all tests, and twice those that meet a server.
IN_A_BROWSER = "tests/browser"
WITHOUT_PROCESSES = ["-m", "not slow", f"--ignore={IN_A_BROWSER}"]
WHERE_SERVERS_MATTER = ["--where-servers-matter", f"--ignore={IN_A_BROWSER}"]

ANSI = re.compile(r"\x1b\[[0-9;]*m")
PYTEST_SUMMARY = re.compile(r"(=+ )?.*(passed|failed|errors?|skipped|deselected|no tests ran) in [0-9.]+s.*")
# Of one pass, in the summary.
MOST_FAULTS = 20
PYTEST_FAULT = re.compile(r"(FAILED|ERROR) [^ ]+(::| - |$).*")


@dataclass(frozen=True, kw_only=True)
class Step:
    title: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    # It takes as long as several of the others, and leaves a core idle: it runs beside them, and its output comes last.
    beside_the_others: bool = False

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
    # What pytest says in a line of each test that did not pass.
    pytest_faults: Sequence[str] = ()


def process_tests() -> list[str]:
    """The slow tests, and only the modules that have some: to read the others takes longer than a few tests."""
    modules = (path for path in (PROJECT / "tests").rglob("test_*.py") if "mark.slow" in path.read_text())
    return ["-m", "slow", *sorted(str(path.relative_to(PROJECT)) for path in modules)]


def static_steps(*, folder: Path) -> Iterator[Step]:
    manage = [PYTHON, "manage.py"]
    yield Step(title="ruff check", command=[PYTHON, "-m", "ruff", "check"])
    yield Step(title="ruff format --check", command=[PYTHON, "-m", "ruff", "format", "--check"])
    yield Step(title="mypy --strict", command=[PYTHON, "-m", "mypy"], environment=TESTS, beside_the_others=True)
    lint_imports = [str(Path(PYTHON).with_name("lint-imports")), "--no-logo", "--cache-dir", ".cache/import-linter"]
    yield Step(title="import-linter", command=lint_imports)
    yield Step(
        title="wall between organizations",
        command=[PYTHON, "-m", "script.wall"],
        environment=TESTS,
        beside_the_others=True,
    )
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


def run_of_pytest(
    title: str, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None, cache: str = ""
) -> Step:
    """One run of pytest. With a `cache` of its own it runs beside others: what failed is kept by who ends last."""
    own = ["-o", f"cache_dir=.cache/pytest-{cache}"] if cache else []
    return Step(
        title=title,
        command=[PYTHON, "-m", "pytest", *SIDE_BY_SIDE, *own, *arguments],
        environment={**TESTS, **(environment or {})},
        beside_the_others=bool(cache),
    )


class Output(Thread):
    """What a step writes: shown as it comes, or from `show()` on; and for how many seconds it has done so."""

    def __init__(self, source: IO[bytes], *, shown: bool) -> None:
        super().__init__(daemon=True)
        self.written = bytearray()
        self._source = source
        self._is_shown = shown
        self._showing = Lock()
        self._began = self._ended = time.monotonic()
        self.start()

    @property
    def seconds(self) -> float:
        return self._ended - self._began

    def run(self) -> None:
        # By chunk, not by line: pytest's dots should be seen as they come.
        with self._source:
            while chunk := os.read(self._source.fileno(), 65536):
                with self._showing:
                    self.written += chunk
                    if self._is_shown:
                        _show(chunk)
        self._ended = time.monotonic()

    def show(self) -> None:
        with self._showing:
            _show(bytes(self.written))
            self._is_shown = True


def _show(chunk: bytes) -> None:
    sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


@dataclass(frozen=True, kw_only=True)
class Run:
    """One call of script/test: where its files go, whether it shall stop, and what came out so far."""

    folder: Path
    interrupted: Event
    results: list[Result] = field(default_factory=list)

    def steps(self, steps: Sequence[Step]) -> None:
        """One after another, and beside them what is not to be waited for."""
        with ExitStack() as stack:
            beside = [step for step in steps if step.beside_the_others]
            ends = [stack.enter_context(self._running(step, shown=len(steps) == 1)) for step in beside]
            for step in steps:
                if not step.beside_the_others:
                    self.step(step)
            for end in ends:
                end()

    def step(self, step: Step) -> None:
        """Runs one step to its end, showing its output; nothing that it started outlives it."""
        with self._running(step, shown=True) as end:
            end()

    @contextmanager
    def _running(self, step: Step, *, shown: bool) -> Iterator[Callable[[], None]]:
        """Starts a step; what is yielded waits for its end, and shows its output unless that has been shown."""
        if self.interrupted.is_set():
            raise KeyboardInterrupt
        title = f"\n== {step.title}"
        if shown:
            print(title, flush=True)
        environment = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
        environment |= {"TETHER_DATA_DIR": tempfile.mkdtemp(dir=self.folder), "PYTHONUNBUFFERED": "1"}
        # Else every worker, of both passes, compiles all modules and rewrites all tests for itself.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if sys.stdout.isatty():
            environment |= {"FORCE_COLOR": "1", "MYPY_FORCE_COLOR": "1"}
        process = subprocess.Popen(
            step.command,
            cwd=PROJECT,
            env={**environment, **step.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches only us, and the step is interrupted once, not twice.
            start_new_session=True,
        )
        assert process.stdout is not None
        output = Output(process.stdout, shown=shown)

        def end() -> None:
            if not shown:
                print(title, flush=True)
                output.show()
            # Not reaped yet, so the group's number is still its own while what it left behind is killed.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            os.killpg(process.pid, signal.SIGKILL)
            passed = process.wait() == 0
            output.join(timeout=5)
            print(f"-- {'ok' if passed else 'FAILED'} after {output.seconds:.1f} s", flush=True)
            lines = ANSI.sub("", output.written.decode(errors="replace")).splitlines()
            summary = next((line for line in reversed(lines) if PYTEST_SUMMARY.fullmatch(line)), "")
            faults = [line for line in lines if PYTEST_FAULT.fullmatch(line)]
            self.results.append(
                Result(
                    title=step.title,
                    passed=passed,
                    seconds=output.seconds,
                    pytest_summary=summary,
                    pytest_faults=faults,
                )
            )

        try:
            yield end
        finally:
            end_group(process, stop=signal.SIGINT)
            output.join(timeout=5)

    def real_tests(self, arguments: Sequence[str], *, beside: Sequence[Step]) -> None:
        """On servers that are started for them; `beside` runs also where these do not start."""
        title = "pytest on PostgreSQL, Redis and S3"
        print("\n== starting PostgreSQL, Redis and S3", flush=True)
        started = time.monotonic()
        with ExitStack() as stack:
            try:
                environment = stack.enter_context(all_servers())
            except ServerFailed as error:
                print(f"-- FAILED: {error}", flush=True)
                self.results.append(Result(title=title, passed=False, seconds=time.monotonic() - started))
                self.steps(beside)
            else:
                print(f"-- ready after {time.monotonic() - started:.1f} s", flush=True)
                self.steps([run_of_pytest(title, arguments, environment=environment), *beside])

    def installer_tests(self, *, arguments: Sequence[str]) -> None:
        """All of them, recorded when all have passed; with arguments, which may leave some out, nothing is recorded."""
        module = "tests/test_script_environment.py"
        everything = {environments.RUN_ALL: "1"}
        self.step(run_of_pytest("pytest on the installer", [module, *arguments], environment=everything))
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
        # Once more, last: what a pass printed may be far above what ran beside it.
        for result in self.results:
            for line in result.pytest_faults[:MOST_FAULTS]:
                print(line)
            if len(result.pytest_faults) > MOST_FAULTS:
                print(f"... and {len(result.pytest_faults) - MOST_FAULTS} more of {result.title}")
        if stopped:
            return 130
        return 0 if all(result.passed for result in self.results) else 1


def main(arguments: Sequence[str]) -> int:
    ours = list(arguments)
    pytest_arguments: list[str] = []
    if "--" in ours:
        at = ours.index("--")
        ours, pytest_arguments = ours[:at], ours[at + 1 :]
    parts = [f"  {name:10} {what}" for name, what in PARTS.items()]
    parser = argparse.ArgumentParser(
        prog="script/test",
        description="Every check there is, or one part of them.",
        epilog="\n".join(["parts:", *parts, "", "What follows -- goes to pytest, and chooses the tests."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", nargs="?", choices=PARTS, metavar="PART", help="only this part, one of those below")
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
                current.steps([step for step in steps if options.only in (None, step.name)])
            # While they wait for processes and pages, the tests beside them go on.
            processes = run_of_pytest(
                "pytest on processes of the embedded parts", pytest_arguments or process_tests(), cache="processes"
            )
            browser = run_of_pytest("pytest in a browser", [IN_A_BROWSER, *pytest_arguments], cache="browser")
            whole = everything and not pytest_arguments
            if everything or options.fast:
                embedded = run_of_pytest("pytest on the embedded parts", pytest_arguments or WITHOUT_PROCESSES)
                current.steps([embedded, processes] if whole else [embedded])
            if options.part == "processes":
                current.step(processes)
            if options.part == "browser":
                current.step(browser)
            if everything or options.part == "real":
                chosen = pytest_arguments or WHERE_SERVERS_MATTER
                current.real_tests(chosen, beside=[browser] if whole else [])
            if options.part == "installer":
                current.installer_tests(arguments=pytest_arguments)
        return current.summary()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
