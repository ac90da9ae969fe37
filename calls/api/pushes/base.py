"""What every endpoint for vendors has in common: the key, the form of errors, and what a push is answered."""

from __future__ import annotations

from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.pushes.documents import CallsIngestCreatedResponse, CallsIngestDedupResponse, CallsIngestDryRunResponse
from calls.reports import FinishedCall, RecordingSource
from calls.selectors.ingest import Known
from calls.services.ingest_call import ingest_call, rehearse_call
from calls.services.pushes.note_refusals import Refusal, note_refusals
from tether_calls.accounts.authentication import IngestKeyAuthentication, bearer_of, ended_key, key_of_request
from tether_calls.accounts.models import User
from tether_calls.common.envelopes import sentence_envelope
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.exception_handler import as_tether_error
from tether_calls.common.observing.metrics import INGESTS

Answer = CallsIngestCreatedResponse | CallsIngestDedupResponse | CallsIngestDryRunResponse


class VendorViewSet(ViewSet):
    """With an API key; errors are always one sentence, and pushes that are refused are logged."""

    authentication_classes = (IngestKeyAuthentication,)
    security_schemes: tuple[str, ...] = ("partnerKey",)
    error_envelope = staticmethod(sentence_envelope)
    unauthorized_message = "Missing or invalid API key"

    # Of the call that is refused, where it could be read.
    refused_call_id = ""
    is_dry_run = False

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        failure = as_tether_error(exc)
        if self.request.method == "POST" and not self.is_dry_run:
            INGESTS.add(str(failure.code))
        # What is our fault is no refusal: it is in the log of the service, and to be sent again.
        if self.request.method == "POST" and not self.is_dry_run and failure.status < 500:
            self._note(failure)
        return response

    def _note(self, failure: TetherError) -> None:
        if failure.code is ErrorCode.UNAUTHORIZED:
            # wall: the signature of the key tells whose it is
            api_key = ended_key(bearer_of(self.request) or "")
        else:
            api_key = key_of_request(self.request)
        if api_key is not None:
            note_refusals(api_key=api_key, refusals=[refusal_of(failure, self.refused_call_id)])


def refusal_of(failure: TetherError, external_call_id: str) -> Refusal:
    field = failure.details[0].path if failure.details else ""
    return Refusal(failure.status, str(failure.code), field, external_call_id)


def push_call(
    *,
    user: User,
    report: FinishedCall,
    recording: RecordingSource | None,
    dry_run: bool,
    known: Known | None = None,
) -> tuple[int, Answer]:
    """Keep a call, or tell what would become of it: status and answer. Raises what `ingest_call` raises."""
    if dry_run:
        there = rehearse_call(user=user, report=report, recording=recording)
        if there is None:
            return 202, CallsIngestDryRunResponse(success=True, dry_run=True)
        return 200, CallsIngestDedupResponse(success=True, deduplicated=True, call_id=there)
    ingested = ingest_call(user=user, report=report, recording=recording, known=known)
    INGESTS.add("deduplicated" if ingested.deduplicated else "created")
    if ingested.contact_id is None or ingested.conversation_id is None:
        return 200, CallsIngestDedupResponse(success=True, deduplicated=True, call_id=ingested.call_id)
    return 201, CallsIngestCreatedResponse(
        success=True,
        call_id=ingested.call_id,
        contact_id=ingested.contact_id,
        conversation_id=ingested.conversation_id,
    )
