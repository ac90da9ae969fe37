"""Numbering plans that changed: which number of today an older one is.

Only changes that a program can decide safely are here: the old number exists no more, it has become one certain number,
and nothing else could be meant. Not here is, for instance, Argentina's 9: +54 9 11 … is a mobile, +54 11 … with the
same digits another telephone. Nor are numbers here that national plans still have, such as Gabon's with 7 digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers


@dataclass(frozen=True)
class _Change:
    """What became of the national part of a country's numbers, and back: pattern and replacement.

    `back` None: the new one does not tell what it was.
    """

    country: str
    old: tuple[str, str]
    back: tuple[str, str] | None = None


def _moved(country: str, prefixes: dict[str, str], digits: int) -> tuple[_Change, ...]:
    """Numbers whose first digits were exchanged for others, and of which the last `digits` stay."""
    return tuple(
        _Change(country, (rf"{old}(\d{{{digits}}})", rf"{new}\1"), (rf"{new}(\d{{{digits}}})", rf"{old}\1"))
        for old, new in prefixes.items()
    )


_CHANGES: Final = (
    # Mexico, 3 August 2019: ten digits for all, without the 1 of mobiles from abroad, without 01, 044 and 045 at home
    # (Instituto Federal de Telecomunicaciones, Plan Técnico Fundamental de Numeración).
    _Change("52", (r"1([2-9]\d{9})", r"\1"), (r"([2-9]\d{9})", r"1\1")),
    _Change("52", (r"(?:01|04[45])([2-9]\d{9})", r"\1")),
    # Brazil, 2012 to 2016: mobiles have a ninth digit in front, 9; radio telephones (7) have not (Anatel, Res. 553).
    _Change("55", (r"([1-9]{2})([689]\d{7})", r"\g<1>9\2"), (r"([1-9]{2})9([689]\d{7})", r"\1\2")),
    # Ivory Coast, 31 January 2021: two digits in front, which name the operator as the old number did (ARTCI).
    _Change("225", (r"((?:0[1-3]|[457][0-3])\d{6})", r"01\1"), (r"01((?:0[1-3]|[457][0-3])\d{6})", r"\1")),
    _Change("225", (r"([04-9][4-6]\d{6})", r"05\1"), (r"05([04-9][4-6]\d{6})", r"\1")),
    _Change("225", (r"((?:[04-8][7-9]|9[78])\d{6})", r"07\1"), (r"07((?:[04-8][7-9]|9[78])\d{6})", r"\1")),
    _Change("225", (r"(2[0-3]8\d{5})", r"21\1"), (r"21(2[0-3]8\d{5})", r"\1")),
    _Change("225", (r"((?:2[0-4]|3[0-6])0\d{5})", r"25\1"), (r"25((?:2[0-4]|3[0-6])0\d{5})", r"\1")),
    _Change("225", (r"((?:2[0-4]|3[0-6])[2-79]\d{5}|368\d{5})", r"27\1"), (r"27([23]\d{7})", r"\1")),
    # Benin, 30 November 2024: 01 in front of all (ARCEP Bénin).
    _Change("229", (r"(\d{8})", r"01\1"), (r"01(\d{8})", r"\1")),
    # Cameroon, 21 November 2014: 6 in front of mobiles, 2 in front of fixed telephones (ITU, communication 6.X.2014).
    _Change("237", (r"([5-9]\d{7})", r"6\1"), (r"6([5-9]\d{7})", r"\1")),
    _Change("237", (r"((?:22|33)\d{6})", r"2\1"), (r"2((?:22|33)\d{6})", r"\1")),
    # Colombia, 1 September 2021: 60 in front of fixed telephones (CRC, Resolución 5826 of 2019).
    _Change("57", (r"([124-8]\d{7})", r"60\1"), (r"60([124-8]\d{7})", r"\1")),
    # Vietnam, 15 September 2018: mobiles of ten digits have nine (Ministry of Information and Communications).
    *_moved("84", {"120": "70", "121": "79", "122": "77", "126": "76", "128": "78"}, 7),
    *_moved("84", {"123": "83", "124": "84", "125": "85", "127": "81", "129": "82"}, 7),
    *_moved("84", {f"16{digit}": f"3{digit}" for digit in range(2, 10)}, 7),
    *_moved("84", {"186": "56", "188": "58", "199": "59"}, 7),
)


def renewed(number: str) -> str | None:
    """The number (E.164) of today that one of an older plan has become; None where it is not one of those.

    To be asked of a number that no plan knows any more; the new one is one that its plan knows.
    """
    for change in _CHANGES:
        found = _replaced(number, change.country, change.old)
        if found is not None and is_valid(found):
            return found
    # A zero in front of a number that has none there: people know it from their own country, +34 (0)91 …
    country, national = _parts(number)
    without = f"+{country}{national.removeprefix('0')}"
    return without if national.startswith("0") and is_valid(without) else None


def former_spellings(number: str) -> tuple[str, ...]:
    """What a number (E.164) of today was in older plans."""
    found = [_replaced(number, change.country, change.back) for change in _CHANGES if change.back is not None]
    return tuple(former for former in found if former is not None and renewed(former) == number)


def is_valid(number: str) -> bool:
    """Whether its country's plan knows the number (E.164), in just this spelling."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False  # of no country, or too short to be one's
    spelled = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return spelled == number and phonenumbers.is_valid_number(parsed)


def with_trunk_prefix(number: str) -> str | None:
    """The number (E.164) with the digit of national calls behind the country code, as many programs write it."""
    country, national = _parts(number)
    region = phonenumbers.region_code_for_country_code(int(country or 0))
    prefix = phonenumbers.ndd_prefix_for_region(region, True)
    # North America's is its country code, which nobody writes twice.
    return None if not prefix or prefix == country else f"+{country}{prefix}{national}"


def _replaced(number: str, country: str, rule: tuple[str, str]) -> str | None:
    if not number.startswith(f"+{country}"):
        return None
    pattern, replacement = rule
    match = re.fullmatch(pattern, number[len(country) + 1 :], re.ASCII)
    return None if match is None else f"+{country}{match.expand(replacement)}"


def _parts(number: str) -> tuple[str, str]:
    """Country code and the rest of a number in the shape of E.164; no country code has another's in front."""
    digits = number[1:]
    for length in (1, 2, 3):
        if int(digits[:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length], digits[length:]
    return "", digits
