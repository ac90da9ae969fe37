"""What the documents tell people to paste works, against a running script/server."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.docs.markdown import DOCS, PROJECT, blocks
from tests.script_server import Seeded, copy_checkout, running
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"),
    pytest.mark.slow,
]

# Where the tour's file server listens, unless something else does.
PORT_OF_THE_TOUR = "8765"


@dataclass(frozen=True)
class Place:
    """A checkout with a server running in it, as somebody has it who follows the README."""

    checkout: Path
    port: str
    demo: dict[str, Any]

    def run(self, command: Sequence[str], *, stdin: str = "", folder: Path | None = None) -> str:
        """What it prints, once it has ended well."""
        variables = {"TETHER_URL": self.demo["baseUrl"], "TETHER_API_KEY": self.demo["apiKey"]}
        done = subprocess.run(
            command,
            input=stdin,
            cwd=folder or self.checkout,
            env={"PATH": os.environ["PATH"], **variables},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def place(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    checkout = copy_checkout(tmp_path_factory.mktemp("docs") / "checkout")
    (checkout / ".venv").symlink_to(sys.prefix)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    exempt = {"TETHER_FETCH_EXEMPT_HOSTS": f"127.0.0.1:{port}"}
    with running(checkout, data=seeded.copy_to(checkout / ".data"), **exempt) as server:
        yield Place(checkout=checkout, port=port, demo=server.printed)


@pytest.fixture
def folder_with_recording(tmp_path: Path) -> Path:
    shutil.copy(PROJECT / "calls/demo/audio/appointment.mp3", tmp_path / "call.mp3")
    return tmp_path


def vendors_example(language: str, *, having: str) -> str:
    (example,) = [example for example in blocks(DOCS / "vendors.md", language) if having in example]
    return example


def test_the_tour_of_the_readme_works_as_pasted(place: Place) -> None:
    steps = "\n".join(blocks(PROJECT / "README.md", "sh")).replace(PORT_OF_THE_TOUR, place.port)

    printed = place.run(["bash", "-e"], stdin=steps)

    assert f"\n{place.demo['apiKey']}\n" in printed
    events = re.findall(r"^[0-9a-f]{24} (\w+)", printed, re.MULTILINE)
    assert events == ["call_initiated", "call_ended", "call_recording_ready", "fetch_messages"]
    kept = re.findall(r'^\{"success":true,"callId":"([0-9a-f]{24})"', printed, re.MULTILINE)
    assert len(kept) == 2
    assert f'"deduplicated":true,"callId":"{kept[0]}"' in printed
    assert f'"_id": "{kept[0]}"' in printed
    assert '"message": "Hey Alex."' in printed
    assert '"totalCalls"' in printed
    assert "206 1024 bytes of audio/mpeg" in printed
    assert '"message":"AI call initiated"' in printed
    assert re.search(r"^http.*/media/recordings/", printed, re.MULTILINE)
    assert "\ncanceled\n" in printed
    assert "\ntransfer_offered I want to speak to a person.\ntransfer_ended connected\n" in printed
    assert "\nThe call is over.\n" in printed
    assert printed.rstrip().endswith('"code":"CALL_NOT_FOUND"}')


def test_the_examples_of_agents_tools_are_answered_as_described(place: Place) -> None:
    (login,) = [step for step in blocks(PROJECT / "README.md", "sh") if "TOKEN=" in step and "field()" in step]
    tools = blocks(DOCS / "agent-tools.md", "sh")

    printed = place.run(["bash", "-e"], stdin="\n".join([login, *tools]))

    described = [json.loads(answer) for answer in blocks(DOCS / "agent-tools.md", "json")[:2]]
    assert [f'"message":"{answer["message"]}"' in printed for answer in described] == [True, True]


def test_the_curl_example_for_vendors_pushes_a_call(place: Place, folder_with_recording: Path) -> None:
    script = vendors_example("sh", having="curl")

    assert '"success":true' in place.run(["bash", "-e"], stdin=script, folder=folder_with_recording)


def test_the_python_example_for_vendors_pushes_a_call(place: Place, folder_with_recording: Path) -> None:
    program = vendors_example("python", having="push_call")

    printed = place.run([sys.executable, "-"], stdin=program, folder=folder_with_recording)

    assert re.fullmatch(r"[0-9a-f]{24}\n", printed)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_the_node_example_for_vendors_pushes_a_call(place: Place, folder_with_recording: Path) -> None:
    program = folder_with_recording / "push.mjs"
    program.write_text(vendors_example("js", having="pushCall"))

    assert re.fullmatch(r"[0-9a-f]{24}\n", place.run(["node", str(program)], folder=folder_with_recording))


def test_the_example_for_partners_has_an_agent_call_somebody(place: Place) -> None:
    (script,) = [example for example in blocks(DOCS / "partners.md", "sh") if "Idempotency-Key" in example]

    printed = [json.loads(place.run(["bash", "-e"], stdin=script)) for _ in range(2)]

    assert (printed[0]["status"], printed[0]["phone_number"]) == ("queued", "+14165550199")
    assert printed[0] == printed[1]


def test_the_example_of_paging_reads_all_calls(place: Place) -> None:
    (loop,) = [example for example in blocks(DOCS / "api.md", "sh") if "nextCursor" in example]
    log_in = "\n".join(blocks(PROJECT / "README.md", "sh")[:1])

    printed = place.run(["bash", "-e"], stdin=f"{log_in}\n{loop}")

    pages = [int(line) for line in printed.splitlines()[1:]]
    assert pages[:-1] == [100] * (len(pages) - 1)
    assert sum(pages) > 200
