"""What makes digits a card's, an account's or a person's: prefixes, lengths, check digits."""

from __future__ import annotations

from typing import Final

# Prefixes of the brands (from, through, at as many digits as both have), and their lengths, the usual one first.
# https://en.wikipedia.org/wiki/Payment_card_number
_BRANDS: Final = (
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("300", "305", (14,)),
    ("36", "36", (14,)),
    ("38", "39", (14, 16)),
    ("3528", "3589", (16,)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("6011", "6011", (16,)),
    ("644", "649", (16,)),
    ("65", "65", (16,)),
    ("62", "62", (16, 19, 17, 18)),
    ("50", "50", (16, 19)),
    ("56", "58", (16, 19)),
    ("63", "63", (16, 19)),
    ("67", "67", (16, 19)),
    ("4", "4", (16, 19, 13)),
)

# Characters of an IBAN by country: the registry of SWIFT, https://www.swift.com/standards/data-standards/iban
IBAN_LENGTHS: Final = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FO", "GL", "NL"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("CH", "CR", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
}


def card_lengths(digits: str) -> tuple[int, ...]:
    """As many digits as a card has that begins with these; none where no card does."""
    for first, last, lengths in _BRANDS:
        if first <= digits[: len(first)] <= last:
            return lengths
    return ()


def passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Of capital letters and digits, without blanks. ISO 13616."""
    if IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def is_routing_number(digits: str) -> bool:
    """The nine digits of a bank of the United States. https://en.wikipedia.org/wiki/ABA_routing_transit_number"""
    weights = (3, 7, 1) * 3
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
    return len(digits) == 9 and digits != "000000000" and total % 10 == 0


def is_social_security_number(digits: str) -> bool:
    """By its structure, there being no check digit. https://www.ssa.gov/employer/randomization.html"""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return len(digits) == 9 and area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def is_social_insurance_number(digits: str) -> bool:
    """Of Canada; the check digit is Luhn's. https://www.canada.ca/en/employment-social-development.html"""
    return len(digits) == 9 and digits[0] != "8" and digits != "000000000" and passes_luhn(digits)


def is_french_social_security_number(digits: str) -> bool:
    """NIR: thirteen digits and a key of two. https://fr.wikipedia.org/wiki/Num%C3%A9ro_de_s%C3%A9curit%C3%A9_sociale"""
    return len(digits) == 15 and digits[0] in "12" and 97 - int(digits[:13]) % 97 == int(digits[13:])
