"""How an error looks on the wire; each API has its envelope, and a view names the one it speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tether_calls.common.errors import ErrorCode, TetherError

Envelope = Callable[[TetherError], dict[str, Any]]


def tether_envelope(error: TetherError) -> dict[str, Any]:
    """`CallsErrorResponse`: an object with details for a request that fails validation, else a sentence and a code."""
    if error.code is ErrorCode.VALIDATION_ERROR:
        details = [{"path": detail.path, "message": detail.message} for detail in error.details]
        return {
            "success": False,
            "error": {"code": str(error.code), "message": error.message, "details": details},
            "code": str(error.code),
        }
    return {**sentence_envelope(error), **error.more}


def sentence_envelope(error: TetherError) -> dict[str, Any]:
    """`CallsIngestErrorResponse`: the error is always a sentence."""
    return {"success": False, "error": error.message, "code": str(error.code)}


# Of requests that reach no view, by the beginning of the path; an app adds its own when it starts.
_BY_PATH: dict[str, Envelope] = {}


def set_envelope_below(prefix: str, envelope: Envelope) -> None:
    """Errors of requests for `prefix`, or below it, that reach no view are answered in this envelope."""
    _BY_PATH[prefix] = envelope


def envelope_at(path: str) -> Envelope:
    """The envelope for a request that reaches no view."""
    for prefix, envelope in _BY_PATH.items():
        if path == prefix or path.startswith(f"{prefix}/"):
            return envelope
    return sentence_envelope
