"""Sends callbacks: repeated where the provider would, and noted in the call together with the answer."""

from __future__ import annotations

import asyncio
from typing import Any

from calls.demo.simulator.callbacks import Callback
from calls.demo.simulator.http_client import Reply, post
from calls.demo.simulator.phone import Happening, Outcome
from calls.demo.simulator.world import World

# Of an answer, so much is written down.
_KEPT_ANSWER = 4_000


async def ask(world: World, call: Happening, callback: Callback) -> Reply:
    """Send what the provider waits for an answer to: it decides how the call goes on."""
    if not callback.url:
        return Reply(None, problem="connection")
    reply = await _attempt(call, callback, 1)
    return await _repeat(world, call, callback, reply)


async def tell(world: World, call: Happening, *callbacks: Callback) -> None:
    """Send what needs no answer, each once in this order and then again what failed.

    With Outcome.DOUBLED it is only kept, for `tell_kept`.
    """
    wanted = [callback for callback in callbacks if callback.url]
    if call.outcome is Outcome.DOUBLED:
        call.kept.extend(wanted)
        return
    replies = [await _attempt(call, callback, 1) for callback in wanted]
    await asyncio.gather(
        *(_repeat(world, call, callback, reply) for callback, reply in zip(wanted, replies, strict=True))
    )


async def tell_kept(call: Happening) -> None:
    """Send what was kept, the last one first and everything twice at the same moment."""
    while call.kept:
        callback = call.kept.pop()
        await asyncio.gather(_attempt(call, callback, 1), _attempt(call, callback, 1))


async def _repeat(world: World, call: Happening, callback: Callback, reply: Reply) -> Reply:
    if callback.fallback_url and not reply.is_success:
        return await _attempt(call, callback, 2, url=callback.fallback_url)
    for number, pause in enumerate(callback.repetition.pauses, start=2):
        if not callback.repetition.after(reply):
            break
        await asyncio.sleep(pause * world.pace.pause)
        reply = await _attempt(call, callback, number)
    return reply


async def _attempt(call: Happening, callback: Callback, number: int, *, url: str = "") -> Reply:
    target = url or callback.url
    note: dict[str, Any] = {"event": callback.event, "url": target, "attempt": number, "status": None}
    call.callbacks.append(note)
    reply = await post(
        target, body=callback.body, headers=callback.sign(target), seconds=callback.seconds, chunked=callback.chunked
    )
    note["status"] = reply.status
    if reply.problem:
        note["problem"] = reply.problem
    if reply.body:
        note["answer"] = reply.body[:_KEPT_ANSWER].decode(errors="replace")
    return reply
