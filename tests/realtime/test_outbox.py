"""What waits for one client: in order, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tether_calls.common.socket_protocol import SharedText
from tether_calls.realtime import outbox
from tether_calls.realtime.events import Encoded
from tether_calls.realtime.outbox import Outbox


def frame(name: str, text: str = "frame") -> Encoded:
    return Encoded(name, SharedText(text))


class Client:
    """Takes so many frames, each whose id is its text, and then no more until it is given room."""

    def __init__(self, room: int = 0) -> None:
        self.room = room
        self.received: list[str] = []
        self.given_up = 0
        self.box = Outbox(write=self._take, give_up=self._give_up)

    def _take(self, text: SharedText) -> bool:
        if not self.room:
            return False
        self.room -= 1
        self.received.append(text.text)
        return True

    def _give_up(self) -> None:
        self.given_up += 1

    def is_offered(self, *names: str) -> int:
        return self.box.offer([frame(name, name) for name in names])

    def reads(self, frames: int) -> None:
        self.room += frames
        self.box.flush()


def in_loop(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        async def go() -> None:
            await test()

        asyncio.run(go())

    run.__name__ = test.__name__
    return run


@in_loop
async def test_a_client_that_keeps_up_has_each_frame_at_once() -> None:
    client = Client(room=10)
    client.box.release()

    assert client.is_offered("1", "2") == 2

    assert client.received == ["1", "2"]


@in_loop
async def test_what_a_client_cannot_take_waits_in_order_and_nothing_overtakes_it() -> None:
    client = Client(room=1)
    client.box.release()
    client.is_offered("1", "2", "3")
    client.room = 1  # it can take one again, and nobody has said so yet
    client.is_offered("4")
    assert client.received == ["1"]

    client.box.flush()
    assert client.received == ["1", "2"]
    client.reads(5)

    assert client.received == ["1", "2", "3", "4"]


@in_loop
async def test_what_is_held_goes_out_when_it_is_released() -> None:
    client = Client(room=10)
    client.is_offered("1", "2")
    client.box.flush()
    assert client.received == []

    client.box.release()
    client.is_offered("3")

    assert client.received == ["1", "2", "3"]


@in_loop
async def test_what_a_resume_has_sent_is_left_out_whether_it_waits_already_or_comes_later() -> None:
    client = Client(room=10)
    client.is_offered("1", "2")
    client.box.remember(["1", "3"])
    client.box.release()
    client.is_offered("3", "4")

    assert client.received == ["2", "4"]


def test_what_a_resume_has_sent_is_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "REMEMBERED_SECONDS", 0.0)

    async def test() -> None:
        client = Client(room=10)
        client.box.release()
        client.box.remember(["1"])
        await asyncio.sleep(0.05)
        client.is_offered("1")
        assert client.received == ["1"]

    asyncio.run(test())


def test_it_holds_a_number_of_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FRAMES_MAX", 2)

    async def test() -> None:
        client = Client()
        client.box.release()
        assert client.is_offered("1", "2", "3") == 2
        client.reads(1)
        assert client.is_offered("3", "4") == 1
        client.reads(5)
        assert client.received == ["1", "2", "3"]
        assert not client.box.overflowed

    asyncio.run(test())


def test_it_holds_a_number_of_characters_or_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "CHARACTERS_MAX", 10)

    async def test() -> None:
        client = Client()
        client.box.release()
        assert client.is_offered("x" * 100) == 1
        assert client.is_offered("y") == 0
        client.reads(1)
        assert client.is_offered("a" * 6, "b" * 4, "c") == 2
        client.reads(1)
        assert client.is_offered("d" * 7) == 0
        assert client.is_offered("d" * 6) == 1

    asyncio.run(test())


def test_what_is_held_has_the_same_bounds_and_is_given_up_when_it_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FRAMES_MAX", 2)

    async def test() -> None:
        client = Client(room=10)
        assert client.is_offered("1", "2", "3") == 3
        assert (client.box.overflowed, client.given_up) == (True, 0)
        client.box.release()
        assert (client.received, client.given_up) == ([], 1)

    asyncio.run(test())


@in_loop
async def test_what_has_overflowed_is_given_up_once_and_takes_frames_again_when_it_is_reset() -> None:
    client = Client()
    client.box.release()
    client.is_offered("1")
    client.box.overflow()
    client.box.overflow()
    assert client.is_offered("2") == 1
    client.reads(10)
    assert (client.received, client.given_up) == ([], 1)

    client.box.reset()
    client.is_offered("3")

    assert client.received == ["3"]


@pytest.mark.parametrize("end", [Outbox.overflow, Outbox.end, Outbox.reset])
def test_who_waits_until_all_is_sent_waits_no_longer_when_it_is_given_up(end: Callable[[Outbox], None]) -> None:
    async def test() -> None:
        client = Client()
        client.box.release()
        client.is_offered("1")
        waiting = asyncio.create_task(client.box.emptied())
        await asyncio.sleep(0)
        assert not waiting.done()
        end(client.box)
        await waiting
        await client.box.emptied()

    asyncio.run(test())


@in_loop
async def test_what_has_ended_takes_nothing_and_closes_nothing() -> None:
    client = Client(room=10)
    client.box.release()
    client.box.end()

    assert client.is_offered("1") == 1
    client.box.flush()
    assert (client.received, client.given_up) == ([], 0)
