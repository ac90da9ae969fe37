"""The sockets of `script/bench live`: each watches its share of the calls, and what comes is only counted until asked.

Prints how many seconds it took until all calls were watched. For each line of its input it waits for so many turns, and
prints how many ms after they were told they came.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import uvloop
from websockets.frames import Opcode

from script.benchmarks.listeners.client import Listener, masked, opened

WAIT_SECONDS = 60.0


async def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--sockets", type=int, required=True)
    options.add_argument("--tokens", type=Path, required=True)
    options.add_argument("--calls", type=Path, required=True)
    chosen = options.parse_args()

    began = time.perf_counter()
    calls = json.loads(chosen.calls.read_text())
    listeners = await opened(
        f"ws://127.0.0.1:{chosen.port}/ws/events", json.loads(chosen.tokens.read_text()), chosen.sockets
    )
    shares = (calls[number :: len(listeners)] for number in range(len(listeners)))
    await asyncio.gather(*(watch(*each) for each in zip(listeners, shares, strict=True)))
    _say({"opened": time.perf_counter() - began})
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        _say(summary(await came(listeners, "call_turn", int(line)), int(line)))


async def watch(listener: Listener, calls: list[str]) -> None:
    """One after the other: a server that is given many at once reads nothing else until it is done with them."""
    for call_id in calls:
        listener.transport.write(masked(Opcode.TEXT, json.dumps({"type": "watch", "callId": call_id}).encode()))
        await came([listener], "watching", 1)


async def came(listeners: list[Listener], kind: str, count: int) -> list[tuple[float, dict[str, Any]]]:
    """So many frames of this kind, each with when it came; fewer, where no more come for a minute."""
    found: list[tuple[float, dict[str, Any]]] = []
    gives_up_at = time.perf_counter() + WAIT_SECONDS
    while len(found) < count and time.perf_counter() < gives_up_at:
        for listener in listeners:
            frames = ((at, json.loads(text)) for at, text in listener.texts())
            found += [(at, frame) for at, frame in frames if kind in (frame.get("type"), frame.get("event"))]
        await asyncio.sleep(0.02)
    return found


def summary(turns: list[tuple[float, dict[str, Any]]], count: int) -> dict[str, Any]:
    late = sorted(1000 * (at - float(frame["data"]["turn"]["message"].split()[0])) for at, frame in turns)
    return {
        "median": statistics.median(late),
        "most": late[len(late) * 95 // 100],
        "last": late[-1],
        "missing": count - len(late),
    }


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
