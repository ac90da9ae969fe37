"""compose.yaml, Dockerfile, units, workflow and hooks: they are valid, agree with each other, and leave nothing out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
import yaml
from pre_commit.clientlib import load_config  # type: ignore[import-untyped]

from script.run_checks import static_steps
from tests import deployment
from tests.docs.markdown import PROJECT
from tests.docs.settings_read import of_settings
from tests.environments import BASE_PYTHON
from tests.script_server import copy_checkout
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.slow,
]

WORKFLOW = PROJECT / ".github/workflows/test.yml"
HOOKS = PROJECT / ".pre-commit-config.yaml"
OF_THE_PRODUCT = ("http", "socket", "worker", "beat")


@pytest.mark.parametrize(
    ("file", "schema"), [("compose.yaml", "compose-spec"), (".github/workflows/test.yml", "github-workflows")]
)
def test_it_is_what_its_schema_asks_for(file: str, schema: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", file]

    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


# ---- compose -------------------------------------------------------------------------------------------------------


def test_without_a_password_nothing_starts_and_the_page_says_which_there_are() -> None:
    page = deployment.OPERATIONS.read_text()

    assert deployment.variables().keys() == {"DB_PASSWORD", "REDIS_PASSWORD"}
    assert all(deployment.variables().values()), "each gives the reason why it is needed"
    assert all(f"{name}=%s" in page for name in deployment.variables())


def test_whatever_ends_is_started_again_but_for_what_is_done() -> None:
    restarts = {name: service.get("restart") for name, service in deployment.compose()["services"].items()}

    assert restarts.pop("prepare") is None
    assert set(restarts.values()) == {"unless-stopped"}


def test_what_is_waited_for_until_it_is_healthy_has_a_check_of_that() -> None:
    services = deployment.compose()["services"]
    waited_for = {
        name
        for service in services.values()
        for name, condition in service.get("depends_on", {}).items()
        if condition["condition"] == "service_healthy"
    }

    assert waited_for == {"db", "redis", "http", "socket"}
    assert all("test" in services[name]["healthcheck"] for name in waited_for - {"http"})
    # The image's check is that of http; where it would ask in vain it is off.
    assert all(services[name]["healthcheck"] == {"disable": True} for name in ("prepare", "worker", "beat"))


@pytest.mark.parametrize("name", ["http", "socket"])
def test_health_is_asked_at_the_port_that_is_served(name: str) -> None:
    command = deployment.command(name)
    port = command[command.index("--port") + 1]

    assert f"'http://127.0.0.1:{port}/healthz'" in deployment.health_command(name)[-1]


def test_the_processes_have_every_variable_of_production() -> None:
    given = {*deployment.environment_file(), *deployment.service("http")["environment"]}

    assert given == set(deployment.environment_file())
    assert given - {"DJANGO_SETTINGS_MODULE"} <= of_settings().keys()


# ---- One command for each process, wherever it is written ---------------------------------------------------------


def _without_place(command: list[str]) -> list[str]:
    """Where it listens, and the folder of the environment, are each place's own."""
    words = [re.sub(r"^/srv/tether/\.venv/bin/", "", command[0]), *command[1:]]
    return ["HOST" if before == "--host" else word for before, word in zip(["", *words], words, strict=False)]


@pytest.mark.parametrize("name", OF_THE_PRODUCT)
def test_a_unit_starts_what_compose_starts(name: str) -> None:
    assert _without_place(deployment.units()[name]) == _without_place(deployment.command(name))


def test_the_shell_starts_what_compose_starts() -> None:
    assert list(map(_without_place, deployment.shell_commands())) == [
        _without_place(deployment.command(name)) for name in ("http", "socket")
    ]


def test_the_image_starts_what_compose_starts_for_http() -> None:
    (of_image,) = [rest for instruction, rest in deployment.dockerfile() if instruction == "CMD"]

    assert json.loads(of_image) == deployment.command("http")


# ---- Dockerfile ----------------------------------------------------------------------------------------------------


def test_the_image_has_every_package_and_the_builder_gets_nothing_else() -> None:
    packages = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()

    assert deployment.copied() == sorted([*packages, "manage.py", "pyproject.toml", "requirements.lock"])
    assert {line for line in ignored if line.startswith("!")} == {f"!{name}" for name in deployment.copied()}
    assert "*" in ignored


def test_the_image_is_made_in_stages_and_runs_without_rights() -> None:
    instructions = deployment.dockerfile()

    assert len([rest for instruction, rest in instructions if instruction == "FROM"]) == 2
    [user] = [rest for instruction, rest in instructions if instruction == "USER"]
    [makes_user] = [rest for instruction, rest in instructions if instruction == "RUN" and "useradd" in rest]
    assert re.search(rf"useradd --system --uid [1-9]\d+ --no-create-home {user} ", makes_user)


def test_the_packages_of_the_image_are_those_of_the_lock(tmp_path: Path) -> None:
    """Its own two commands, in a folder of their own; pip finds the packages of the tests, and loads none down."""
    (tmp_path / "requirements.lock").symlink_to(PROJECT / "requirements.lock")
    commands = [rest for instruction, rest in deployment.dockerfile() if instruction == "RUN" and ".venv" in rest]
    assert len(commands) == 2
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }

    for command in commands:
        shell = re.sub(
            r"^(python|pip) ", lambda found: f"{BASE_PYTHON} " + ("-m pip " if found[1] == "pip" else ""), command
        )
        done = subprocess.run(
            ["sh", "-c", shell],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr


# ---- Checks, here and there ----------------------------------------------------------------------------------------


def test_the_workflow_runs_the_checks_on_every_python_that_the_lock_is_for() -> None:
    job = yaml.safe_load(WORKFLOW.read_text())["jobs"]["test"]
    steps = [step["run"] for step in job["steps"] if "run" in step]
    [locked_for] = re.findall(r"for version in ([\d. ]+); do", (PROJECT / "script/lock").read_text())
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]

    assert steps[-2:] == ["script/test", "script/test installer"]
    assert job["strategy"]["matrix"]["python"] == locked_for.split()
    assert project["requires-python"] == f">={locked_for.split()[0]}"


def test_the_hooks_are_the_checks_of_script_lint() -> None:
    [repository] = load_config(str(HOOKS))["repos"]

    assert [hook["entry"] for hook in repository["hooks"]] == [
        f"script/lint --only {step.name}" for step in static_steps(folder=Path())
    ]
    assert repository["repo"] == "local"
    assert all(hook["always_run"] and not hook["pass_filenames"] for hook in repository["hooks"])


def test_a_commit_runs_them(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "checkout")
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\n[ "$1" = -c ] || printf "%s " "$@" >> "$0.log"\n')
    python.chmod(0o700)
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHON": str(python),
        "PRE_COMMIT_HOME": str(tmp_path),
    }

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd=checkout, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    run("git", "init", "--quiet")
    run(sys.executable, "-m", "pre_commit", "install")
    run("git", "add", ".")
    run("git", "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "--message", "all of it")

    asked = re.findall(r"-m script\.run_checks lint --only ([\w-]+) ", python.with_name("python3.log").read_text())
    assert asked == [step.name for step in static_steps(folder=Path())]
