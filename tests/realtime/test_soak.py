"""A short soak with real processes; `python -m tests.realtime.soak` is a long one."""

from __future__ import annotations

import asyncio

import pytest

from tests.realtime.soak.run import Plan, soak
from tests.realtime.soak.world import World, embedded, several_processes

pytestmark = pytest.mark.slow


def assert_that_none_misses_any(world: World, plan: Plan) -> None:
    report = asyncio.run(soak(world, plan))

    assert {name: figures["missing"] for name, figures in report.clients.items() if figures["missing"]} == {}
    assert report.events >= plan.events
    assert sum(report.kills.values()) == plan.kills
    assert not [program.name for program in world.programs if world.token in program.log()]


@pytest.mark.skipif("'DATABASE_URL' in os.environ", reason="of the embedded parts only")
def test_no_client_misses_an_event_when_the_one_process_is_killed() -> None:
    with embedded() as world:
        assert_that_none_misses_any(world, Plan(kills=2, redis_stops=0, database_restarts=0, events=40))


@pytest.mark.skipif("'DATABASE_URL' not in os.environ", reason="of production's parts only")
def test_no_client_misses_an_event_when_processes_are_killed_and_redis_and_the_database_go_away() -> None:
    with several_processes() as world:
        assert_that_none_misses_any(world, Plan(kills=5, redis_stops=2, database_restarts=2, events=120))
