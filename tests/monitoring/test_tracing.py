"""OTEL_EXPORTER_OTLP_ENDPOINT: requests and jobs arrive as traces, with their statements and requests to providers."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.monitoring.receiving import Received, receiver, run
from tests.servers_gone import closed_port
from tests.waiting import PATIENCE

WORK = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import connection
from django.test import Client
from calls.providers.connection import watched
from calls.services.deliveries import replay
from tether_calls.background.jobs import do_job
from tether_calls.common.observing import tracing

answer = Client().get(
    "/api/calls/64f0a1b2c3d4e5f6a7b8c9d0?q=%2B14165550199",
    headers={"Authorization": "Bearer tk_live_secret", "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"},
)
print(answer.status_code, answer.headers["X-Request-ID"])
Client().post("/api/auth/login", {"email": "dana@example.com", "password": "secret"}, content_type="application/json")

def retry():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM calls_call WHERE from_number = '+14165550199'")
    with watched("sinch", "call"):
        pass
    raise ValueError("+14165550199")

replay.retry_deliveries = retry
try:
    do_job("retry_deliveries")
except ValueError:
    pass
"""


pytestmark = pytest.mark.slow

ASK = """
import django
django.setup()
from django.test import Client
print(Client().get("/healthz").status_code)
"""

# In a process of its own: where tracing is off, as in the tests themselves, OpenTelemetry is hidden.
DECODE = """
import json, sys
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from google.protobuf.json_format import MessageToDict
print(json.dumps([MessageToDict(ExportTraceServiceRequest.FromString(bytes.fromhex(line))) for line in sys.stdin]))
"""


@dataclass(frozen=True)
class Span:
    name: str
    trace: str
    parent: str | None
    id: str
    attributes: Mapping[str, Any]
    is_quiet: bool  # no events, such as an exception's text, and no status with a text


def spans(received: Received) -> list[Span]:
    assert {path for path, _ in received.bodies} == {"/v1/traces"}
    decoded = subprocess.run(
        [sys.executable, "-c", DECODE],
        input="\n".join(body.hex() for _, body in received.bodies),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    return [
        _span(span)
        for request in json.loads(decoded.stdout)
        for resource in request["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]


def _span(span: Mapping[str, Any]) -> Span:
    return Span(
        name=span["name"],
        trace=span["traceId"],
        parent=span.get("parentSpanId"),
        id=span["spanId"],
        attributes={each["key"]: next(iter(each["value"].values())) for each in span.get("attributes", [])},
        is_quiet="events" not in span and "message" not in span.get("status", {}),
    )


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Received]:
    """What WORK printed, and what was received of it."""
    with receiver() as received:
        folder = tmp_path_factory.mktemp("traced")
        return run(WORK, folder, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{received.port}/"), received


def test_a_request_and_a_job_are_traces_with_all_that_they_do(worked: tuple[str, Received]) -> None:
    printed, received = worked
    found = spans(received)
    status, request_id = printed.split()
    by_name = {span.name: span for span in found}
    request = by_name["GET /api/calls/<objectid:call_id>"]
    assert request.attributes == {
        "http.route": "/api/calls/<objectid:call_id>",
        "http.response.status_code": status,
        "tether.request_id": request_id,
    }
    assert request.trace != base64.b64encode(b"\xaa" * 16).decode(), "a stranger's"

    login = by_name["POST /api/auth/login"]
    statements = [span for span in found if span.trace == login.trace and span is not login]
    assert "SELECT accounts_user" in {span.name for span in statements}
    assert {span.parent for span in statements} == {login.id}

    job = by_name["job retry_deliveries"]
    assert {span.name for span in found if span.trace == job.trace} == {
        "job retry_deliveries",
        "SELECT calls_call",
        "sinch call",
    }
    assert job.attributes == {"error.type": "ValueError"}
    assert len({span.trace for span in (request, login, job)}) == 3


def test_no_value_path_or_text_of_an_exception_is_sent(worked: tuple[str, Received]) -> None:
    _, received = worked

    assert all(span.is_quiet for span in spans(received))
    for secret in (b"5550199", b"secret", b"dana@", b"64f0a1b2"):
        assert secret not in received.content


def test_a_receiver_that_is_away_costs_nothing(tmp_path: Path) -> None:
    assert run(ASK, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{closed_port()}") == "200\n"
