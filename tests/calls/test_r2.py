"""Clients of S3, without a server: what making them costs."""

from __future__ import annotations

from typing import Any

import pytest

from calls.storage.r2 import R2Exports, R2Recordings
from tests.at_once import at_once


@pytest.mark.parametrize("kind", [R2Recordings, R2Exports])
def test_each_thread_has_its_client_and_what_s3_is_is_read_once(kind: Any) -> None:
    storage = kind(
        bucket_name="recordings", access_key="a", secret_key="s", endpoint_url="http://127.0.0.1:1", region_name="auto"
    )

    connections: list[Any] = at_once([lambda: storage.connection] * 4)

    assert len({id(connection) for connection in connections}) == 4
    # What the loader has read it keeps.
    assert len({id(connection.meta.client._loader) for connection in connections}) == 1
