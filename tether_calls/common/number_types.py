"""Telephone numbers that cost whoever calls them: what toll fraud dials, and hardly any company has to.

The library knows the types that a country's plan tells apart. Lists of the numbers that fraud is done with name some
more: whole country codes of satellites and of networks without a country, and exchanges within ordinary area codes.
Expensive *countries* are not told from others here: numbers in +1 809 or +53 are people's. Carriers have permissions
for countries, where these are switched off.
"""

from __future__ import annotations

import re
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType


class CostlyType(StrEnum):
    """A type of numbers that no organization dials unless it is allowed to."""

    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    SATELLITE = "satellite"
    PERSONAL = "personal"


# How they begin that the library has as ordinary ones, such as mobile numbers.
_PREFIXES: tuple[tuple[re.Pattern[str], CostlyType], ...] = (
    # Inmarsat; Iridium, Globalstar and others; networks of no country, some of them in ships and aeroplanes.
    (re.compile(r"\+(870|88[123])"), CostlyType.SATELLITE),
    # Satellite telephones of Canada and of Australia.
    (re.compile(r"\+(1600|6114)"), CostlyType.SATELLITE),
    # A number for life, in no country.
    (re.compile(r"\+878"), CostlyType.PERSONAL),
    # In North America every area code has an exchange 976 of paid services.
    (re.compile(r"\+1[2-9][0-9]{2}976"), CostlyType.PREMIUM_RATE),
)
_TYPES: dict[int, CostlyType] = {
    PhoneNumberType.PREMIUM_RATE: CostlyType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST: CostlyType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER: CostlyType.PERSONAL,
}


def costly_type(phone_number: str) -> CostlyType | None:
    """The type of a number (E.164) that costs more than a call to a person; None for all others."""
    for beginning, its_type in _PREFIXES:
        if beginning.match(phone_number):
            return its_type
    try:
        return _TYPES.get(phonenumbers.number_type(phonenumbers.parse(phone_number, None)))
    except phonenumbers.NumberParseException:
        return None
