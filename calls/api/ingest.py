"""POST /api/calls/ingest."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.ingest_body import ingest_body_limit, parse_ingest_body
from calls.api.ingest_faults import external_call_id_in
from calls.api.ingest_request import CallsIngestExternalCallRequest
from calls.api.pushes.base import VendorViewSet, push_call
from calls.api.pushes.documents import CallsIngestCreatedResponse, CallsIngestDedupResponse, CallsIngestErrorResponse
from calls.api.pushes.queries import is_dry_run
from calls.reports import FinishedCall, RecordingSource
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.in_front import raise_failure_in_front
from tether_calls.common.parsers import RawJsonParser, decode_body


class IngestViewSet(VendorViewSet):
    """One call."""

    security_schemes = ("bearerAuth",)
    parser_classes = (RawJsonParser,)
    as_specified = ("create",)

    @property
    def body_limit(self) -> int:
        return ingest_body_limit()

    @extend_schema(
        summary="Ingest an externally completed call",
        description=(
            "For systems that make calls elsewhere and hand them over when they are over. Authenticated by an API key"
            " (`GET /api/user/api-key`), not by a JWT. A repeated `externalCallId` returns the call that is there"
            " already. Emits `call_initiated`, `call_ended`, `call_recording_ready` and `fetch_messages`."
            " With `?dryRun=true` nothing is kept: `202` where the call would be, else what it would be answered."
        ),
        tags=["Calls"],
        request=CallsIngestExternalCallRequest,
        responses={
            200: CallsIngestDedupResponse,
            201: CallsIngestCreatedResponse,
            400: CallsIngestErrorResponse,
            401: CallsIngestErrorResponse,
            500: CallsIngestErrorResponse,
        },
    )
    def create(self, request: Request) -> Response:
        self.is_dry_run = is_dry_run(request)
        report, recording = decode_body(request, self._call_in)
        user = authenticated_user(request)

        status, answer = push_call(user=user, report=report, recording=recording, dry_run=self.is_dry_run)

        return Response(answer, status=status)

    def _call_in(self, body: bytes) -> tuple[FinishedCall, RecordingSource | None]:
        """And for the log of what is refused: the vendor's identifier of the call, wrong as the rest may be."""
        try:
            raise_failure_in_front(self.request.META)
            report, recording = parse_ingest_body(body)
        except Exception:
            self.refused_call_id = external_call_id_in(body)
            raise
        self.refused_call_id = report.external_call_id or ""
        return report, recording
