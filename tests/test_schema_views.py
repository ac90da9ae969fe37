"""The API's document and its page."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
import requests
import yaml
from django.test import Client

from tests.at_once import at_once
from tests.clients import ApiClient
from tests.contract.components import generated_document
from tests.waiting import PATIENCE
from tether_calls import schema_views

pytestmark = pytest.mark.django_db


@cache
def from_yaml(text: bytes) -> dict[str, Any]:
    """Read once, since it takes most of a second, and is the same for all who ask for it."""
    document: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return document


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
def test_they_are_only_read(path: str, method: str) -> None:
    assert ApiClient().request(method, path).status == 405


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("/api/schema", "*/*", "application/json"),
        ("/api/schema", "application/json", "application/json"),
        ("/api/schema", "text/html, */*;q=0.8", "application/json"),
        ("/api/schema", "image/png", "application/json"),
        ("/api/schema", "application/yaml", "application/yaml"),
        ("/api/schema", "application/json;q=0.5, application/yaml", "application/yaml"),
        ("/api/schema?format=yaml", "*/*", "application/yaml"),
        ("/api/schema?format=json", "application/yaml", "application/json"),
    ],
)
def test_it_comes_as_the_reader_asks(path: str, accept: str, media_type: str) -> None:
    answer = Client().get(path, headers={"Accept": accept})

    assert answer.headers["Content-Type"].replace("vnd.oai.openapi+", "") == media_type
    assert "Accept" in answer.headers["Vary"]
    document = from_yaml(answer.content) if media_type == "application/yaml" else json.loads(answer.content)
    assert document["openapi"] == "3.0.3"
    assert set(document["paths"]) == set(generated_document()["paths"])


def test_the_first_readers_may_come_at_once(live_url: str) -> None:
    schema_views._document.clear()

    answers = at_once([lambda: requests.get(f"{live_url}/api/schema", timeout=PATIENCE)] * 8)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
