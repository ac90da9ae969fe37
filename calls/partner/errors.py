"""Errors as partners get them: flat, with words in snake_case; docs/partners.md lists them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from contacts.services.may_call import CallRefused
from tether_calls.accounts.wallet import InsufficientFunds
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, SnakeStruct, Timestamp, UnsetType

SERVER_ERROR = "server_error"

Amount = Annotated[str, msgspec.Meta(description="Decimal.")]

# Where the partners' word is another than ours in lower case. All faults of ours are SERVER_ERROR.
_WORDS: dict[ErrorCode, str] = {
    ErrorCode.UNAUTHORIZED: "invalid_key",
    ErrorCode.FORBIDDEN: "permission_denied",
    ErrorCode.MALFORMED_JSON: "invalid_json",
    ErrorCode.VALIDATION_ERROR: "invalid_request",
    ErrorCode.BAD_REQUEST: "invalid_request",
    ErrorCode.CALL_NOT_FOUND: "not_found",
    ErrorCode.CONTACT_NOT_FOUND: "not_found",
    ErrorCode.MESSAGE_NOT_FOUND: "not_found",
    ErrorCode.WEBHOOK_NOT_FOUND: "not_found",
    ErrorCode.SCHEDULED_CALL_NOT_FOUND: "not_found",
    ErrorCode.VARIABLE_NOT_FOUND: "not_found",
    ErrorCode.TOO_MANY_REQUESTS: "rate_limit_exceeded",
    # To a client it is the same: not now, but after Retry-After.
    ErrorCode.OUTBOUND_IN_FLIGHT: "rate_limit_exceeded",
    ErrorCode.DIAL_LIMIT_REACHED: "rate_limit_exceeded",
    ErrorCode.TEXT_LIMIT_REACHED: "rate_limit_exceeded",
}
# Where the partners' status is another one than ours.
_STATUSES: dict[ErrorCode, int] = {
    ErrorCode.INSUFFICIENT_FUNDS: 402,
    ErrorCode.DO_NOT_CALL: 403,
    ErrorCode.NUMBER_TYPE_NOT_ALLOWED: 403,
    ErrorCode.OUTSIDE_CALLING_HOURS: 403,
    ErrorCode.CONSENT_MISSING: 403,
    ErrorCode.TOO_MANY_ATTEMPTS: 403,
    ErrorCode.AGENT_NOT_COMPLIANT: 403,
    ErrorCode.RULE_PACK_UNKNOWN: 403,
}


class PartnerError(SnakeStruct):
    """An error: a word to decide by, and a sentence for people."""

    error: str
    message: str


class PartnerCallError(PartnerError):
    """Of a call that is refused by a rule that time mends: from when on nothing is in the way, as far as is known."""

    next_allowed_at: Timestamp | UnsetType = UNSET


class PartnerFundsError(PartnerError):
    """insufficient_funds: what is there, and what the first minute costs."""

    current_balance: Amount
    required_rate: Amount
    currency: Annotated[str, msgspec.Meta(description="ISO 4217.")]


def status_of(error: TetherError) -> int:
    return _STATUSES.get(error.code, error.status)


def word_of(error: TetherError) -> str:
    return SERVER_ERROR if error.status >= 500 else _WORDS.get(error.code, error.code.lower())


def partner_envelope(error: TetherError) -> dict[str, Any]:
    flat = {"error": word_of(error), "message": error.message}
    if isinstance(error, InsufficientFunds):
        flat |= {
            "current_balance": error.current_balance,
            "required_rate": error.required_rate,
            "currency": error.currency,
        }
    if isinstance(error, CallRefused) and error.next_allowed_at is not None:
        flat["next_allowed_at"] = to_wire(error.next_allowed_at)
    return flat
