"""By whose clock a user is shown times."""

from __future__ import annotations

from tether_calls.accounts.models import User
from tether_calls.common.errors import TetherError
from tether_calls.common.times import zone_named


def choose_reading_zone(*, user: User, name: str) -> None:
    """Keep the time zone by which `user` is shown times; empty: the organization's.

    Raises VALIDATION_ERROR for a name that is not in the IANA's database.
    """
    if name and zone_named(name) is None:
        raise TetherError.of_field("timeZone", "Not a time zone, such as America/Toronto")
    user.time_zone = name
    user.save(update_fields=["time_zone"])
