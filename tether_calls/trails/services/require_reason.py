"""Why staff of the platform get at what was said: they say so first, where its organization asks."""

from __future__ import annotations

from collections.abc import Callable

from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.trails.models import ActorKind
from tether_calls.trails.reports import Actor

# Whether the organization asks.
AsksWhy = Callable[[str], bool]

_asks_why: AsksWhy | None = None


class ReasonRequired(TetherError):
    """REASON_REQUIRED, with the organization that asks: a page leads to where it is said."""

    def __init__(self, organization_id: str) -> None:
        super().__init__(ErrorCode.REASON_REQUIRED)
        self.organization_id = organization_id


def set_asks_why(asks_why: AsksWhy) -> None:
    """Called once, by the app that knows organizations: it lies above this one."""
    global _asks_why
    _asks_why = asks_why


def require_reason(*, organization_id: str, actor: Actor) -> None:
    """Refuse staff of the platform who have not said why. One statement for them, none for anybody else.

    Raises REASON_REQUIRED.
    """
    if actor.kind != ActorKind.PLATFORM_STAFF or actor.reason:
        return
    assert _asks_why is not None, "nobody knows organizations: is tether_calls.accounts installed?"
    if _asks_why(organization_id):
        raise ReasonRequired(organization_id)
