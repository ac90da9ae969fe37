"""What follows an API key: things that it made end, or change hands, with it. They lie above, so they are handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tether_calls.accounts.models import ApiKey


@dataclass(frozen=True)
class KeyFollower:
    """Both are called in the transaction that replaces or revokes the key."""

    # The old key, and the one in its place.
    replaced: Callable[[ApiKey, ApiKey], None]
    revoked: Callable[[ApiKey], None]


_followers: list[KeyFollower] = []


def follow_keys(follower: KeyFollower) -> None:
    """Called once, by the app that knows what keys have made."""
    _followers.append(follower)


def key_replaced(*, old: ApiKey, new: ApiKey) -> None:
    for follower in _followers:
        follower.replaced(old, new)


def key_revoked(*, api_key: ApiKey) -> None:
    for follower in _followers:
        follower.revoked(api_key)
