"""The API's document and its page."""

from __future__ import annotations

import pytest
import requests

from tests.at_once import at_once
from tests.clients import ApiClient
from tests.waiting import PATIENCE
from tether_calls import schema_views

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
def test_they_are_only_read(path: str, method: str) -> None:
    assert ApiClient().request(method, path).status == 405


def test_the_first_readers_may_come_at_once(live_url: str) -> None:
    schema_views._document.clear()

    answers = at_once([lambda: requests.get(f"{live_url}/api/schema", timeout=PATIENCE)] * 8)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
