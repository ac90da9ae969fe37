"""POST /api/calls/ingest."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import CallsIngestCreatedResponse, CallsIngestDedupResponse, CallsIngestErrorResponse
from calls.api.ingest_body import CallsIngestExternalCallRequest, ingest_body_limit, parse_ingest_body
from calls.services.ingest_call import ingest_call
from tether_calls.accounts.authentication import IngestKeyAuthentication, authenticated_user
from tether_calls.common.envelopes import sentence_envelope
from tether_calls.common.parsers import RawJsonParser, read_body


class IngestViewSet(ViewSet):
    """For vendors, with an API key; its errors are always one sentence."""

    authentication_classes = (IngestKeyAuthentication,)
    parser_classes = (RawJsonParser,)
    error_envelope = staticmethod(sentence_envelope)
    as_specified = ("create",)
    unauthorized_message = "Missing or invalid API key"

    @property
    def body_limit(self) -> int:
        return ingest_body_limit()

    @extend_schema(
        summary="Ingest an externally completed call",
        description=(
            "For systems that make calls elsewhere and hand them over when they are over. Authenticated by an API key"
            " (`GET /api/user/api-key`), not by a JWT. A repeated `externalCallId` returns the call that is there"
            " already. Emits `call_initiated`, `call_ended`, `call_recording_ready` and `fetch_messages`."
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
        report, recording = parse_ingest_body(read_body(request))

        ingested = ingest_call(user=authenticated_user(request), report=report, recording=recording)

        if ingested.contact_id is None or ingested.conversation_id is None:
            found = CallsIngestDedupResponse(success=True, deduplicated=True, call_id=ingested.call_id)
            return Response(found, status=200)
        created = CallsIngestCreatedResponse(
            success=True,
            call_id=ingested.call_id,
            contact_id=ingested.contact_id,
            conversation_id=ingested.conversation_id,
        )
        return Response(created, status=201)
