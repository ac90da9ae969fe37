"""Bodies as views get them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from calls.models import Recording
from tests.calls.webhooks.elevenlabs_office import audio, deliver, make_account, make_dialled
from tests.clients import ApiClient
from tests.factories import ingest_body
from tether_calls.accounts.models import User
from tether_calls.common.parsers import RawBody

pytestmark = pytest.mark.django_db


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def kept() -> list[bytes]:
    """The bodies that somebody still holds."""
    # Not by isinstance(), which asks a weak reference for what it refers to, and that may be gone.
    return [each.take() for each in gc.get_objects() if type(each) is RawBody]


@pytest.mark.usefixtures("_no_collector")
def test_a_deliverys_body_is_gone_with_its_answer(user: User) -> None:
    make_account(user)
    make_dialled(user, provider_call_id="conv_1")

    assert deliver(audio("conv_1")).status == 200

    assert Recording.objects.exists()
    assert not any(kept())


@pytest.mark.usefixtures("_no_collector")
def test_an_ingested_body_is_gone_with_its_answer(vendor: ApiClient) -> None:
    body: dict[str, Any] = ingest_body()

    assert vendor.post("/api/calls/ingest", body).status == 201

    assert not any(kept())
