"""Answers that go wrong on request."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from calls.demo.simulator.http_server import Answer, NoAnswer, json_answer

# A request beyond that replaces the oldest.
_MOST = 100

_PAGE = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The next `times` requests to an endpoint of a provider get this instead of their answer.

    `after`: the request is carried out first, so that only its answer is lost. `body` is what a `status` is sent
    with, instead of the provider's usual error.
    """

    provider: Literal["elevenlabs", "sinch", "twilio"]
    endpoint: str = "*"
    fault: Literal["status", "html", "empty", "close", "stall"] = "status"
    status: int | None = None
    body: Any = None
    times: int = 1
    after: bool = False

    def answer(self, usual: Answer) -> Answer:
        """`usual` is the provider's error for `status_or_default`. Raises NoAnswer."""
        match self.fault:
            case "close" | "stall":
                raise NoAnswer(at_once=self.fault == "close")
            case "html":
                return Answer(self.status_or_default, _PAGE, "text/html; charset=utf-8")
            case "empty":
                return Answer(self.status_or_default)
            case "status":
                return usual if self.body is None else json_answer(self.status_or_default, self.body)

    @property
    def status_or_default(self) -> int:
        return self.status or (500 if self.fault == "status" else 200)


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults = [*self._faults[1 - _MOST :], fault]

    def take(self, provider: str, endpoint: str) -> Fault | None:
        """The first that is meant, once less."""
        for fault in self._faults:
            if fault.provider == provider and fault.endpoint in ("*", endpoint):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        self._faults.clear()
