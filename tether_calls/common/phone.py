"""Telephone numbers in E.164."""

from __future__ import annotations

import re

import phonenumbers

_WRITTEN_NUMBER = re.compile(r"\+?[0-9 ()./-]+")

E164 = re.compile(r"\+[1-9][0-9]{1,14}")


def is_e164(text: str) -> bool:
    """Whether `text` has the shape of E.164: enough for a call that did take place."""
    return E164.fullmatch(text) is not None


def normalized(text: str) -> str:
    """A telephone number as people write it, without what they put between its digits; other text as it is."""
    if _WRITTEN_NUMBER.fullmatch(text) is None:
        return text
    return re.sub(r"[^+0-9]", "", text)


def is_dialable(text: str) -> bool:
    """Whether `text` is E.164 and a number that its country's plan knows: required before dialling."""
    if not is_e164(text):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, None))
    except phonenumbers.NumberParseException:
        return False  # of no country, or too short to be one's
