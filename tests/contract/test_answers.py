"""The comparison of answers with the document finds what differs."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse, JsonResponse

from tests.contract.answers import differences_of

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


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/contacts"), ("GET", "/api/contacts/"), ("HEAD", "/api/nowhere"), ("OPTIONS", "/api/contacts")],
)
def test_it_has_nothing_against_the_rest(method: str, path: str) -> None:
    assert differences_of(method, path, JsonResponse(PAGE)) == []
