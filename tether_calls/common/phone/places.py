"""The countries and time zones that telephone numbers belong to."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as phone_zones

from tether_calls.common.times import zone_named


def is_region(text: str) -> bool:
    """Whether telephone numbers belong to `text`, in capitals: `CA`."""
    return text in phonenumbers.SUPPORTED_REGIONS


def country_code(region: str) -> int:
    """The code that numbers of a country start with: 1 for `CA`; 0 for what is no country."""
    return int(phonenumbers.country_code_for_region(region))


def region_of(phone_number: str) -> str:
    """The country of a number (E.164), such as `CA`; empty for what belongs to none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone_number, None)) or ""
    except phonenumbers.NumberParseException:
        return ""


def possible_zones(phone_number: str) -> tuple[ZoneInfo, ...]:
    """Every time zone in which the number (E.164) may ring; none where that is not known."""
    try:
        names = phone_zones.time_zones_for_number(phonenumbers.parse(phone_number, None))
    except phonenumbers.NumberParseException:
        return ()
    zones = [zone_named(name) for name in names if name != phone_zones.UNKNOWN_TIMEZONE]
    # One that this machine does not know could be any.
    return () if None in zones else tuple(zone for zone in zones if zone is not None)
