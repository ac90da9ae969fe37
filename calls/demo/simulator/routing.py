"""Which function answers which request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from calls.demo.simulator.http_server import Answer, Request
from calls.demo.simulator.world import World

# Gets what the path's {names} matched. May raise Refusal, or NoAnswer.
Handler = Callable[[World, Request, Mapping[str, str]], Answer]


class Refusal(Exception):
    """Ends a request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Route:
    """`endpoint` is what faults and counts name it by; methods of one path may share it."""

    endpoint: str
    method: str
    path: str
    handler: Handler

    def matches(self, path: str) -> Mapping[str, str] | None:
        # A name ends at a slash or a dot: Calls/{call}.json.
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/.]+)", re.escape(self.path))
        found = re.fullmatch(pattern, path)
        return None if found is None else found.groupdict()


@dataclass(frozen=True, slots=True)
class Api:
    """A provider's endpoints, and how it words an error of which only the status is known."""

    provider: str
    prefixes: tuple[str, ...]
    routes: tuple[Route, ...]
    problem: Callable[[int], Answer]

    def serves(self, path: str) -> bool:
        return path.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class Match:
    api: Api
    route: Route
    names: Mapping[str, str]


def find(apis: Iterable[Api], request: Request) -> Match:
    """Raises Refusal: 404 for an unknown path, 405 for a method that it does not have."""
    for api in apis:
        if api.serves(request.path):
            others = False
            for route in api.routes:
                names = route.matches(request.path)
                if names is not None and route.method == request.method:
                    return Match(api, route, names)
                others = others or names is not None
            raise Refusal(api.problem(405 if others else 404))
    raise Refusal(Answer(404))
