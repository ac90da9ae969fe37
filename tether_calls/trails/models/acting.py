"""Who acts at the moment, for what is written where nobody is handed down."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from tether_calls.trails.models.entry import ActorKind
from tether_calls.trails.reports import Actor

# Of an organization, since staff of the platform are named as such in all but their own.
Acting = Callable[[str], Actor]

_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(who: Acting) -> Iterator[None]:
    """For as long as it lasts, what is changed is changed by them."""
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def actor_now(organization_id: str) -> Actor:
    """Who acts; outside of requests the service itself, by the name of its command."""
    who = _acting.get()
    return who(organization_id) if who is not None else Actor(kind=ActorKind.SYSTEM, name=_command())


def _command() -> str:
    """`manage.py import_dnc`, where somebody has called it so."""
    program, *arguments = sys.argv
    return f"manage.py {arguments[0]}"[:100] if Path(program).name == "manage.py" and arguments else ""
