"""The simulator as a process until Ctrl-C or SIGTERM: python -m calls.demo.simulator --port 8900 --config FILE."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from calls.demo.simulator.config import Config, read_config
from calls.demo.simulator.serving import serve
from calls.demo.simulator.world import World


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m calls.demo.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: a free one, which is printed")
    parser.add_argument(
        "--config", type=Path, help="a JSON file: accounts and pace, as calls/providers/simulator/config.py"
    )
    options = parser.parse_args(arguments)
    if os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production"):
        return _refuse("The simulator is not for production: its calls are invented.")
    try:
        config = read_config(options.config.read_bytes()) if options.config else Config()
        asyncio.run(_serve(config, options.port))
    except (OSError, ValueError) as error:
        return _refuse(str(error))
    return 0


async def _serve(config: Config, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    world = World(config)

    def ready() -> None:
        sys.stdout.write(f"Simulating ElevenLabs, Sinch and Twilio at {world.url}\n")
        sys.stdout.flush()

    await serve(world, port=port, ready=ready, stopped=stopped)


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
