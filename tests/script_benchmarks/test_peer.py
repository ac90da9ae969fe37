"""What `script/bench ingest` compares with keeps what the service keeps: else it would be compared with less work."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.apps import apps
from django.db import connection

from script.benchmarks.ingest import COMMANDS, PEER, bodies
from script.benchmarks.load import CALL_MARK, NUMBER_MARK
from script.benchmarks.peer.statements import mac_of
from tests.script_server import PROJECT
from tests.server_process import end_group, free_ports
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.services.api_keys import default_api_key

pytestmark = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="the peer speaks to PostgreSQL alone")

SECRET = "of-the-peer"
# What a call leaves, without names of files and numbers of transactions, and without the words, which PostgreSQL
# divides for the peer.
KEPT = (
    "accounts.ApiKey",
    "calls.Call",
    "calls.CallWords",
    "calls.Recording",
    "contacts.Contact",
    "contacts.ContactNote",
    "conversations.Conversation",
    "conversations.Message",
    "realtime.EventLog",
)
OWN = {"words", "file", "transaction_id", "oldest_open_transaction_id"}
OF_ONE = (
    (re.compile(r"\b[0-9a-f]{24}\b"), "ID"),
    (re.compile(r"(?<=\"pk\": )\d+"), "NUMBER"),
    (re.compile(r"call-\d{6}"), "EXTERNAL ID"),
    (re.compile(r"1416555\d{4}"), "NUMBER"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "MOMENT"),
)


@pytest.fixture
def peer(tmp_path: Path, transactional_db: None) -> Iterator[str]:
    """The base URL of the peer, on the tests' database."""
    settings = connection.settings_dict
    where = f"{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    known = {
        "DATABASE_URL": f"postgresql://{where}",
        "TETHER_DATA_DIR": str(tmp_path),
        "PEER_SECRET": SECRET,
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "PATH": os.environ["PATH"],
    }
    (port,) = free_ports(1)
    command = [sys.executable, "-m", *(word.format(port=port) for word in COMMANDS[PEER])]
    process = subprocess.Popen(command, cwd=PROJECT, env=known, start_new_session=True)
    try:
        wait_until(lambda: is_ready(f"http://127.0.0.1:{port}/healthz"))
        yield f"http://127.0.0.1:{port}"
    finally:
        end_group(process, stop=signal.SIGTERM)


def is_ready(address: str) -> bool:
    try:
        return requests.get(address, timeout=PATIENCE).ok
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize("scenario", range(2), ids=["no answer", "completed"])
def test_a_call_leaves_the_same_rows_at_the_peer(
    live_url: str, peer: str, user: User, tmp_path: Path, scenario: int
) -> None:
    body = list(bodies(tmp_path).values())[scenario].read_bytes()
    ours = default_api_key(user=user)
    row = ApiKey.objects.get(user=user).pk
    keys = {live_url: ours, peer: f"tk_live_{row}{mac_of(row, SECRET.encode())}"}
    left = []
    for number, (base, key) in enumerate(keys.items()):
        before = rows()
        content = body.replace(CALL_MARK, b"call-%06d" % number).replace(NUMBER_MARK, b"1416555%04d" % number)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

        answer = requests.post(f"{base}/api/calls/ingest", data=content, headers=headers, timeout=PATIENCE)

        assert answer.status_code == 201, answer.text
        left.append({name: new_of(before[name], now) for name, now in rows().items()})
    for name in KEPT:
        assert left[0][name] == left[1][name]
    assert len(left[0]["realtime.EventLog"]) == (3, 4)[scenario]


def rows() -> dict[str, dict[str, str]]:
    """The rows of each table by id."""
    return {
        name: {
            row["pk"]: of_anybody(row)
            for row in apps.get_model(name).objects.order_by("pk").values("pk", *columns(name))
        }
        for name in KEPT
    }


def columns(name: str) -> list[str]:
    fields = apps.get_model(name)._meta.concrete_fields
    return [field.attname for field in fields if not field.primary_key and field.name not in OWN]


def new_of(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return [row for key, row in now.items() if key not in before]


def of_anybody(row: dict[str, Any]) -> str:
    """A row as text, without the ids, moments and numbers that are of one call alone."""
    text = json.dumps(row, default=str, sort_keys=True, indent=1)
    for pattern, word in OF_ONE:
        text = pattern.sub(word, text)
    return text
