"""Documents that every part of the API answers with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct

_SENTENCE_OR_OBJECT = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "details": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
            },
            "additionalProperties": True,
        },
    ]
}


class DoneResponse(WireStruct):
    """It is done, and there is nothing to show of it."""

    success: Literal[True]
    message: str


class CallsErrorResponse(WireStruct):
    """An error: a sentence with a code beside it, or, for a request that fails validation, an object with details."""

    success: Literal[False] | UnsetType = UNSET
    error: Annotated[Any, msgspec.Meta(extra_json_schema=_SENTENCE_OR_OBJECT)] = UNSET
    code: Annotated[str, msgspec.Meta(description="Stable; docs/errors.md lists them.")] | UnsetType = UNSET
    next_allowed_at: (
        Annotated[Timestamp, msgspec.Meta(description="From when on a call would be permitted, where time mends it.")]
        | UnsetType
    ) = UNSET
