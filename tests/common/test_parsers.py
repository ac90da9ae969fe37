"""Bodies as views get them."""

from __future__ import annotations

import base64
import gc
import json
import tracemalloc
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from calls.api import ingest
from calls.api.pushes import base
from calls.models import Recording
from tests.calls.webhooks.elevenlabs_office import audio, deliver, make_account, make_dialled
from tests.clients import ApiClient
from tests.factories import ingest_body
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.common import parsers
from tether_calls.common.parsers import RawBody, decode_body

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


MEGABYTE = 1024 * 1024


def test_a_large_ingest_holds_its_recording_while_that_is_stored_and_its_body_no_longer(
    vendor: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = base64.b64decode(ingest_body()["recording"])
    frames = frame * (6 * MEGABYTE // len(frame))
    body = json.dumps(ingest_body(recording=base64.b64encode(frames).decode())).encode()
    held = []

    def note(**arguments: Any) -> Any:
        held.append(tracemalloc.get_traced_memory()[0])
        return base.push_call(**arguments)

    vendor.post("/api/calls/ingest", ingest_body(externalCallId="before"))  # what is made at the first request
    monkeypatch.setattr(ingest, "push_call", note)
    tracemalloc.start()
    try:
        answer = vendor.post("/api/calls/ingest", body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert answer.status == 201
    # The test's client has a copy of its own.
    assert held[0] < len(body) + len(frames) + MEGABYTE
    assert peak < 2 * len(body) + len(frames) + 2 * MEGABYTE


class Large(Request):
    """A request with a body of some megabytes."""

    length = 5 * MEGABYTE

    def __init__(self, read: list[str], name: str) -> None:
        super().__init__(RequestFactory().post("/", CONTENT_LENGTH=str(self.length)))
        self._read, self._name = read, name

    @property
    def data(self) -> Any:
        self._read.append(self._name)
        return RawBody(self._name.encode())


def test_of_large_bodies_one_is_decoded_at_a_time() -> None:
    read: list[str] = []
    decoded: list[bytes] = []
    goes_on = Event()

    def decode(body: bytes) -> None:
        goes_on.wait(PATIENCE)
        decoded.append(body)

    threads = [Thread(target=decode_body, args=(Large(read, str(number)), decode)) for number in range(5)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: read)
        assert len(set(read)) == 1
        assert parsers._large_bodies.locked()
    finally:
        goes_on.set()
        for thread in threads:
            thread.join(PATIENCE)

    assert sorted(decoded) == [b"0", b"1", b"2", b"3", b"4"]
    assert not parsers._large_bodies.locked()


def test_a_small_body_waits_for_no_large_one() -> None:
    class Small(Large):
        length = 10

    with parsers._large_bodies:
        assert decode_body(Small([], "small"), bytes.upper) == b"SMALL"


def test_one_that_cannot_be_decoded_lets_the_next_one_go_on() -> None:
    with pytest.raises(ZeroDivisionError):
        decode_body(Large([], "1"), lambda _: 1 // 0)

    assert decode_body(Large([], "2"), bytes.upper) == b"2"
