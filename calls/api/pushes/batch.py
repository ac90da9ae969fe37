"""POST /api/calls/ingest/batch."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
from django.db import connection
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.ingest_body import ingest_body_limit, parse_call
from calls.api.ingest_faults import external_call_id_in
from calls.api.pushes.base import VendorViewSet, push_call, refusal_of
from calls.api.pushes.batch_body import Batch, CallsIngestBatchRequest
from calls.api.pushes.documents import (
    CallsIngestBatchResponse,
    CallsIngestErrorResponse,
    IngestedResult,
)
from calls.api.pushes.queries import PushQuery, is_dry_run
from calls.services.pushes.note_refusals import Refusal, note_refusals
from tether_calls.accounts.authentication import authenticated_user, key_of_request
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.exception_handler import failure_of
from tether_calls.common.observing.metrics import INGESTS
from tether_calls.common.parsers import RawJsonParser, read_body
from tether_calls.common.wire import UNSET

# After so long no further call of a batch is begun: a hundred slow file servers would hold a thread for two hours.
BATCH_SECONDS = 90.0


class IngestBatchViewSet(VendorViewSet):
    """Many calls."""

    parser_classes = (RawJsonParser,)

    @property
    def body_limit(self) -> int:
        return ingest_body_limit()

    @extend_schema(
        summary="Ingest up to 100 externally completed calls",
        description=(
            "Calls as `POST /api/calls/ingest` takes them, each kept or refused for itself, in order. `results` has an"
            " answer for each, in the same order: the `status` and the fields that it would have got alone. With"
            " `?dryRun=true` nothing is kept: `status` is 202 where a call would be."
        ),
        tags=["Calls"],
        parameters=[PushQuery],
        request=CallsIngestBatchRequest,
        responses={
            200: CallsIngestBatchResponse,
            400: CallsIngestErrorResponse,
            401: CallsIngestErrorResponse,
        },
    )
    def create(self, request: Request) -> Response:
        self.is_dry_run = is_dry_run(request)
        batch = Batch(read_body(request))

        refusals: list[Refusal] = []
        results = list(self._pushed(request, batch, refusals))
        if not self.is_dry_run:
            note_refusals(api_key=key_of_request(request), refusals=refusals)

        answer = CallsIngestBatchResponse(success=True, results=results, dry_run=self.is_dry_run or UNSET)

        return Response(answer)

    def _pushed(self, request: Request, batch: Batch, refusals: list[Refusal]) -> Iterator[IngestedResult]:
        user, dry_run = authenticated_user(request), self.is_dry_run
        until = time.monotonic() + BATCH_SECONDS
        rehearsed: dict[str, int] = {}
        for position, call in enumerate(batch.calls):
            try:
                # The first at any rate, so that a client that sends the rest again comes to an end.
                if position and time.monotonic() > until:
                    raise TetherError(ErrorCode.BATCH_OUT_OF_TIME)
                report, recording = parse_call(call, batch.escapes)
                before = rehearsed.get(report.external_call_id or "")
                if before is not None:
                    yield IngestedResult(status=200, success=True, deduplicated=True, repeats=before)
                    continue
                status, answer = push_call(user=user, report=report, recording=recording, dry_run=dry_run)
                if status == 202 and report.external_call_id is not None:
                    rehearsed[report.external_call_id] = position
                yield IngestedResult(status=status, **msgspec.structs.asdict(answer))
            except Exception as error:
                failure = failure_of(error, raised_by=type(self), request=request._request)
                if not dry_run:
                    INGESTS.add(str(failure.code))
                yield IngestedResult(
                    status=failure.status, success=False, error=failure.message, code=str(failure.code)
                )
                if failure.status < 500:
                    refusals.append(refusal_of(failure, external_call_id_in(call)))
                elif not connection.in_atomic_block:
                    # One that is broken would be broken for the rest of the calls as well.
                    connection.close_if_unusable_or_obsolete()
