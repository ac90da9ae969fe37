"""The simulated sides of the providers that there are, as the contracts need them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from calls.demo.simulator import (
    ElevenLabsAccount,
    ElevenLabsNumber,
    Outcome,
    Pace,
    Simulator,
    SinchAccount,
    TwilioAccount,
)
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import DIAL
from tests.calls.providers.provider_contract import AGENT, NUMBER_ID, OUR_NUMBER
from tests.waiting import wait_until

CALLER = "+12025550177"
# Every status of a provider's that a call stays in.
_OVER = frozenset({"FINAL", "completed", "busy", "no-answer", "failed", "canceled", "done"})
_RINGS = {"action": {"name": "connectMxp", "destination": {"type": "username", "endpoint": "us"}}}
# Where carriers ask what to do with a call.
_OURS = "/what-now"
# A call that is not hung up outlasts the test.
_PACE = Pace(ringing=0.01, talking=3_600, processing=0.01, pause=0.01)


class NoWorld:
    """Of a provider that is asked nothing."""

    url = "http://127.0.0.1:1"

    def begin(self) -> str:
        raise NotImplementedError

    over = begin

    def goes_on(self, provider_call_id: str) -> bool:
        raise NotImplementedError

    was_answered = goes_on

    def told(self, provider_call_id: str) -> list[str]:
        raise NotImplementedError

    def recording(self, provider_call_id: str) -> str | None:
        raise NotImplementedError

    def requests(self) -> int:
        return 0

    def texts(self) -> Mapping[str, str]:
        raise NotImplementedError

    def settle(self) -> None:
        raise NotImplementedError

    def lose_answers(self) -> None:
        raise NotImplementedError


class SimulatedWorld:
    """Calls come in there; each is answered, or given up by its caller while it rings."""

    def __init__(self, simulator: Simulator, provider: str) -> None:
        self._simulator = simulator
        self._provider = provider

    @property
    def url(self) -> str:
        return self._simulator.url

    def begin(self) -> str:
        call = self._simulator.call_in(self._provider, from_number=CALLER, to=OUR_NUMBER)
        # A conversation is monitored once it runs, and ended by its monitor.
        wait_until(lambda: self._status(call) != "initiated")
        return call

    def over(self) -> str:
        call = self._simulator.call_in(self._provider, from_number=CALLER, to=OUR_NUMBER, outcome=Outcome.CANCELED)
        wait_until(lambda: not self.goes_on(call))
        return call

    def goes_on(self, provider_call_id: str) -> bool:
        return self._status(provider_call_id) not in _OVER

    def was_answered(self, provider_call_id: str) -> bool:
        return bool(self._call(provider_call_id)["wasAnswered"])

    def told(self, provider_call_id: str) -> list[str]:
        told: list[str] = self._call(provider_call_id)["told"]
        return told

    def recording(self, provider_call_id: str) -> str | None:
        told: str | None = self._call(provider_call_id).get("recording")
        return told

    def _status(self, provider_call_id: str) -> str:
        status: str = self._call(provider_call_id)["status"]
        return status

    def _call(self, provider_call_id: str) -> dict[str, Any]:
        calls = self._simulator.happened()["calls"]
        found: dict[str, Any] = next(call for call in calls if call["id"] == provider_call_id)
        return found

    def requests(self) -> int:
        return sum(self._simulator.happened()["requests"].values())

    def texts(self) -> Mapping[str, str]:
        return {text["id"]: text["body"] for text in self._simulator.happened()["texts"]}

    def settle(self) -> None:
        self._simulator.settle()

    def lose_answers(self) -> None:
        self._simulator.fail(self._provider, fault="close", after=True)


@contextmanager
def simulated(account: ElevenLabsAccount | SinchAccount | TwilioAccount) -> Iterator[SimulatedWorld]:
    """A world in which this is the only account, and every call is to ring a browser of ours."""
    with Receiver() as ours:
        ours.answer(
            _OURS, (200, _RINGS if isinstance(account, SinchAccount) else DIAL.format(noun="Client", name="us"))
        )
        match account:
            case SinchAccount():
                account = msgspec.structs.replace(account, callback_url=f"{ours.url}{_OURS}")
            case TwilioAccount():
                account = msgspec.structs.replace(account, voice_url=f"{ours.url}{_OURS}")
            case ElevenLabsAccount():
                number = ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER, agent_id=AGENT)
                account = msgspec.structs.replace(account, agents={AGENT: "Mia"}, phone_numbers=(number,))
        with Simulator(account, pace=_PACE) as simulator:
            yield SimulatedWorld(simulator, str(account.__struct_config__.tag))
