"""Followers are woken at once, and under load no more often than they read."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tether_calls.common.object_id import new_object_id
from tether_calls.realtime import dispatch, waking


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """What was handed to the channel layer: to which group, and in how many seconds."""
    found: list[tuple[str, float]] = []

    def send(group: str, message: dict[str, Any], *, delay: float = 0.0) -> None:
        found.append((group, delay))

    monkeypatch.setattr(dispatch, "send_to_group", send)
    return found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_the_first_is_sent_at_once(sent: list[tuple[str, float]]) -> None:
    organization_id = new_object_id()

    waking.wake_followers(organization_id)

    assert sent == [(f"log.{organization_id}", 0.0)]


def test_what_comes_soon_after_it_is_told_once_and_after_the_pause(
    sent: list[tuple[str, float]], clock: list[float]
) -> None:
    organization_id = new_object_id()
    waking.wake_followers(organization_id)

    clock[0] += waking.PAUSE_SECONDS / 4
    waking.wake_followers(organization_id)
    clock[0] += waking.PAUSE_SECONDS / 4
    waking.wake_followers(organization_id)

    assert [delay for _, delay in sent] == pytest.approx([0.0, waking.PAUSE_SECONDS * 3 / 4])


def test_what_comes_when_the_one_that_was_due_has_been_sent_is_told_again(
    sent: list[tuple[str, float]], clock: list[float]
) -> None:
    organization_id = new_object_id()
    waking.wake_followers(organization_id)
    waking.wake_followers(organization_id)

    clock[0] += waking.PAUSE_SECONDS
    waking.wake_followers(organization_id)

    assert len(sent) == 3


def test_organizations_do_not_wait_for_each_other(sent: list[tuple[str, float]]) -> None:
    waking.wake_followers(new_object_id())
    waking.wake_followers(new_object_id())

    assert [delay for _, delay in sent] == [0.0, 0.0]


def test_of_very_many_organizations_none_is_kept_for_good(
    sent: list[tuple[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "_MANY", 3)
    for _ in range(10):
        waking.wake_followers(new_object_id())

    assert len(sent) == 10
    assert len(waking._woken_at) <= 3
