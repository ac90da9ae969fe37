"""The simulator in a thread of this process, as tests and the demo use it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from calls.demo.simulator import control
from calls.demo.simulator.config import Account, Config, Pace
from calls.demo.simulator.faults import Fault
from calls.demo.simulator.phone import Outcome
from calls.demo.simulator.serving import serve
from calls.demo.simulator.world import World

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_SETTLE_SECONDS = 10.0

_ResultT = TypeVar("_ResultT")


class Simulator:
    """Between `start` and `stop` it answers at `url`; its methods may be called from any thread."""

    def __init__(self, *accounts: Account, pace: Pace | None = None, port: int = 0) -> None:
        self._config = Config(accounts=accounts, pace=pace or Pace())
        self._port = port
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Raises OSError when the port is taken."""
        assert self._thread is None, "started already"
        self._started = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="provider-simulator", daemon=True)
        self._thread.start()
        assert self._started.wait(_START_SECONDS), "the simulator did not start"
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        """End the calls that are under way, and the server."""
        if self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(_STOP_SECONDS)
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Such as http://127.0.0.1:41234, which stands for the hosts of all three providers."""
        return self._world.url

    def add_account(self, account: Account) -> None:
        """Or replace the one with the same key."""
        self._do(lambda world: world.add_account(account))

    def configure(self, *accounts: Account) -> None:
        """As if it had been started with these: a reset keeps them."""
        self._do(lambda world: world.configure(accounts))

    def fail(
        self,
        provider: str,
        endpoint: str = "*",
        fault: str = "status",
        *,
        status: int | None = None,
        body: Any = None,
        times: int = 1,
        after: bool = False,
    ) -> None:
        """Let the next requests fail: faults.Fault says what the arguments mean."""
        given = {"provider": provider, "endpoint": endpoint, "fault": fault, "status": status, "body": body}
        wish = msgspec.convert({**given, "times": times, "after": after}, Fault)
        self._do(lambda world: world.faults.add(wish))

    def call_in(
        self, provider: str, *, from_number: str, to: str, outcome: Outcome = Outcome.COMPLETED, **more: Any
    ) -> str:
        """Start an inbound call, and return the provider's id of it: control.Inbound says what else can be given."""
        given = {"provider": provider, "from": from_number, "to": to, "outcome": outcome, **more}
        wish = msgspec.convert(given, control.Inbound)
        return self._do(lambda world: control.start_inbound(world, wish)).id

    def kept_secrets(self) -> dict[str, str]:
        """What ElevenLabs keeps for tools, by name: no request is answered with it."""
        return self._do(lambda world: {secret.name: secret.value for secret in world.secrets.values()})

    def text_in(self, provider: str, *, from_number: str, to: str, body: str, **more: str) -> str:
        """Have somebody write to a number, and return the provider's id of the text: control.InboundText says more."""
        wish = msgspec.convert(
            {"provider": provider, "from": from_number, "to": to, "body": body, **more}, control.InboundText
        )
        return self._do(lambda world: control.start_text(world, wish)).id

    def happened(self) -> dict[str, Any]:
        """What GET /simulator/calls answers."""
        return self._do(control.happened)

    def settle(self) -> dict[str, Any]:
        """Wait until no call or text is under way, callbacks included; returns what happened. Raises TimeoutError."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while (happened := self.happened())["under_way"]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{happened['under_way']} calls are still under way")
            time.sleep(0.005)
        return happened

    def reset(self) -> None:
        self._wait(self._world.reset())

    def _do(self, action: Callable[[World], _ResultT]) -> _ResultT:
        async def act() -> _ResultT:
            return action(self._world)

        return self._wait(act())

    def _wait(self, work: Coroutine[Any, Any, _ResultT]) -> _ResultT:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._world = World(self._config)
        await serve(self._world, port=self._port, ready=self._started.set, stopped=self._stopped)
