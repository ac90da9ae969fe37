"""?dryRun=true on both ways to push: everything is checked, nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from tests.calls.api.ingesting import ingested, nothing_kept
from tests.calls.api.pushes.pushing import BATCH, DRY, DRY_BATCH, push, results, statuses
from tests.calls.api.pushes.test_batch import BAD
from tests.clients import ApiClient, vendor_of
from tests.contract.components import assert_is
from tests.factories import ingest_body, missed_call_body, mp3_bytes
from tests.http_targets import TargetServer
from tests.statements import statements_made
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


def rehearse(client: ApiClient, body: Any) -> tuple[int, Any]:
    """What one call would be answered; nothing may be kept."""
    with nothing_kept():
        answer = client.post(DRY, body)
    return answer.status, answer.body


@pytest.mark.parametrize("body", [missed_call_body(), ingest_body(), ingest_body(callerName="Kim Example")])
def test_a_call_that_would_be_kept_is_not(vendor: ApiClient, body: dict[str, Any]) -> None:
    assert rehearse(vendor, body) == (202, {"success": True, "dryRun": True})


def test_a_call_that_is_there_is_named(vendor: ApiClient) -> None:
    body = ingest_body()
    call_id = ingested(vendor, body)["callId"]

    assert rehearse(vendor, body) == (200, {"success": True, "deduplicated": True, "callId": call_id})


def test_a_call_of_another_organization_is_not_named(vendor: ApiClient, other_user: User) -> None:
    body = ingest_body()
    ingested(vendor_of(other_user), body)

    assert rehearse(vendor, body)[0] == 202


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_call_that_would_be_refused_is_refused_alike(vendor: ApiClient, bad: Any) -> None:
    status, answer = rehearse(vendor, bad)

    assert_is("CallsIngestErrorResponse", answer)
    really = vendor.post("/api/calls/ingest", bad)
    assert (status, answer) == (really.status, really.body)


def test_a_recording_is_downloaded_and_checked(vendor: ApiClient, settings: Settings) -> None:
    with TargetServer({"/abc123.mp3": mp3_bytes(), "/wave.mp3": b"RIFF1234WAVE"}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        found = [
            rehearse(vendor, ingest_body(recording=target.url(name)))
            for name in ("/abc123.mp3", "/wave.mp3", "/nothing.mp3")
        ]

    assert [answer.get("code", status) for status, answer in found] == [
        202,
        "RECORDING_INVALID",
        "RECORDING_UNREACHABLE",
    ]


@pytest.mark.parametrize("value", ["false", ""])
def test_no_dry_run_keeps(vendor: ApiClient, value: str) -> None:
    query = f"?dryRun={value}" if value else ""

    assert vendor.post(f"/api/calls/ingest{query}", missed_call_body()).status == 201
    assert statuses(results(vendor, [missed_call_body()], path=f"{BATCH}{query}")) == [201]


def test_it_costs_two_statements(vendor: ApiClient) -> None:
    ingested(vendor, missed_call_body())

    with statements_made() as made:
        assert vendor.post(DRY, ingest_body()).status == 202

    assert len(made) == 2


def test_of_a_batch_each_call_is_told_of(vendor: ApiClient) -> None:
    there = ingest_body()
    call_id = ingested(vendor, there)["callId"]
    calls = [
        missed_call_body(externalCallId="a"),
        there,
        missed_call_body(toNumber="5", externalCallId="b"),
        missed_call_body(externalCallId="a"),
        missed_call_body(),
        missed_call_body(externalCallId="b"),
    ]

    with nothing_kept():
        answer = push(vendor, calls, path=DRY_BATCH)

    assert answer.body["dryRun"] is True
    would_be = {"status": 202, "success": True, "dryRun": True}
    assert answer.body["results"] == [
        would_be,
        {"status": 200, "success": True, "deduplicated": True, "callId": call_id},
        {
            "status": 400,
            "success": False,
            "error": "Invalid field toNumber: not a number in E.164, such as +14155551234",
            "code": "VALIDATION_ERROR",
        },
        {"status": 200, "success": True, "deduplicated": True, "repeats": 0},
        would_be,
        would_be,
    ]


def test_what_a_dry_run_tells_is_what_happens(vendor: ApiClient) -> None:
    calls = [missed_call_body(externalCallId="a"), ingest_body(), {}, missed_call_body(externalCallId="a"), *BAD]

    told = statuses(results(vendor, calls, path=DRY_BATCH))
    happened = statuses(results(vendor, calls))

    assert [201 if status == 202 else status for status in told] == happened
