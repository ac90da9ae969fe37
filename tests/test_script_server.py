"""script/server: from nothing to a running demo, and again after any end."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from calls.demo.seed import DEMO_CALLS, OTHER_CALLS
from tests.environments import BASE_PYTHON
from tests.factories import ingest_body, mp3_bytes
from tests.script_server import PROJECT, ScriptServer, Seeded, copy_checkout, running, started
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.slow,
]


@dataclass(frozen=True)
class Kept:
    """What a server that was killed left behind: its folder, and what it had said before."""

    data: Path
    printed: dict[str, Any]
    call_ids: list[str]
    brought: str

    def copy_to(self, folder: Path) -> Path:
        return shutil.copytree(self.data, folder)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("script") / "a checkout with spaces")


def files_in(checkout: Path) -> set[Path]:
    return {path.relative_to(checkout) for path in checkout.rglob("*") if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def files_before(checkout: Path) -> set[Path]:
    return files_in(checkout)


@pytest.fixture(scope="module")
def server(checkout: Path, files_before: set[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptServer]:
    """One that was started for the first time, and runs."""
    with running(checkout, data=tmp_path_factory.mktemp("script") / "running data") as server:
        yield server


@pytest.fixture(scope="module")
def kept(checkout: Path, seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    data = seeded.copy_to(tmp_path_factory.mktemp("script") / "kept data")
    with running(checkout, data=data) as server:
        brought = server.ingest(ingest_body(), key=server.printed["apiKey"]).json()["callId"]
        server.log_in(server.printed["user"])
        call_ids = server.call_ids()
        server.kill()
    return Kept(data, server.printed, call_ids, brought)


@pytest.fixture(scope="module")
def again(checkout: Path, kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptServer]:
    """The next one, with what the killed one left behind."""
    with running(checkout, data=kept.copy_to(tmp_path_factory.mktemp("script") / "data again")) as server:
        yield server


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "other data"


@pytest.mark.parametrize(("argument", "status"), [("--help", 0), ("-h", 0), ("--port", 2)])
def test_an_argument_gets_an_explanation_and_starts_nothing(argument: str, status: int) -> None:
    said = subprocess.run([PROJECT / "script/server", argument], capture_output=True, text=True, check=False)

    assert said.returncode == status
    assert "PORT=8000 script/server" in said.stdout


def test_production_is_not_what_it_starts() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tether_calls.settings.production"}
    said = subprocess.run([PROJECT / "script/server"], capture_output=True, text=True, check=False, env=environment)

    assert (said.returncode, said.stdout) == (2, "")
    assert "docs/operations.md" in said.stderr


def test_it_says_where_to_look_once_somebody_who_looks_is_answered(server: ScriptServer) -> None:
    wait_until(lambda: "== Ctrl-C" in server.log.read_text(), what="its last lines", every=0.05, log=server.log)

    lines = [line.removeprefix("== ") for line in server.log.read_text().splitlines() if line.startswith("== ")]
    address = server.printed["baseUrl"]
    assert [line.split() for line in lines[-3:]] == [
        ["Admin", f"{address}/admin/"],
        ["API", f"{address}/api/docs"],
        ["Ctrl-C", "ends", "it"],
    ]
    for line in lines[-3:-1]:
        assert requests.get(line.split()[1], timeout=PATIENCE).status_code == 200


def test_a_first_start_has_a_demo_that_everybody_named_in_it_can_log_in_to(server: ScriptServer) -> None:
    demo = json.loads((server.data / "demo.json").read_text())

    assert server.printed == demo
    assert server.log_in(demo["user"])["user"]["organizationId"] == demo["organizationId"]
    assert server.get("/api/user/api-key")["data"]["apiKey"] == demo["apiKey"]
    assert len(server.call_ids()) == DEMO_CALLS
    assert server.log_in(demo["admin"])["user"]["organizationId"] == demo["organizationId"]
    assert server.log_in(demo["other"])["user"]["organizationId"] != demo["organizationId"]
    assert server.get("/api/user/api-key")["data"]["apiKey"] == demo["other"]["apiKey"]
    assert len(server.call_ids()) == OTHER_CALLS


def test_the_admin_of_the_demo_may_use_the_django_admin(server: ScriptServer) -> None:
    with requests.Session() as browser:
        address = f"{server.printed['baseUrl']}/admin/login/"
        form = browser.get(address, timeout=PATIENCE).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token is not None
        admin = server.printed["admin"]
        fields = {"csrfmiddlewaretoken": token[1], "username": admin["email"], "password": admin["password"]}
        browser.post(f"{address}?next=/admin/", data=fields, headers={"Referer": address}, timeout=PATIENCE)

        answer = browser.get(f"{server.printed['baseUrl']}/admin/", timeout=PATIENCE, allow_redirects=False)

    assert answer.status_code == 200


def test_all_that_it_writes_lies_in_the_data_folder(
    server: ScriptServer, checkout: Path, files_before: set[Path]
) -> None:
    assert files_in(checkout) == files_before


def test_what_it_writes_is_nobody_elses_to_read(server: ScriptServer) -> None:
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.data / "demo.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((server.data / "secret_key").stat().st_mode) == 0o600


def test_the_first_line_of_its_log_names_the_version(server: ScriptServer) -> None:
    version = requests.get(f"{server.printed['baseUrl']}/healthz", timeout=PATIENCE).json()["version"]

    assert f" Tether Calls {version} starts, on Python 3." in server.log.read_text().splitlines()[0]


def test_a_port_that_is_taken_is_named_and_nothing_is_written(server: ScriptServer, checkout: Path, data: Path) -> None:
    port = server.printed["baseUrl"].rpartition(":")[2]

    with started(checkout, data=data, PORT=port) as second:
        assert second.process.wait(PATIENCE) == 1

    assert f"127.0.0.1:{port} is in use" in second.log.read_text()
    assert not (data / "tether.sqlite3").exists()


def test_killed_at_any_moment_it_has_everything_after_the_next_start(kept: Kept, again: ScriptServer) -> None:
    # Passwords, keys and calls are the same; only ports may be others.
    assert again.printed["baseUrl"] != kept.printed["baseUrl"]
    addresses = {"baseUrl": "", "simulatorUrl": ""}
    assert {**again.printed, **addresses} == {**kept.printed, **addresses}
    assert json.loads((again.data / "demo.json").read_text()) == again.printed
    again.log_in(kept.printed["user"])
    assert kept.brought in kept.call_ids
    assert again.call_ids() == kept.call_ids
    assert again.play(kept.brought) == mp3_bytes()


def test_what_a_vendor_brings_is_told_at_the_socket_of_the_same_port(again: ScriptServer) -> None:
    again.log_in(again.printed["user"])
    address = again.printed["baseUrl"].replace("http", "ws", 1) + "/ws/events"
    with connect(address, subprotocols=[Subprotocol("bearer"), Subprotocol(again.token)], proxy=None) as socket:
        brought = again.ingest(ingest_body(), key=again.printed["apiKey"])
        frame = json.loads(socket.recv(timeout=PATIENCE))

    assert brought.status_code == 201
    assert (frame["event"], frame["data"]["call"]["_id"]) == ("call_initiated", brought.json()["callId"])


def test_killed_while_it_was_seeding_it_has_one_whole_demo_after_the_next_start(checkout: Path, data: Path) -> None:
    with started(checkout, data=data) as server:
        # Recordings are stored just before the rows are written.
        wait_until((data / "recordings").exists, every=0.001, log=server.log)
        assert server.process.poll() is None
        server.kill()

    with running(checkout, data=data) as server:
        server.log_in(server.printed["user"])
        assert len(server.call_ids()) == DEMO_CALLS


def test_without_demo_json_the_users_get_new_passwords_and_the_calls_stay(
    checkout: Path, kept: Kept, data: Path
) -> None:
    (kept.copy_to(data) / "demo.json").unlink()

    with running(checkout, data=data) as server:
        assert server.printed["user"]["password"] != kept.printed["user"]["password"]
        assert server.printed["apiKey"] == kept.printed["apiKey"]
        server.log_in(server.printed["user"])
        assert server.call_ids() == kept.call_ids
        assert "new passwords" in server.log.read_text()


def test_a_file_env_at_the_root_is_read_and_variables_win_over_it(checkout: Path, seeded: Seeded, data: Path) -> None:
    (checkout / ".env").write_text("# a comment\nLOG_LEVEL=ERROR\nPORT=1\n")
    try:
        with running(checkout, data=seeded.copy_to(data)) as server:
            assert "INFO" not in server.log.read_text()
            assert not server.printed["baseUrl"].endswith(":1")
    finally:
        (checkout / ".env").unlink()


def test_on_a_fresh_machine_it_makes_an_environment_next_to_the_root(data: Path, tmp_path: Path) -> None:
    fresh = copy_checkout(tmp_path / "fresh checkout")
    # pip finds the packages of the tests on the path, so that it has nothing to download.
    variables = {"PYTHON": BASE_PYTHON, "PYTHONPATH": sysconfig.get_path("purelib"), "PIP_NO_INDEX": "1"}

    with running(fresh, data=data, TETHER_VENV="", **variables) as server:
        assert server.printed["user"]
        assert (fresh / ".venv" / "requirements.stamp").exists()
        assert f"Making {fresh / '.venv'}" in server.log.read_text()


def test_a_python_that_is_too_old_is_named(checkout: Path, data: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\nexit 1\n')
    old.chmod(0o700)

    with started(checkout, data=data, TETHER_VENV="", PYTHON=str(old)) as server:
        assert server.process.wait(PATIENCE) == 1

    assert f"Tether Calls needs Python 3.11 or later; {old} is Python 3.9.2" in server.log.read_text()


def test_no_other_variable_is_read_than_those_that_env_example_explains() -> None:
    settings = "".join(path.read_text() for path in (PROJECT / "tether_calls" / "settings").glob("*.py"))
    read = set(re.findall(r"""env\.\w+\(\s*["'](\w+)["']""", settings))

    explained = re.findall(r"^#([A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(explained) == sorted(read)


def test_a_signal_ends_all_of_it(server: ScriptServer, again: ScriptServer) -> None:
    """Last, for it ends the servers of the tests above."""
    for one, number in ((server, signal.SIGINT), (again, signal.SIGTERM)):
        one.process.send_signal(number)
        one.process.wait(PATIENCE)

        # Its group is empty: nobody is there to get a signal.
        with pytest.raises(ProcessLookupError):
            os.killpg(one.process.pid, 0)
        assert "Traceback" not in one.log.read_text()
