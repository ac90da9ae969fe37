"""Values in what a provider sent: what is missing, null, of another type or out of range is not known. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from calls.providers.bodies import PayloadError
from tether_calls.common.phone import is_hidden
from tether_calls.common.times import from_wire

# Columns that names and identifiers go into are no longer than this.
MAX_IDENTIFIER = 255
MAX_NAME = 200

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_LONGEST_CALL = timedelta(days=366)
_OUR_ID = re.compile(r"[0-9a-f]{24}")
# A number, or the user part of a SIP address. Providers leave the plus out where a trunk did, or dial 00 in its place;
# without both, fewer than ten digits are an extension or a short code.
_PHONE = re.compile(
    r"(?:sips?:|tel:|whatsapp:)?(?:(?:\+|00)([1-9][0-9]{6,14})|([1-9][0-9]{9,14}))(?:[@;].*)?", re.ASCII
)
_SHORT = re.compile(r"(?:sips?:|tel:)?\+?([0-9]{2,15})(?:[@;].*)?", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?", re.ASCII)


def fields(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def required_fields(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise PayloadError(f"{name} is not an object")
    return value


def text(value: object, longest: int | None = None) -> str | None:
    """Text that a database can store: no U+0000, no half of a surrogate pair, not empty."""
    if not isinstance(value, str):
        return None
    cleaned = value.replace("\0", "").encode("utf-8", "replace").decode().strip()
    return cleaned[:longest] or None


def identifier(value: object) -> str | None:
    found = text(value)
    return found if found is not None and found == value and len(found) <= MAX_IDENTIFIER else None


def required_identifier(value: object, name: str) -> str:
    found = identifier(value)
    if found is None:
        raise PayloadError(f"{name} is missing")
    return found


def our_id(value: object) -> str | None:
    """One of our own ids, which a provider carried along."""
    return value if isinstance(value, str) and _OUR_ID.fullmatch(value) else None


def word(value: object) -> str:
    """A word to be looked up in a table; "" where there is none."""
    return value.strip().lower()[:MAX_NAME] if isinstance(value, str) else ""


def flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def number(value: object) -> float | int | None:
    """A number, or text that is one (Twilio's are); never negative, never NaN."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value < 2**53 or math.isnan(value):
        return None
    return int(value) if value == int(value) else value


def seconds(value: object) -> float | int | None:
    """A duration; what is longer than a year is a mistake."""
    found = number(value)
    return found if found is not None and found <= _LONGEST_CALL.total_seconds() else None


def moment_of_turn(value: object) -> float | int | None:
    """Seconds into a call; just below zero, as some transcribers have it, is its beginning."""
    return 0 if isinstance(value, int | float) and -1 < value < 0 else seconds(value)


def phone(value: object) -> str | None:
    """A number in E.164; None for names, addresses of clients, hidden callers and short codes."""
    match = _PHONE.fullmatch(value.strip()) if isinstance(value, str) else None
    found = f"+{match[1] or match[2]}" if match else None
    return None if found is None or is_hidden(found) else found


def party(value: object) -> str | None:
    """One side of a call as it is kept: its number in E.164, else the digits of a short code or an extension.

    None for hidden callers, names and addresses of clients.
    """
    number = phone(value)
    if number is not None or not isinstance(value, str) or is_hidden(value):
        return number
    match = _SHORT.fullmatch(value.strip())
    return match[1] if match else None


def channel(*parties: object) -> str | None:
    """`whatsapp` for a call over WhatsApp, None for one over the telephone network."""
    return "whatsapp" if any(isinstance(each, str) and each.startswith("whatsapp:") for each in parties) else None


def unix_time(value: object) -> datetime | None:
    found = number(value)
    return _plausible(datetime.fromtimestamp(found, tz=UTC)) if found is not None and found < 2**33 else None


def iso_time(value: object) -> datetime | None:
    """ISO 8601; without a zone it is UTC (Sinch leaves the Z out)."""
    try:
        return _plausible(from_wire(value)) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def rfc2822_time(value: object) -> datetime | None:
    try:
        return _plausible(parsedate_to_datetime(value)) if isinstance(value, str) else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def later(moment: datetime | None, duration: float | None) -> datetime | None:
    return None if moment is None or duration is None else moment + timedelta(seconds=duration)


def known(**values: Any) -> dict[str, Any]:
    """The values that are known."""
    return {name: value for name, value in values.items() if value is not None}


def _plausible(moment: datetime) -> datetime | None:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    try:
        aware = aware.astimezone(UTC)
    except OverflowError:
        return None
    return aware if _EARLIEST <= aware <= _LATEST else None
