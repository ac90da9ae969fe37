"""A bounded load on 127.0.0.1: a number of kept connections, each sending its next request when the last is answered.

Calls are pushed, each with an id of its own; without a body the same address is read again and again.

Run as a program of its own, so that it can be pinned to another core than the server.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from pathlib import Path

# Replaced in every request; the numbers of 200 customers.
CALL_MARK, NUMBER_MARK = b"@@CALL-ID@@", b"@@NUMBER@@"
CUSTOMERS = 200


async def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--body", type=Path)
    options.add_argument("--path", default="/api/calls/ingest")
    options.add_argument("--key", required=True)
    options.add_argument("--seconds", type=float, required=True)
    options.add_argument("--connections", type=int, default=16)
    chosen = options.parse_args()

    body = chosen.body.read_bytes() if chosen.body else b""
    method = "POST" if body else "GET"
    serial = itertools.count()
    prefix = f"{time.time_ns():x}"
    statuses: Counter[int] = Counter()
    delays: list[float] = []
    stop_at = time.perf_counter() + chosen.seconds

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", chosen.port, limit=1 << 20)
        while time.perf_counter() < stop_at:
            number = next(serial)
            # Both marks keep their length, so the length of the body is known beforehand.
            content = body.replace(CALL_MARK, f"{prefix[-5:]}{number:06}".encode(), 1)
            content = content.replace(NUMBER_MARK, f"1416{number % CUSTOMERS:06}".encode(), 1)
            begin = time.perf_counter()
            writer.write(_head(method, chosen.path, len(content), chosen.key) + content)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            delays.append(time.perf_counter() - begin)
            statuses[int(head[9:12])] += 1
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(chosen.connections)))
    elapsed = time.perf_counter() - started
    delays.sort()
    result = {
        "perSecond": sum(statuses.values()) / elapsed,
        "p50": delays[len(delays) // 2],
        "p99": delays[len(delays) * 99 // 100],
        "statuses": dict(statuses),
    }
    sys.stdout.write(json.dumps(result))


def _head(method: str, path: str, length: int, key: str) -> bytes:
    of_body = f"Content-Type: application/json\r\nContent-Length: {length}\r\n" if length else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n{of_body}\r\n"
    return head.encode()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without Content-Length")


if __name__ == "__main__":
    asyncio.run(main())
