"""Numbers of bank accounts: IBANs, written and spoken, and what words say to be an account or its bank."""

from __future__ import annotations

import re
from typing import Final

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.checks import IBAN_LENGTHS, is_iban, is_routing_number
from tether_calls.common.redaction.found import Found, take
from tether_calls.common.redaction.parts import LONGEST_ACCOUNT, Part, country_of, is_told
from tether_calls.common.redaction.stream import Conversation, Run

_SHORTEST_ACCOUNT: Final = 5
# Where one may begin; characters of the longest, with a blank or a dash before each.
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}[ -]?\d\d")
_LONGEST_IBAN: Final = 64


def ibans(turn: int, text: str, found: Found) -> None:
    """Written ones, in one piece or in groups."""
    for match in _IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match.group()[:2].upper())
        letters = ""
        for place in range(match.start(), min(match.start() + _LONGEST_IBAN, len(text))) if length else ():
            if text[place].isalnum() and text[place].isascii():
                letters += text[place].upper()
            elif text[place] not in " -":
                break
            if len(letters) == length:
                if is_iban(letters):
                    found.add(RedactedKind.BANK, [(turn, match.start(), place + 1)])
                break


def banks(conversation: Conversation, run: Run, part: Part, found: Found) -> None:
    """Routing and account numbers where words say so; IBANs that are spoken, by their check digits."""
    first, last, digits = part
    country = country_of(run, first)
    if country is not None and is_iban(f"{country}{digits}"):
        take(run, first, last, RedactedKind.BANK, conversation, found)
        return
    if not _SHORTEST_ACCOUNT <= len(digits) <= LONGEST_ACCOUNT:
        return
    is_routing = is_routing_number(digits) and is_told(conversation, run, first, last, "routing")
    is_account = is_told(conversation, run, first, last, "bank") and is_told(conversation, run, first, last, "account")
    if is_routing or is_account:
        take(run, first, last, RedactedKind.BANK, conversation, found)
