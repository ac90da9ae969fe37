"""People who are there, without a socket."""

from __future__ import annotations

from django.core.cache import cache

from tether_calls.accounts.models import User
from tether_calls.realtime.presence import PRESENT_SECONDS, Person, _name


def make_present(*users: User) -> None:
    """As if a process had heard of a socket of theirs just now."""
    cache.set_many({_name(Person(user.home_id, user.pk)): "a test" for user in users}, PRESENT_SECONDS)


def make_absent(*users: User) -> None:
    cache.delete_many([_name(Person(user.home_id, user.pk)) for user in users])
