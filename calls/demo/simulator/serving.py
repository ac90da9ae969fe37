"""The world behind HTTP: one request in, one answer out, faults in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

from calls.demo.simulator import control
from calls.demo.simulator.arriving import arrive
from calls.demo.simulator.elevenlabs.routes import API as ELEVENLABS
from calls.demo.simulator.http_server import Answer, HttpServer, NoAnswer, Request
from calls.demo.simulator.routing import Match, Refusal, find
from calls.demo.simulator.sinch.routes import API as SINCH
from calls.demo.simulator.sinch.texts import API as SINCH_TEXTS
from calls.demo.simulator.twilio.routes import API as TWILIO
from calls.demo.simulator.world import World

HOST = "127.0.0.1"
_APIS = (ELEVENLABS, SINCH, SINCH_TEXTS, TWILIO)


async def serve(world: World, *, port: int, ready: Callable[[], None], stopped: asyncio.Event) -> None:
    """Until `stopped`, and then everything that goes on is ended. Raises OSError when the port is taken."""

    async def handle(request: Request) -> Answer:
        return await _answer(world, request)

    world.hand_over = partial(arrive, world)
    server = HttpServer(handle)
    try:
        world.url = f"http://{HOST}:{await server.start(HOST, port)}"
        ready()
        await stopped.wait()
    finally:
        await world.stop()
        await server.stop()


async def _answer(world: World, request: Request) -> Answer:
    if request.path.startswith(control.PREFIX):
        return await control.answer(world, request)
    try:
        match = find(_APIS, request)
        return _answer_of(world, request, match)
    except Refusal as refusal:
        return refusal.answer


def _answer_of(world: World, request: Request, match: Match) -> Answer:
    api, route = match.api, match.route
    world.requests[api.provider, route.endpoint] += 1
    fault = world.faults.take(api.provider, route.endpoint)
    if fault is None:
        return route.handler(world, request, match.names)
    if fault.after:
        with contextlib.suppress(Refusal, NoAnswer):
            route.handler(world, request, match.names)
    return fault.answer(api.problem(fault.status_or_default))
