"""Time zones under names that PostgreSQL takes for what they are."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

# In expressions it looks among abbreviations first, and has an hour that is never set forward under these names
# (https://www.postgresql.org/docs/current/datetime-config-files.html). The others show the same clock, since 1985.
_OTHER_NAMES: Final = {
    "CET": "Europe/Brussels",
    "EET": "Europe/Athens",
    "MET": "Europe/Brussels",
    "WET": "Atlantic/Faroe",
}


def zone_in_sql(zone: ZoneInfo) -> ZoneInfo:
    """The zone for an expression of the database, such as TruncDate: one with the same clock, whatever it is called."""
    return ZoneInfo(_OTHER_NAMES.get(zone.key, zone.key))
