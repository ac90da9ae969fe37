"""Sending calls to ingest, and looking at what they leave behind in the database and in the storage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.apps import apps
from django.core.files.storage import Storage, storages
from django.db import connection

from calls.models import RefusedPush
from contacts.models import DialDecision
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tether_calls.accounts.models import Organization

INGEST = "/api/calls/ingest"

_COMPONENTS = {200: "CallsIngestDedupResponse", 201: "CallsIngestCreatedResponse"}


def ingest(client: ApiClient, body: Any, **extra: Any) -> Answer:
    """Post a body; whatever the answer is, it must be what the contract says of its status."""
    answer = client.post(INGEST, body, **extra)
    assert_is_answer_of_ingest(answer.status, answer.body)
    return answer


def assert_is_answer_of_ingest(status: int, body: Any) -> None:
    assert_is(_COMPONENTS.get(status, "CallsIngestErrorResponse"), body)


def ingested(client: ApiClient, body: Any) -> dict[str, str]:
    """Post a body that must be kept; the ids of the answer."""
    answer = ingest(client, body)
    assert answer.status == 201, answer
    ids: dict[str, str] = answer.body
    return ids


def refused(client: ApiClient, body: Any, *, status: int = 400, **extra: Any) -> str:
    """Post a body that must be refused without a trace; the sentence of the answer."""
    with nothing_kept():
        answer = ingest(client, body, **extra)
    assert answer.status == status, answer
    sentence: str = answer.body["error"]
    return sentence


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Fail when rows or files come to be, or go, meanwhile."""
    before = row_counts(), recording_names()
    yield
    assert (row_counts(), recording_names()) == before


def row_counts() -> dict[str, int]:
    """How many rows each table has, but the logs of what is refused; one statement, since it is asked so often."""
    logs = (RefusedPush, DialDecision)
    tables = [model._meta.db_table for model in apps.get_models() if model not in logs]
    counts = (f"SELECT '{table}', count(*) FROM {connection.ops.quote_name(table)}" for table in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts))
        return dict(cursor.fetchall())


def recording_names() -> set[str]:
    """What lies in the storage, whichever it is, for the organizations that there are: for this test, that is."""
    storage = storages["recordings"]
    organizations = Organization.objects.values_list("pk", flat=True)
    return {name for organization_id in organizations for name in _names_below(storage, organization_id)}


def recorded_bytes(name: str) -> bytes:
    with storages["recordings"].open(name) as file:
        content: bytes = file.read()
    return content


def _names_below(storage: Storage, folder: str) -> Iterator[str]:
    folders: list[str] = []
    files: list[str] = []
    with suppress(FileNotFoundError):  # a folder that nobody has made yet
        folders, files = storage.listdir(folder)
    for name in files:
        yield f"{folder}/{name}"
    for name in folders:
        yield from _names_below(storage, f"{folder}/{name}")
