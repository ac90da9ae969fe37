"""Sending batches of calls to ingest."""

from __future__ import annotations

from typing import Any

from tests.calls.api.ingesting import INGEST
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is

BATCH = f"{INGEST}/batch"
DRY_BATCH, DRY = f"{BATCH}?dryRun=true", f"{INGEST}?dryRun=true"


def push(client: ApiClient, calls: Any, *, path: str = BATCH) -> Answer:
    """Post calls, or a body as it is when it is bytes; the answer must be what the contract says."""
    answer = client.post(path, calls if isinstance(calls, bytes) else {"calls": calls})
    assert_is("CallsIngestBatchResponse" if answer.status == 200 else "CallsIngestErrorResponse", answer.body)
    return answer


def results(client: ApiClient, calls: list[Any], *, path: str = BATCH) -> list[dict[str, Any]]:
    """Post calls; what became of each."""
    answer = push(client, calls, path=path)
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body["results"]
    assert len(found) == len(calls)
    return found


def statuses(found: list[dict[str, Any]]) -> list[int]:
    return [result["status"] for result in found]
