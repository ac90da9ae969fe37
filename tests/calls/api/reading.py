"""Reading calls back, as the frontend does it."""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from calls.models import Call, Recording
from calls.storage import new_recording_name
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.factories import mp3_bytes

HISTORY = "/api/calls/history"
STATISTICS = "/api/calls/statistics"


def history(client: ApiClient, **query: Any) -> dict[str, Any]:
    """A page of history, which must be what the contract says of one."""
    answer = client.get(HISTORY, **query)
    assert answer.status == 200, answer
    assert_is("CallsHistoryResponse", answer.body)
    for call in answer.body["calls"]:
        assert_is("CallDocument", call)
    page: dict[str, Any] = answer.body
    return page


def found(client: ApiClient, **query: Any) -> list[str]:
    """The ids of the calls that history answers with, in its order."""
    return [call["_id"] for call in history(client, **query)["calls"]]


def ids(*calls: Call) -> list[str]:
    return [call.pk for call in calls]


def assert_invalid(answer: Answer, path: str) -> None:
    """The query is refused because of this one parameter."""
    assert answer.status == 400, answer
    assert_is("CallsErrorResponse", answer.body)
    assert answer.body["code"] == answer.body["error"]["code"] == "VALIDATION_ERROR"
    assert [detail["path"] for detail in answer.body["error"]["details"]] == [path]


def add_recording(call: Call, **fields: Any) -> Recording:
    """A recording of the call, in whichever storage is configured."""
    content = mp3_bytes()
    name = new_recording_name(organization_id=call.organization_id, at=timezone.now())
    storages["recordings"].save(name, ContentFile(content))
    return Recording.objects.create(
        **{"call": call, "file": name, "size": len(content), "sha256": "0" * 64, "duration": 2.5, **fields}
    )
