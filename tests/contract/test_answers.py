"""The comparison of answers with the document finds what differs."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
import requests
from django.http import HttpResponse, JsonResponse

from tests.contract.answers import differences, differences_of
from tests.http_targets import Answer, TargetServer, answer
from tests.waiting import PATIENCE

PAGE: dict[str, Any] = {"data": [], "total": 0, "page": 1, "size": 10}


@pytest.mark.parametrize(
    "response",
    [
        JsonResponse([PAGE], safe=False),
        JsonResponse(PAGE | {"total": "0"}),
        JsonResponse(PAGE | {"undocumented": 1}),
        JsonResponse({"data": []}),
        JsonResponse(PAGE, status=418),
        JsonResponse(PAGE, headers={"Retry-After": "1"}),
        HttpResponse("[]", content_type="text/plain"),
    ],
    ids=["list", "type", "property", "missing", "status", "header", "media type"],
)
def test_it_finds_what_the_document_does_not_have(response: HttpResponse) -> None:
    assert differences_of("GET", "/api/contacts", response)


# As a server of ours answers, and as any other does.
ours = partial(answer, content_type="application/json", x_request_id="1")
anybodys = partial(answer, content_type="application/json")


def received(told: Answer) -> None:
    """What comes from a server that is none of this process."""
    with TargetServer({"/api/contacts": told}) as target:
        assert requests.get(target.url("/api/contacts"), timeout=PATIENCE).status_code == 200


def taken() -> list[str]:
    found = list(differences)
    differences.clear()
    return found


def test_what_another_process_of_ours_answers_is_looked_at() -> None:
    received(ours(json.dumps(PAGE).encode()))
    assert taken() == []
    received(ours(b"[]"))
    assert len(taken()) == 1


def test_what_somebody_else_answers_is_not() -> None:
    received(anybodys(b"[]"))
    assert taken() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/contacts"), ("GET", "/api/contacts/"), ("HEAD", "/api/nowhere"), ("OPTIONS", "/api/contacts")],
)
def test_it_has_nothing_against_the_rest(method: str, path: str) -> None:
    assert differences_of(method, path, JsonResponse(PAGE)) == []
