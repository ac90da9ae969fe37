"""A telephone number as people and programs write it, read in one way at every door."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers

from tether_calls.common.phone.hidden import LONGEST_KEPT, is_hidden
from tether_calls.common.phone.plans import former_spellings, is_valid, renewed, with_trunk_prefix

# Longer than any number with what people put into and around it; a form's field is as long.
WRITTEN_MAX: Final = 60

E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
# RFC 3966, and what browsers and Twilio put in front in its place.
_SCHEME: Final = re.compile(r"(?:tel|callto|whatsapp):(?://)?", re.IGNORECASE)
# Behind a number, and no part of it: `ext. 12`, `x12`, `#12`, `;ext=12`, pauses before digits that are dialled later.
_EXTENSION: Final = re.compile(
    r"\s*(?:;\s*ext\s*=|[,;-]?\s*(?:extension|extn|ext|x|poste|anexo|durchwahl|доб)\s*[.:]?|#|,{1,3}|;)\s*"
    r"(?P<digits>[0-9]{1,6})#?",
    re.IGNORECASE,
)
_BODY: Final = re.compile(r"[( ]*\+?[0-9 ()./-]*[0-9][0-9 ()./-]*")
# What people write for a parenthesis, a hyphen, a slash, a dot, a plus, wherever they come from.
_ALIKE: Final = {
    **dict.fromkeys("[\uff08\uff3b\u3010", "("),
    **dict.fromkeys("]\uff09\uff3d\u3011", ")"),
    **dict.fromkeys("\u2212\u30fc~\u223c\uff5e\u2053\u2043", "-"),
    **dict.fromkeys("\uff0f\u2044\u2215", "/"),
    **dict.fromkeys("\uff0e\u00b7\u2022\u2024\u2027\u30fb", "."),
    **dict.fromkeys("\uff0b\ufe62", "+"),
    "\uff03": "#",
    "\t": " ",
}
# A number within its country, with the digit in front that is only dialled there: more than this is left of it.
_LEAST_NATIONAL: Final = 7


@dataclass(frozen=True)
class Written:
    """A number in E.164, and the extension behind it, if there is one.

    `is_possible`: its country's plan has numbers of this form; else only the shape is that of E.164. `is_known`: the
    plan knows the number.
    """

    number: str
    extension: str = ""
    is_possible: bool = True
    is_known: bool = True

    @property
    def is_dialable(self) -> bool:
        """An extension cannot be dialled: who answers the number without it is another person."""
        return self.is_known and not self.extension


def read_number(text: str, *, region: str | None = None, is_international: bool = False) -> Written | None:
    """The number that `text` says; None for what says none, several, or a caller who does not show one.

    Blanks, hyphens, dots, slashes and brackets of all kinds mean nothing, nor does `(0)` behind a country code; digits
    may be of any script; `00` in front is a plus, `tel:` is left out. Letters are refused. A number of an older
    numbering plan becomes what it is today. `region` (such as `CA`) is where a number without country code belongs;
    with `is_international` its digits begin with the country code, although no plus says so.
    """
    read = _read_again if len(text) <= LONGEST_KEPT else _read
    return read(text, region, is_international)


def _read(text: str, region: str | None, is_international: bool) -> Written | None:
    plain = _plain(text)
    if plain is None or is_hidden(text):
        return None
    body, extension = _divided(plain)
    if _BODY.fullmatch(body) is None:
        return None
    possible = None
    for attempt in _attempts(body, region=region, is_international=is_international):
        found, is_known = _parsed(attempt, region)
        if found is not None and is_known:
            return Written(found, extension)
        possible = possible or found
    if possible is not None:
        return Written(possible, extension, is_known=False)
    return Written(body, extension, is_possible=False, is_known=False) if is_e164(body) else None


# Reading a number takes longer than all else that is done for a pushed call, and most calls are of a few numbers.
_read_again = lru_cache(maxsize=10_000)(_read)


def canonical(text: str, *, region: str | None = None) -> str | None:
    """One spelling in E.164 for all in which people and programs write a number; None for what can be none.

    An extension is left out: `+1 416 555 0199 ext. 4` rings at +14165550199. For lists and look-ups, and what is kept
    as `e164_of` gives it.
    """
    found = read_number(text, region=region)
    return found.number if found is not None and found.is_possible else None


def e164_of(text: str) -> str | None:
    """As `canonical`; a number that no plan has, but with the shape of E.164, is taken as it is."""
    found = read_number(text)
    return None if found is None else found.number


def dialable(text: str, *, is_international: bool = False) -> str | None:
    """The spelling in which a number is dialled; None where it cannot be."""
    found = read_number(text, is_international=is_international)
    return found.number if found is not None and found.is_dialable else None


def is_e164(text: str) -> bool:
    """Whether `text` has the shape of E.164: enough for a call that did take place."""
    return E164.fullmatch(text) is not None


def is_dialable(text: str) -> bool:
    """Whether `text` is a number that its country's plan knows, in the one spelling that is E.164."""
    return is_e164(text) and is_valid(text)


