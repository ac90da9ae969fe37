"""Listens while servers are killed: does any client miss an event?

`python -m tests.realtime.soak [--embedded] [--kills 110] [--redis-stops 8] [--database-restarts 8] [--events 3000]`
ends with status 1 when one does. Three kinds of client listen, two of each; calls are pushed over HTTP all the time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from tests.realtime.soak.run import Plan, soak
from tests.realtime.soak.world import embedded, several_processes


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.realtime.soak")
    parser.add_argument("--embedded", action="store_true", help="one process on SQLite")
    parser.add_argument("--kills", type=int, default=110, help="of server processes")
    parser.add_argument("--redis-stops", type=int, default=8)
    parser.add_argument("--database-restarts", type=int, default=8, help="all its sessions end")
    parser.add_argument("--events", type=int, default=3_000, help="at least")
    options = parser.parse_args(arguments)
    is_embedded = options.embedded
    plan = Plan(
        kills=options.kills,
        redis_stops=0 if is_embedded else options.redis_stops,
        database_restarts=0 if is_embedded else options.database_restarts,
        events=options.events,
    )
    with embedded() if is_embedded else several_processes() as world:
        report = asyncio.run(soak(world, plan))
    print(json.dumps(report.figures(), indent=2))
    return 0 if report.missing == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
