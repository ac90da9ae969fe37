"""SENTRY_DSN: errors arrive with what helps to find them, and without people's data and secrets."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.monitoring.receiving import receiver, run
from tests.servers_gone import closed_port
from tether_calls.common.observing.errors import HIDDEN, scrubbed

# As if a library had quoted everything that must not leave.
FAIL = """
import logging, sys
import django
django.setup()
from django.test import Client
from calls.api import ingest
from tether_calls.accounts import authentication

def fail(*_, **__):
    number, token, body = sys.argv[1:] or ("+14165550199", "tk_live_secretsecretsecret", '{"summary": "a secret"}')
    raise RuntimeError(f"no {number}, {token}, {body}")

authentication.find_api_key = fail
answer = Client(raise_request_exception=False).post(
    "/api/calls/ingest?token=secret-query",
    b'{"fromNumber": "+14165550123", "summary": "secret-body"}',
    content_type="application/json",
    headers={"Authorization": "Bearer secret-bearer", "Cookie": "sessionid=secret-cookie"},
)
assert answer.status_code == 500
print(answer.headers["X-Request-ID"])
logging.getLogger("somewhere").error("%s could not be called with %s", "+1 (416) 555-0177", "Bearer secret-argument")
logging.getLogger("somewhere").warning("this is no error of +14165550166")
"""


def events(content: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Of envelopes: a line of its head, and for each item a line of its own head and one of its content."""
    found = []
    for _, envelope in content:
        lines = envelope.split(b"\n")
        found += [json.loads(line) for head, line in pairwise(lines[1:]) if b'"event"' in head]
    return found


@pytest.mark.slow
def test_an_error_arrives_with_its_traceback_and_without_what_it_quotes(tmp_path: Path) -> None:
    with receiver() as received:
        request_id = run(FAIL, tmp_path, SENTRY_DSN=f"http://public@127.0.0.1:{received.port}/1").strip()

    (paths, found) = ({path for path, _ in received.bodies}, events(received.bodies))
    assert paths == {"/api/1/envelope/"}
    failure, sentence = found
    (raised,) = failure["exception"]["values"]
    assert (raised["type"], failure["tags"]["request_id"], failure["level"]) == ("RuntimeError", request_id, "error")
    assert {frame["function"] for frame in raised["stacktrace"]["frames"]} >= {"authenticate", "fail"}
    assert not [frame for frame in raised["stacktrace"]["frames"] if "vars" in frame or "context_line" in frame]
    assert failure["release"]
    assert sentence["logentry"] == {"message": f"{HIDDEN} could not be called with {HIDDEN}"}
    assert not {"request", "user", "breadcrumbs", "extra", "server_name"} & (failure.keys() | sentence.keys())
    for secret in (b"secret", b"5550199", b"555-0177", b"5550123", b"5550166", b"sessionid", b"summary"):
        assert secret not in received.content


@pytest.mark.slow
def test_a_receiver_that_is_away_costs_nothing(tmp_path: Path) -> None:
    assert run(FAIL, tmp_path, SENTRY_DSN=f"http://public@127.0.0.1:{closed_port()}/1").strip()


@pytest.mark.parametrize(
    "text",
    [
        "+14165550199",
        "14165550199",
        "(416) 555-0199",
        "+44 20 7946 0958",
        "416.555.0199",
        "tel:+1-416-555-0199",
        "Authorization: Bearer abc.def-ghi",
        "tk_live_0a1b2c3d4e5f",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiIxIn0.c2lnbmF0dXJl",
        "postgresql://tether:password@db.internal/tether",
        "https://r2.example/recording.mp3?X-Amz-Signature=abcdef",
        "dana@example.com",
        "DETAIL:  Key (phone_number)=(Dana Example) already exists.\nanother line",
        'invalid value in {"callerName": "Dana Example", "turns": [1, 2]}',
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_what_may_be_anybodys_is_removed(text: str) -> None:
    event = {"exception": {"values": [{"type": "ValueError", "value": f"Not taken: {text}"}]}}

    value = scrubbed(event)["exception"]["values"][0]["value"]

    assert value.startswith("Not taken: ")
    assert HIDDEN in value
    kept = value.removeprefix("Not taken: ").replace(HIDDEN, " ")
    assert not [
        word for word in ("Dana", "416", "0199", "secret", "password", "Signature", "eyJ", "dana") if word in kept
    ]


@pytest.mark.parametrize(
    "text",
    ["The job prune failed", "elevenlabs: unavailable (503) dial", "AiCallsViewSet: PROVIDER_UNKNOWN", "line 1204"],
)
def test_what_is_ours_is_kept(text: str) -> None:
    assert scrubbed({"logentry": {"message": text}})["logentry"] == {"message": text}


def test_what_is_not_known_to_be_harmless_is_left_out() -> None:
    kept = scrubbed({"level": "error", "request": {"data": "x"}, "contexts": {"x": 1}, "modules": {}, "new": "x"})

    assert kept.keys() == {"level", "tags"}
