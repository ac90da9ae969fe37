"""What Sinch tells of text messages, in our words: https://developers.sinch.com/docs/sms/api-reference/sms/"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from calls.providers.bodies import PayloadError
from calls.providers.endpoint import Incoming
from calls.providers.reading import fields, our_id, party, phone, required_fields, required_identifier, text, word
from calls.providers.texts import (
    NOT_DELIVERED,
    IncomingText,
    SentText,
    TextNews,
    TextProblem,
    TextReport,
    TextStatus,
    TextToSend,
)
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.redaction.mask import redacted_bytes, redacted_json

# The parameter of our addresses by which a callback names the account: nothing else in it does.
ACCOUNT_PARAMETER: Final = "account"
# Where texts come in, and where those that we send are reported, after /api/webhook/.
TEXTS_PATH: Final = "sinch/sms"
REPORTS_PATH: Final = "sinch/delivery-receipt"

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_MOST_CHARACTERS: Final = 10_000
# In a body this begins a parameter, and what has no value for it is refused once it is taken.
_PARAMETER: Final = "${"

# Spelled in several ways in their documents; by lower case.
STATUSES: Final = {
    "queued": TextStatus.QUEUED,
    "dispatched": TextStatus.SENT,
    "unknown": TextStatus.SENT,
    "delivered": TextStatus.DELIVERED,
    "rejected": TextStatus.FAILED,
    "aborted": TextStatus.FAILED,
    "cancelled": TextStatus.FAILED,
    "canceled": TextStatus.FAILED,
    "failed": TextStatus.UNDELIVERED,
    "expired": TextStatus.UNDELIVERED,
    "deleted": TextStatus.UNDELIVERED,
}
# https://developers.sinch.com/docs/sms/api-reference/error-codes - a code of its own before the range that it is in.
_NAMED: Final = {
    TextProblem.OPTED_OUT: (61,),
    TextProblem.CANNOT_RECEIVE: (150,),
    TextProblem.INVALID_NUMBER: (100, 152, 205, *range(300, 305)),
    TextProblem.UNREACHABLE: (153, 158, 159, 201, 202, 203, 210, 404, 406),
    TextProblem.BLOCKED: (15, 16, 19, 60, 62, 63, 65, 66, 67, 151, *range(250, 258)),
    TextProblem.SENDER_REFUSED: (310, 311, 312, 402, 408, 410, 412),
    TextProblem.LIMIT_REACHED: (64,),
    TextProblem.CONTENT_REFUSED: (405, 411),
    TextProblem.ACCOUNT_PROBLEM: (413,),
}
_PROBLEMS: Final = {code: problem for problem, codes in _NAMED.items() for code in codes}
# What refuses a batch: https://developers.sinch.com/docs/sms/api-reference/status-codes
_REFUSALS: Final = {
    "syntax_invalid_json": TextProblem.PROVIDER_ERROR,
    "syntax_invalid_parameter_format": TextProblem.INVALID_NUMBER,
    "syntax_constraint_violation": TextProblem.CONTENT_REFUSED,
}


def is_a_template(content: str) -> bool:
    """Whether Sinch would look for parameters in a text, and refuse it."""
    return _PARAMETER in content


def batch_of(sent: TextToSend, *, account: str) -> dict[str, Any]:
    """The body of POST batches: one text to one number, each change of it reported.

    https://developers.sinch.com/docs/sms/api-reference/sms/tag/Batches/#tag/Batches/operation/SendSMS
    """
    batch: dict[str, Any] = {
        "from": sent.from_number.removeprefix("+"),
        "to": [sent.to_number.removeprefix("+")],
        "body": sent.content,
        "client_reference": sent.message_id,
        "delivery_report": "per_recipient" if sent.reports_to is not None else "none",
    }
    if sent.reports_to is not None:
        query = urlencode({ACCOUNT_PARAMETER: account})
        batch["callback_url"] = f"{sent.reports_to}/api/webhook/{REPORTS_PATH}?{query}"
    return batch


def read_batch(body: object) -> SentText:
    """What POST batches answers. Raises PayloadError."""
    data = required_fields(body, "The batch")
    return SentText(provider_message_id=required_identifier(data.get("id"), "id"), status=TextStatus.QUEUED)


def refusal_of(code: str) -> TextProblem | None:
    """Why a batch was refused; None where its code has no row."""
    return _REFUSALS.get(code)


def account_named(value: object) -> str | None:
    """The account that an address names."""
    return value if isinstance(value, str) and _ACCOUNT.fullmatch(value) else None


def read_callback(body: object) -> tuple[str, TextNews | None]:
    """The type of a callback, and what it tells; of a type that we do not know, nothing. Raises PayloadError.

    https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks/
    """
    data = required_fields(body, "The body")
    kind = word(data.get("type"))
    if not kind:
        raise PayloadError("type is missing")
    if kind in ("mo_text", "mo_binary", "mo_media"):
        return kind, _incoming(kind, data)
    if kind == "recipient_delivery_report_sms":
        return kind, _report(data, data)
    if kind == "delivery_report_sms":
        statuses = data.get("statuses")
        # We send to one number at a time.
        first = fields(statuses[0]) if isinstance(statuses, list) and statuses else {}
        return kind, _report(data, first)
    return kind, None


def _report(batch: Mapping[str, Any], of_recipient: Mapping[str, Any]) -> TextReport:
    status = STATUSES.get(word(of_recipient.get("status")))
    code = of_recipient.get("code")
    known = code if isinstance(code, int) and not isinstance(code, bool) and 0 <= code < 100_000 else None
    problem = _PROBLEMS.get(known, TextProblem.PROVIDER_ERROR) if known is not None else TextProblem.PROVIDER_ERROR
    return TextReport(
        provider_message_id=required_identifier(batch.get("batch_id"), "batch_id"),
        message_id=our_id(batch.get("client_reference")),
        status=status,
        problem=problem if status in NOT_DELIVERED else None,
        provider_code=str(known) if known is not None and status in NOT_DELIVERED else "",
    )


def _incoming(kind: str, data: Mapping[str, Any]) -> IncomingText:
    body = data.get("body")
    media = fields(body).get("media")
    content = text(fields(body).get("message") if kind == "mo_media" else body, _MOST_CHARACTERS) or ""
    return IncomingText(
        provider_message_id=required_identifier(data.get("id"), "id"),
        from_number=party(data.get("from")),
        to_number=required_identifier(phone(data.get("to")) or party(data.get("to")), "to"),
        # Of a binary one, nothing that could be read.
        content="" if kind == "mo_binary" else content,
        media_count=min(len(media), 100) if isinstance(media, list) else 0,
    )


def redacted_callback(incoming: Incoming, kinds: Kinds) -> bytes:
    """The callback with what the person has written redacted; as it is where it is none."""
    try:
        data = incoming.json
    except PayloadError:
        return redacted_bytes(incoming.body, kinds)
    if not isinstance(data, dict) or "body" not in data:
        return incoming.body
    return json.dumps({**data, "body": redacted_json(data["body"], kinds)}).encode()
