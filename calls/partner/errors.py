"""Errors as partners get them: flat, with words in snake_case; docs/partners.md lists them."""

from __future__ import annotations

from typing import Any

from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.wire import SnakeStruct

SERVER_ERROR = "server_error"

# Where the partners' word is another than ours in lower case. Faults of ours are SERVER_ERROR, whatever they are.
_WORDS: dict[ErrorCode, str] = {
    ErrorCode.UNAUTHORIZED: "invalid_key",
    ErrorCode.FORBIDDEN: "permission_denied",
    ErrorCode.MALFORMED_JSON: "invalid_json",
    ErrorCode.VALIDATION_ERROR: "invalid_request",
    ErrorCode.BAD_REQUEST: "invalid_request",
    ErrorCode.CALL_NOT_FOUND: "not_found",
    ErrorCode.CONTACT_NOT_FOUND: "not_found",
    ErrorCode.WEBHOOK_NOT_FOUND: "not_found",
    ErrorCode.TOO_MANY_REQUESTS: "rate_limit_exceeded",
}


class PartnerError(SnakeStruct):
    """An error: a word to decide by, and a sentence for people."""

    error: str
    message: str


def word_of(error: TetherError) -> str:
    return SERVER_ERROR if error.status >= 500 else _WORDS.get(error.code, error.code.lower())


def partner_envelope(error: TetherError) -> dict[str, Any]:
    return {"error": word_of(error), "message": error.message}
