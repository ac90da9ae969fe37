"""Telephone numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import phonenumbers

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.found import Found, take
from tether_calls.common.redaction.parts import Part, form_of, is_of_something_else, is_told
from tether_calls.common.redaction.stream import Conversation, Run

_REGIONS: Final = ("US", "CA", "FR", "ES", "MX", "GB", "DE")
# How they are written: so many digits stand together.
_PHONE_FORMS: Final = frozenset(
    {(3, 3, 4), (1, 3, 3, 4), (3, 7), (2, 2, 2, 2, 2), (3, 2, 2, 2), (3, 3, 3), (3, 4), (3, 3, 2, 2)}
)


def phones(conversation: Conversation, run: Run, part: Part, found: Found) -> None:
    """With a plus; else where words say so, or it is written like one and may be one somewhere."""
    first, last, digits = part
    if not 7 <= len(digits) <= 15:
        return
    token = run.place(first)
    text = conversation.turns[token.turn][1]
    if text[max(0, token.begin - 2) : token.begin].rstrip("(").endswith("+"):
        if _is_phone(f"+{digits}", None):
            take(run, first, last, RedactedKind.PHONE, conversation, found)
        return
    if is_of_something_else(conversation, run, first):
        return
    is_said = is_told(conversation, run, first, last, "phone")
    form, _ = form_of(conversation, run, first, last)
    is_written = form in _PHONE_FORMS and len(digits) >= 9
    if len(digits) < 9:
        is_known = is_said and (form in _PHONE_FORMS or len(digits) == 7)
    elif is_said:
        is_known = len(digits) == 10 or any(_is_phone(digits, region) for region in _REGIONS)
    elif is_written or len(digits) == 10:
        is_known = any(_is_phone(digits, region) for region in _REGIONS)
    else:
        is_known = len(digits) == 11 and digits[0] == "1" and _is_phone(digits, "US")
    if is_known:
        take(run, first, last, RedactedKind.PHONE, conversation, found)


@lru_cache(maxsize=1024)
def _is_phone(digits: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False
