"""Who has a socket open, as all processes know it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings

from tests.admin_site import make_staff
from tests.caches import gone
from tests.factories import make_organization, make_user
from tests.realtime.sockets import live, opened, opened_by
from tests.waiting import wait_until
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.tickets import issue_ticket
from tether_calls.realtime import presence
from tether_calls.realtime.events import Event, EventName, publish
from tether_calls.realtime.presence import AT_ONCE, Person, present_among


@pytest.fixture
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "LEAVE_SECONDS", 0.0)
    monkeypatch.setattr(presence, "GATHER_SECONDS", 0.01)


def is_present(user: User, organization: Organization | None = None) -> bool:
    organization_id = user.home_id if organization is None else organization.pk
    return present_among(organization_id=organization_id, user_ids=[user.pk]) == {user.pk}


# ---- Sockets


@live
@pytest.mark.usefixtures("_no_grace")
def test_who_opens_a_socket_is_present_until_the_last_one_is_closed(live_url: str) -> None:
    user = make_user()
    assert not is_present(user)
    with opened_by(user, live_url) as first:
        wait_until(lambda: is_present(user))
        with opened_by(user, live_url) as second:
            assert second.answers()
        assert first.answers()
        assert is_present(user)
    wait_until(lambda: not is_present(user))


@live
def test_presence_is_known_of_the_own_organization_alone(live_url: str) -> None:
    user, other = make_user(), make_organization()
    with opened_by(user, live_url):
        wait_until(lambda: is_present(user))
        assert not is_present(user, other)


@live
def test_a_page_of_the_admin_makes_nobody_present(live_url: str) -> None:
    user = make_user()
    assert user.organization is not None
    staff = make_staff(user.organization)
    client = Client()
    client.force_login(staff)
    key = client.session.session_key
    assert key is not None
    ticket = issue_ticket(user=staff, organization_id=user.home_id, session_key=key)
    with (
        opened(live_url, token=ticket, origin=live_url, cookie=f"sessionid={key}") as page,
        opened_by(user, live_url),
    ):
        assert page.answers()
        # Told after the page was heard of: what is there by now is all that comes.
        wait_until(lambda: is_present(user))
        assert not is_present(staff)


@live
def test_an_event_for_one_user_is_sent_to_no_other(live_url: str) -> None:
    user = make_user()
    colleague = make_user(organization=user.organization)

    def happen(number: int, *, user_id: str | None = None) -> None:
        event = Event(EventName.NOTE_CREATED, {"number": number}, user_id=user_id)
        with transaction.atomic():
            publish(organization_id=user.home_id, call_id=None, events=[event])

    with opened_by(user, live_url) as his, opened_by(colleague, live_url) as hers:
        happen(1)
        first = his.frame()
        assert hers.frame() == first
        happen(2, user_id=colleague.pk)
        happen(3)
        assert his.frame()["data"] == {"number": 3}
        assert [hers.frame()["data"]["number"] for _ in range(2)] == [2, 3]
        assert [frame["data"]["number"] for frame in his.resume(first["id"])[0]] == [3]
        assert [frame["data"]["number"] for frame in hers.resume(first["id"])[0]] == [2, 3]


# ---- What the cache is told


class Recorded:
    """A cache that counts what it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written: list[dict[str, str]] = []
        self.seconds: set[float] = set()
        self.fails = False
        monkeypatch.setattr(presence, "cache", self)

    def set_many(self, entries: dict[str, str], seconds: float) -> None:
        if self.fails:
            raise ConnectionError
        self.written.append(entries)
        self.seconds.add(seconds)
        cache.set_many(entries, seconds)

    def get_many(self, names: Any) -> dict[str, str]:
        found: dict[str, str] = cache.get_many(names)
        return found

    def delete_many(self, names: Any) -> None:
        cache.delete_many(names)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    yield Recorded(monkeypatch)
    cache.clear()


def people(count: int, *, organization: str = "o") -> list[Person]:
    return [Person(organization, f"u{number}") for number in range(count)]


def present(count: int) -> int:
    return len(present_among(organization_id="o", user_ids=[f"u{number}" for number in range(count)]))


async def until(condition: Any) -> None:
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come")


def test_ten_thousand_sockets_are_twenty_round_trips(recorded: Recorded) -> None:
    async def deploy() -> None:
        for person in people(10_000):
            presence.enter(person)
        # The cheaper question first: it is asked until all have been written.
        await until(lambda: sum(map(len, recorded.written)) == 10_000 and present(10_000) == 10_000)

    asyncio.run(deploy())

    assert [len(entries) for entries in recorded.written] == [AT_ONCE] * 20
    assert recorded.seconds == {60.0}


def test_a_second_socket_of_a_user_costs_nothing(recorded: Recorded) -> None:
    async def open_two() -> None:
        for person in people(1) * 2:
            presence.enter(person)
            await until(lambda: present(1) == 1)
        presence.leave(people(1)[0])
        await asyncio.sleep(presence.GATHER_SECONDS * 3)

    asyncio.run(open_two())

    assert len(recorded.written) == 1
    assert present(1) == 1


def test_entries_are_renewed_together_long_before_they_run_out(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert presence.RENEW_SECONDS * 2 < presence.PRESENT_SECONDS == 60.0
    monkeypatch.setattr(presence, "RENEW_SECONDS", 0.05)

    async def stay() -> None:
        for person in people(700):
            presence.enter(person)
        await until(lambda: len(recorded.written) >= 6)

    asyncio.run(stay())

    assert {len(entries) for entries in recorded.written} == {500, 200}


def test_what_a_killed_process_had_said_runs_out(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PRESENT_SECONDS", 1.0)

    async def be_killed() -> None:
        presence.enter(people(1)[0])
        await until(lambda: present(1) == 1)

    # The loop ends as a killed process does: nobody has left.
    asyncio.run(be_killed())

    wait_until(lambda: present(1) == 0)


@pytest.mark.usefixtures("_no_grace")
def test_what_another_process_says_stays(recorded: Recorded) -> None:
    async def leave() -> None:
        (person,) = people(1)
        presence.enter(person)
        await until(lambda: present(1) == 1)
        cache.set_many(dict.fromkeys(recorded.written[0], "another process"), 60)
        presence.leave(person)
        await until(lambda: asyncio.get_running_loop() not in presence._registers)

    asyncio.run(leave())

    assert present(1) == 1


def test_a_page_that_is_loaded_anew_is_not_away_in_between(recorded: Recorded) -> None:
    async def load_anew() -> None:
        (person,) = people(1)
        presence.enter(person)
        await until(lambda: present(1) == 1)
        presence.leave(person)
        await asyncio.sleep(presence.GATHER_SECONDS * 3)
        assert present(1) == 1
        presence.enter(person)
        await asyncio.sleep(presence.GATHER_SECONDS * 3)

    asyncio.run(load_anew())

    assert len(recorded.written) == 1


def test_what_could_not_be_said_is_said_when_the_cache_is_back(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    recorded.fails = True

    async def enter() -> None:
        presence.enter(people(1)[0])
        await until(lambda: caplog.messages)
        assert present(1) == 0
        recorded.fails = False
        await until(lambda: present(1) == 1)

    asyncio.run(enter())

    assert caplog.messages == ["Who has a socket open cannot be written (ConnectionError)"]


def test_without_the_cache_nobody_is_present(caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(CACHES=gone()):
        assert present(3) == 0
    (said,) = caplog.messages
    # The error's type, and nothing of the server's address.
    assert re.fullmatch(r"Who has a socket open cannot be read \(\w+\)", said)
