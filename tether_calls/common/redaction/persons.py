"""Social security and social insurance numbers."""

from __future__ import annotations

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.checks import (
    is_french_social_security_number,
    is_social_insurance_number,
    is_social_security_number,
)
from tether_calls.common.redaction.found import Found, take
from tether_calls.common.redaction.parts import Part, form_of, is_of_something_else, is_told
from tether_calls.common.redaction.stream import Conversation, Run

# How nine digits are written that are a person's number.
_SSN_FORM, _SIN_FORM = (3, 2, 4), (3, 3, 3)


def persons(conversation: Conversation, run: Run, part: Part, found: Found) -> None:
    """Social security and social insurance numbers: by their form where they are written so, else by words near by."""
    first, last, digits = part
    if len(digits) == 15 and is_french_social_security_number(digits):
        take(run, first, last, RedactedKind.SSN_SIN, conversation, found)
        return
    if len(digits) != 9:
        return
    is_american, is_canadian = is_social_security_number(digits), is_social_insurance_number(digits)
    if not is_american and not is_canadian:
        return
    form, between = form_of(conversation, run, first, last)
    is_written = (is_american and form == _SSN_FORM and between == {"-"}) or (is_canadian and form == _SIN_FORM)
    if (is_written and not is_of_something_else(conversation, run, first)) or is_told(
        conversation, run, first, last, "ssn_sin"
    ):
        take(run, first, last, RedactedKind.SSN_SIN, conversation, found)
