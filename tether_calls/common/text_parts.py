"""How a text message goes over the air: in which alphabet, and in how many parts, as carriers count and charge them.

3GPP TS 23.038 (alphabets) and 23.040 (parts of a longer message); Twilio and Sinch count alike:
https://www.twilio.com/docs/glossary/what-sms-character-limit
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import gsm0338

_GSM: Final = gsm0338.Codec()
# What fits into one message, and into each part of several, whose header takes the place of 7 septets or 3 units.
_SINGLE, _OF_SEVERAL = {"gsm7": 160, "ucs2": 70}, {"gsm7": 153, "ucs2": 67}


class TextEncoding(StrEnum):
    """One character outside of the GSM alphabet has the whole message written in UTF-16."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


@dataclass(frozen=True)
class TextParts:
    """`units` are septets, of which some characters take two, or units of UTF-16, of which an emoji takes two."""

    encoding: TextEncoding
    units: int
    parts: int


def text_parts(text: str) -> TextParts:
    """How a text is sent; an empty one is one part."""
    encoding, sizes = _sizes(text)
    units = sum(sizes)
    if units <= _SINGLE[encoding]:
        return TextParts(encoding, units, 1)
    parts, used = 1, 0
    for size in sizes:
        # Neither an escape nor half of a surrogate pair ends a part: the character begins the next one.
        if used + size > _OF_SEVERAL[encoding]:
            parts, used = parts + 1, 0
        used += size
    return TextParts(encoding, units, parts)


def _sizes(text: str) -> tuple[TextEncoding, list[int]]:
    """What each character takes."""
    known: dict[str, int] = {}
    for character in set(text):
        try:
            known[character] = len(_GSM.encode(character)[0])
        except UnicodeEncodeError:
            return TextEncoding.UCS2, [2 if each > "\uffff" else 1 for each in text]
    return TextEncoding.GSM7, [known[each] for each in text]
