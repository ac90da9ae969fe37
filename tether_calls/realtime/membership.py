"""Whose events a token opens. The answer comes from above (accounts); this app lies below it, so it is handed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Membership:
    """A user in an organization, until the token expires (`expires_at`, Unix seconds)."""

    user_id: str
    organization_id: str
    expires_at: float

    def seconds_left(self) -> float:
        return max(0.0, self.expires_at - time.time())


Resolver = Callable[[str], Membership | None]

_resolver: Resolver | None = None


def set_membership_resolver(resolver: Resolver) -> None:
    """Called once, by the app that knows tokens and users."""
    global _resolver
    _resolver = resolver


def resolve_membership(token: str) -> Membership | None:
    """The membership behind an access token, or None when it is wrong, expired or its user may not enter."""
    assert _resolver is not None, "no resolver: is tether_calls.accounts installed?"
    return _resolver(token)
