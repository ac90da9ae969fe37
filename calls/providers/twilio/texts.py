"""What Twilio tells of text messages, in our words: https://www.twilio.com/docs/messaging/guides"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from calls.providers.bodies import PayloadError, parse_pairs
from calls.providers.reading import channel, number, our_id, party, phone, required_identifier, text, word
from calls.providers.texts import (
    NOT_DELIVERED,
    IncomingText,
    OptWord,
    TextProblem,
    TextReport,
    TextStatus,
    TextToSend,
)
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.redaction.mask import redacted_bytes, redacted_text

# The parameter of our addresses in which our id of a text comes back.
MESSAGE_ID_PARAMETER: Final = "messageId"
# Where the texts that we send are reported, after /api/webhook/.
STATUS_PATH: Final = "twilio/sms-status"
_CODE: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
# Longer than any text in parts that a carrier takes.
_MOST_CHARACTERS: Final = 10_000

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
STATUSES: Final = {
    "accepted": TextStatus.QUEUED,
    "scheduled": TextStatus.QUEUED,
    "queued": TextStatus.QUEUED,
    "sending": TextStatus.QUEUED,
    "sent": TextStatus.SENT,
    "partially_delivered": TextStatus.SENT,
    "delivered": TextStatus.DELIVERED,
    "read": TextStatus.DELIVERED,
    "undelivered": TextStatus.UNDELIVERED,
    "failed": TextStatus.FAILED,
    "canceled": TextStatus.FAILED,
}

# Codes of refusals and of callbacks alike: https://www.twilio.com/docs/api/errors. Twilio splits codes now and then, so
# they are grouped, and one without a row is a provider's error.
_CODES: Final = {
    TextProblem.OPTED_OUT: "21610 63014",
    TextProblem.CANNOT_RECEIVE: "30006 21614 21635",
    TextProblem.INVALID_NUMBER: "21211 21217 21604 30005 30014",
    TextProblem.UNREACHABLE: "30001 30003 30008 30017 30410",
    TextProblem.BLOCKED: "30004 30007 30450",
    TextProblem.SENDER_REFUSED: (
        "21212 21408 21603 21606 21612 21659 21660 21661 21701 21703 30018 30024 30032 30033 30034 30035"
    ),
    TextProblem.LIMIT_REACHED: "14107 20429 21611 30022 30023 30027",
    TextProblem.CONTENT_REFUSED: "21602 21617 21619 21620 30019",
    TextProblem.ACCOUNT_PROBLEM: "10001 20003 30002",
}
_PROBLEMS: Final = {code: problem for problem, codes in _CODES.items() for code in codes.split()}

# One of these and nothing else is answered by Twilio itself, on long codes and toll-free numbers, which also keeps from
# sending to who has said STOP: https://help.twilio.com/articles/223134027
_ANSWERED: Final = frozenset(
    [
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "START",
        "YES",
        "UNSTOP",
        "HELP",
        "INFO",
    ]
)
# Where an organization has keywords of its own: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
_OPT_OUT_TYPES: Final = {word.value: word for word in OptWord}


def text_status_url(sent: TextToSend) -> str:
    """Empty where nothing is to be reported."""
    if sent.reports_to is None:
        return ""
    return f"{sent.reports_to}/api/webhook/{STATUS_PATH}?{MESSAGE_ID_PARAMETER}={sent.message_id}"


def problem_of(code: str) -> TextProblem | None:
    """What a code of an error means; None where it has no row."""
    return _PROBLEMS.get(code)


def problem_of_status(status: TextStatus | None, code: str) -> TextProblem | None:
    """Why a text did not arrive; None where it has, or may have."""
    if status not in NOT_DELIVERED:
        return None
    return problem_of(code) or TextProblem.PROVIDER_ERROR


def code_of(value: object) -> str:
    """A code as text: callbacks have digits, the API numbers."""
    found = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return found if _CODE.fullmatch(found) else ""


def read_text_status(form: Mapping[str, Any], *, message_id: object) -> TextReport:
    """StatusCallback: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status

    Raises PayloadError.
    """
    status = STATUSES.get(word(form.get("MessageStatus") or form.get("SmsStatus")))
    code = code_of(form.get("ErrorCode"))
    return TextReport(
        provider_message_id=required_identifier(form.get("MessageSid") or form.get("SmsSid"), "MessageSid"),
        message_id=our_id(message_id),
        status=status,
        problem=problem_of_status(status, code),
        provider_code=code,
    )


def read_incoming_text(form: Mapping[str, Any]) -> IncomingText:
    """https://www.twilio.com/docs/messaging/guides/webhook-request - raises PayloadError."""
    content = text(form.get("Body"), _MOST_CHARACTERS) or ""
    opt_out_type = _OPT_OUT_TYPES.get(word(form.get("OptOutType")))
    return IncomingText(
        provider_message_id=required_identifier(form.get("MessageSid") or form.get("SmsSid"), "MessageSid"),
        # Of other channels, such as WhatsApp, no text comes.
        from_number=None if channel(form.get("From"), form.get("To")) else party(form.get("From")),
        to_number=required_identifier(phone(form.get("To")) or party(form.get("To")), "To"),
        content=content,
        media_count=min(int(number(form.get("NumMedia")) or 0), 100),
        opt_word=opt_out_type,
        is_answered=opt_out_type is not None or content.strip().upper() in _ANSWERED,
    )


def redacted_text_form(body: bytes, kinds: Kinds) -> bytes:
    """The form with what the person has written redacted; as it is where it is no form."""
    try:
        pairs = parse_pairs(body)
    except PayloadError:
        return redacted_bytes(body, kinds)
    redacted = [(name, redacted_text(value, kinds) if name == "Body" else value) for name, value in pairs]
    return urlencode(redacted).encode()