def is_same_number(one: str, other: str) -> bool:
    """Whether two numbers reach the same telephone, however each is spelled."""
    return (e164_of(one) or one) == (e164_of(other) or other)


def spellings(text: str) -> tuple[str, ...]:
    """Under what a number may have been kept, that of today first: in older plans, with the zero of national calls.

    What is no number has one spelling.
    """
    return (_spell_again if len(text) <= LONGEST_KEPT else _spell)(text)


def _spell(text: str) -> tuple[str, ...]:
    today = e164_of(text)
    if today is None:
        return (text,)
    found = [today, *([text] if is_e164(text) else []), *former_spellings(today)]
    if (trunk := with_trunk_prefix(today)) is not None and canonical(trunk) == today:
        found.append(trunk)
    return tuple(dict.fromkeys(found))


_spell_again = lru_cache(maxsize=10_000)(_spell)


def numbers_to_find(text: str) -> tuple[str, ...]:
    """The spellings of a number in full, whose plus may be missing, for a search; none where `text` is none."""
    found = read_number(text, is_international=True)
    return () if found is None else spellings(found.number)


def digits_to_find(text: str) -> str:
    """What a search for `text` looks for within numbers; empty where `text` is no number, nor part of one."""
    plain = _plain(text)
    if plain is None:
        return ""
    body, _ = _divided(plain)
    if _BODY.fullmatch(body) is None:
        return ""
    found = read_number(text)
    if found is not None and found.is_known:
        return found.number[1:]
    digits = re.sub(r"[^0-9]", "", body.replace("(0)", "") if "+" in body else body)
    # The zeros before a number within its country, and of 00: no number is kept with them.
    short = digits.lstrip("0")
    return short if len(short) >= _LEAST_NATIONAL else digits


def _plain(text: str) -> str | None:
    """In ASCII, without a scheme and what cannot be seen; None for what is too long to be a number."""
    if len(text) > WRITTEN_MAX:
        return None
    # The apostrophe with which spreadsheets keep text from being counted as a number.
    plain = "".join(map(_plain_character, text)).strip().removeprefix("'")
    return _SCHEME.sub("", plain, count=1) if _SCHEME.match(plain) else plain


def _plain_character(character: str) -> str:
    if character in _ALIKE:
        return _ALIKE[character]
    if character.isascii():
        return character
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    # Marks of direction, which telephones and spreadsheets copy along, are format characters.
    return {"Zs": " ", "Pd": "-", "Cf": ""}.get(unicodedata.category(character), character)


def _divided(plain: str) -> tuple[str, str]:
    """The number, and its extension."""
    for match in _EXTENSION.finditer(plain):
        if match.end() == len(plain):
            return plain[: match.start()].strip(), match["digits"]
    return plain, ""


def _attempts(body: str, *, region: str | None, is_international: bool) -> Iterator[str]:
    """What the digits may mean, the likeliest first."""
    digits = body.lstrip("( ")
    if digits.startswith("+") or region is not None:
        yield body
    if digits.startswith("00"):
        yield f"+{digits[2:]}"
    elif is_international and not digits.startswith("+"):
        yield f"+{digits}"


def _parsed(text: str, region: str | None) -> tuple[str | None, bool]:
    """In E.164 of today's plan, and whether the plan knows the number; None for what can be no number.

    Possible is enough: a number that its country's plan does not know today, it may know tomorrow. One that can only be
    dialled within its town, such as 555-0199, names no one telephone.
    """
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None, False
    found = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not is_e164(found):
        return None, False
    if phonenumbers.is_valid_number(parsed):
        return found, True
    if (today := renewed(found)) is not None:
        return today, True
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return (found if reason == phonenumbers.ValidationResult.IS_POSSIBLE else None), False
