"""Telephone numbers in E.164."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as phone_zones

from tether_calls.common.times import zone_named

_WRITTEN_NUMBER = re.compile(r"\+?[0-9 ()./-]+")

# What is between two numbers, or begins the second, of which the library would take the first.
_SEVERAL = re.compile(r"[,;|\n]|[+\uff0b].*[+\uff0b]")
# Longer than any number with the words around it.
_WRITTEN_MAX = 60

E164 = re.compile(r"\+[1-9][0-9]{1,14}")

# What carriers send in place of a number that is not shown. Those with a plus are words on a telephone's keys
# (ANONYMOUS is 266696687), and look like numbers:
# https://help.twilio.com/articles/223179988-Why-am-I-getting-calls-from-these-strange-numbers-
_HIDDEN_NUMBERS = frozenset({"+7378742833", "+2562533", "+8566696", "+266696687", "+86282452253"})
_HIDDEN_WORDS = frozenset(
    {
        *("anonymous", "restricted", "unavailable", "unknown", "private", "blocked", "withheld", "hidden"),
        *("no caller id", "nocallerid", "private number", "unknown caller", "number withheld", "not available", "n/a"),
    }
)


def is_hidden(text: str) -> bool:
    """Whether `text` stands for a caller who does not show a number: so it is no person's, and the same for many."""
    written = text.strip().lower()
    digits = re.sub(r"[ ().-]", "", written)
    return written in _HIDDEN_WORDS or digits in _HIDDEN_NUMBERS or f"+{digits}" in _HIDDEN_NUMBERS


def is_e164(text: str) -> bool:
    """Whether `text` has the shape of E.164: enough for a call that did take place."""
    return E164.fullmatch(text) is not None


def normalized(text: str) -> str:
    """A telephone number as people write it, without what they put between its digits; other text as it is."""
    if _WRITTEN_NUMBER.fullmatch(text) is None:
        return text
    return re.sub(r"[^+0-9]", "", text)


def is_dialable(text: str) -> bool:
    """Whether `text` is E.164 and a number that its country's plan knows: required before dialling.

    In the one spelling that is E.164: networks may take `+4402079460018`, with the zero of national calls, for another
    number than `+442079460018`, and lists of people who must not be called would have it twice.
    """
    if not is_e164(text):
        return False
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return False  # of no country, or too short to be one's
    is_e164_proper = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == text
    return is_e164_proper and phonenumbers.is_valid_number(number)


def canonical(text: str, *, region: str | None = None) -> str | None:
    """One spelling in E.164 for all in which people and programs write a number; None for what can be none.

    `region` (such as `CA`) is where a number without country code belongs. `+44 (0)20 7946 0018` and, what a provider
    would dial as well, `+4402079460018` are both `+442079460018`.
    """
    written = text.strip()
    if len(written) > _WRITTEN_MAX or _SEVERAL.search(written):
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    # Possible is enough: a number that its country's plan does not know today, it may know tomorrow. One that can only
    # be dialled within its town, such as 555-0199, names no one telephone.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return found if is_e164(found) else None


def is_same_number(one: str, other: str) -> bool:
    """Whether two numbers reach the same telephone, however each is spelled."""
    return (canonical(one) or one) == (canonical(other) or other)


def is_region(text: str) -> bool:
    """Whether telephone numbers belong to `text`, in capitals: `CA`."""
    return text in phonenumbers.SUPPORTED_REGIONS


def country_code(region: str) -> int:
    """The code that numbers of a country start with: 1 for `CA`; 0 for what is no country."""
    return int(phonenumbers.country_code_for_region(region))


def possible_zones(phone_number: str) -> tuple[ZoneInfo, ...]:
    """Every time zone in which the number (E.164) may ring; none where that is not known."""
    try:
        names = phone_zones.time_zones_for_number(phonenumbers.parse(phone_number, None))
    except phonenumbers.NumberParseException:
        return ()
    zones = [zone_named(name) for name in names if name != phone_zones.UNKNOWN_TIMEZONE]
    # One that this machine does not know could be any.
    return () if None in zones else tuple(zone for zone in zones if zone is not None)
