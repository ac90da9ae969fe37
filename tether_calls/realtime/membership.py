"""Whose events a token opens. The answer comes from above (accounts); this app lies below it, so it is handed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tether_calls.common.sight import Sight


@dataclass(frozen=True, slots=True)
class Membership:
    """A user in an organization, until what let them in expires (`expires_at`, Unix seconds).

    `grant` is what the app that gave it needs to know, to say later whether it still holds.
    """

    user_id: str
    organization_id: str
    expires_at: float
    grant: Any = None
    # Whether who has the socket open can be reached by it: a page of the admin rings nobody.
    is_reachable: bool = True
    # Of which calls they hear; None: of all of the organization's.
    sight: Sight | None = None

    def seconds_left(self) -> float:
        return max(0.0, self.expires_at - time.time())


# By a token, and the cookies of a page of our own.
Resolver = Callable[[str, str], Membership | None]
# Whether each of them still holds, apart from its time; how many statements that takes does not depend on how many.
Holding = Callable[[Sequence[Membership]], Sequence[bool]]

_resolver: Resolver | None = None
_holding: Holding | None = None


def set_membership_resolver(resolver: Resolver, holding: Holding) -> None:
    """Called once, by the app that knows tokens and users."""
    global _resolver, _holding
    _resolver, _holding = resolver, holding


def resolve_membership(token: str, cookies: str = "") -> Membership | None:
    """The membership behind a token, or None when it is wrong, expired or its user may not enter.

    `cookies`: the header, where the page that opens the socket is of our own origin.
    """
    assert _resolver is not None, "no resolver: is tether_calls.accounts installed?"
    return _resolver(token, cookies)


def still_hold(memberships: Sequence[Membership]) -> Sequence[bool]:
    """Whether each of the memberships would be given again, apart from its time."""
    assert _holding is not None, "no resolver: is tether_calls.accounts installed?"
    return _holding(memberships)
