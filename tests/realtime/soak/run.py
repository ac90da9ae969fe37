"""The soak itself: what goes on at the same time, and what is counted in the end."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.realtime.clients import KINDS, Client
from tests.realtime.soak.world import World, end_database_sessions

# A missed call.
CALL = {"direction": "inbound", "toNumber": "+14165550100", "duration": 0, "status": "no-answer"}
CLIENTS_OF_A_KIND = 2
PUSHERS = 3
PATIENCE_SECONDS = 180.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How often what is done, and how many events there are to be at least."""

    kills: int
    redis_stops: int
    database_restarts: int
    events: int


@dataclass
class Report:
    plan: Plan
    events: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    pushed: int = 0
    clients: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        return sum(len(figures["missing"]) for figures in self.clients.values())

    def figures(self) -> dict[str, Any]:
        return {
            "events": self.events,
            "calls pushed": self.pushed,
            "kills": self.kills,
            "Redis stopped": self.plan.redis_stops,
            "database sessions ended": self.plan.database_restarts,
            "clients": self.clients,
            "missing": self.missing,
        }


async def soak(world: World, plan: Plan) -> Report:
    """Run the plan; every client is given time to catch up in the end. Raises AssertionError where a server fails."""
    report = Report(plan)
    chance = random.Random(20)

    async def token() -> str:
        return world.token

    def address() -> str:
        return chance.choice(world.socket_urls).replace("http", "ws", 1) + "/ws/events"

    clients = {f"{kind} {n}": KINDS[kind](address, token) for kind in KINDS for n in range(CLIENTS_OF_A_KIND)}
    listening = [asyncio.create_task(client.run()) for client in clients.values()]
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as producing:
        await asyncio.gather(*(client.let_in() for client in clients.values()))
        for _ in range(PUSHERS):
            producing.create_task(_push_calls(world, stop, report))
        # Each has something to resume from: before that nothing is promised to a client.
        await _until(lambda: all(client.received for client in clients.values()))
        first = f"{int(time.time()) + 1:08x}{0:016x}"  # ids begin with seconds
        async with asyncio.TaskGroup() as breaking:
            breaking.create_task(_kill(world, plan, chance, report))
            breaking.create_task(_stop_redis(world, plan, chance))
            breaking.create_task(_end_sessions(world, plan, chance))
        steady = next(iter(clients.values()))
        await _until(lambda: sum(event_id > first for event_id in steady.received) >= plan.events, seconds=600)
        stop.set()
    for program in world.programs:
        if program.name.startswith("publisher"):
            program.kill()
    ids = await asyncio.to_thread(world.ids)
    expected = {event_id for event_id in ids if event_id > first}
    with suppress(TimeoutError):
        await _until(lambda: all(client.received.keys() >= expected for client in clients.values()))
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    report.events = len(expected)
    report.clients = {name: _figures(client, expected) for name, client in clients.items()}
    return report


def _figures(client: Client, expected: set[str]) -> dict[str, Any]:
    received = list(client.received)
    greatest = ""
    late = 0
    for event_id in received:
        late += event_id < greatest
        greatest = max(greatest, event_id)
    return {
        "received": len(received),
        "missing": sorted(expected - client.received.keys()),
        "again": client.repeated,
        "with a smaller id than before": late,
        "connections": client.connections,
        "resumes": client.resumes,
        "incomplete": client.incomplete,
        "closed with": {str(code): count for code, count in client.codes.items()},
    }


async def _until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.1)


# ---- What happens ----------------------------------------------------------------------------------------------------


async def _push_calls(world: World, stop: asyncio.Event, report: Report) -> None:
    """A vendor that pushes one call after another, each until it is acknowledged."""
    headers = {"Authorization": f"Bearer {world.key}"}
    while not stop.is_set():
        number = f"+1416{random.randint(2_000_000, 9_999_999)}"
        body = {**CALL, "fromNumber": number, "externalCallId": f"{random.getrandbits(64):x}"}
        while not stop.is_set():
            try:
                answer = await asyncio.to_thread(
                    requests.post, f"{world.http_url}/api/calls/ingest", json=body, headers=headers, timeout=30
                )
            except requests.RequestException:
                await asyncio.sleep(0.2)
                continue
            assert answer.status_code not in (400, 401, 403), answer.text
            if answer.status_code in (200, 201):
                report.pushed += 1
                break
            await asyncio.sleep(0.2)
        await asyncio.sleep(random.uniform(0, 0.4))


async def _kill(world: World, plan: Plan, chance: random.Random, report: Report) -> None:
    for _ in range(plan.kills):
        victim = chance.choice(world.programs)
        victim.assert_runs()
        report.kills[victim.name] = report.kills.get(victim.name, 0) + 1
        victim.kill()
        victim.start()
        if chance.random() < 0.7:  # else the next one follows before this one is back
            await asyncio.to_thread(world.wait_until_ready)
        await asyncio.sleep(chance.uniform(0.0, 2.0))
    await asyncio.to_thread(world.wait_until_ready)


async def _stop_redis(world: World, plan: Plan, chance: random.Random) -> None:
    for _ in range(plan.redis_stops):
        await asyncio.sleep(chance.uniform(2.0, 8.0))
        assert world.redis is not None
        world.redis.kill()
        await asyncio.sleep(chance.choice((0.5, 2.0, 8.0)))
        await asyncio.to_thread(world.start_redis)


async def _end_sessions(world: World, plan: Plan, chance: random.Random) -> None:
    for _ in range(plan.database_restarts):
        await asyncio.sleep(chance.uniform(2.0, 8.0))
        await asyncio.to_thread(end_database_sessions, world)
