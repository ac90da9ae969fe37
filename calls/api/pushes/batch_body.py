"""The body of POST /api/calls/ingest/batch: up to a hundred calls, each of which is right or wrong for itself."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from calls.api.ingest_body import Escapes
from calls.api.ingest_faults import decoded, invalid_field
from calls.api.ingest_request import CallsIngestExternalCallRequest
from tether_calls.common.errors import ErrorCode
from tether_calls.common.parsers import without_mark
from tether_calls.common.wire import WireStruct

MAX_CALLS = 100


class CallsIngestBatchRequest(WireStruct):
    """Calls as `POST /api/calls/ingest` takes them one by one."""

    example: ClassVar[dict[str, Any]] = {
        "calls": [
            CallsIngestExternalCallRequest.example,
            {
                "direction": "inbound",
                "fromNumber": "+14165550199",
                "toNumber": "+14165550100",
                "duration": 0,
                "status": "busy",
                "externalCallId": "vendor-call-abc124",
            },
        ]
    }

    calls: Annotated[
        list[CallsIngestExternalCallRequest],
        msgspec.Meta(
            max_length=MAX_CALLS, description="Each is kept or refused for itself, in this order, whatever the others."
        ),
    ]


# An array's elements are its fields: those beyond the last are skipped, where a list would make an object of each of
# the forty million zeros that a body has room for.
_Calls: Any = msgspec.defstruct(
    "_Calls",
    [(f"call_{n}", msgspec.Raw, msgspec.field(default_factory=msgspec.Raw)) for n in range(MAX_CALLS + 1)],
    array_like=True,
)
_Batch: Any = msgspec.defstruct("_Batch", [("calls", _Calls)])
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Batch)


class Batch:
    """The calls of a batch where they lie in the body, undecoded; `escapes`: those that one of them may have."""

    def __init__(self, body: bytes) -> None:
        """Raises MALFORMED_JSON, VALIDATION_ERROR, PAYLOAD_TOO_LARGE: what is wrong with the whole."""
        batch = decoded(_decoder, without_mark(body))
        self.calls: list[msgspec.Raw] = [call for call in msgspec.structs.astuple(batch.calls) if memoryview(call)]
        self.escapes = Escapes.in_body(body)
        if len(self.calls) > MAX_CALLS:
            raise invalid_field("calls", f"more than {MAX_CALLS} calls", code=ErrorCode.PAYLOAD_TOO_LARGE)
