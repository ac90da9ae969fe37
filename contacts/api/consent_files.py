"""POST /api/consents/import, GET /api/consents/export: consents as CSV files."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from contacts.api.documents import ConsentFault, ConsentsImportedResponse
from contacts.consent_csv import LINE_MAX, written_consents
from contacts.do_not_call_csv import NotALine, lines_of
from contacts.selectors.consents import consent_rows
from contacts.services.import_consents import import_consents
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayExport
from tether_calls.accounts.sight import sight_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.parsers import RawCsvParser, read_body
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

_REFUSED = {401: CallsErrorResponse, 403: CallsErrorResponse}
_FILE = {"type": "string", "format": "binary", "description": "UTF-8, with a line of names of columns."}
# Of the lines that are no consent, those that are told.
_FAULTS_TOLD = 100


class ConsentImportViewSet(ViewSet):
    """Many consents at once."""

    permission_classes = (MayExport,)
    parser_classes = (RawCsvParser,)

    @extend_schema(
        summary="Keep the consents of a CSV file",
        description=(
            "For department heads and above. The columns phone_number, basis, purpose and obtained_at are needed,"
            " expires_at, revoked_at and evidence are read as well. A line that is no consent is told, and left out."
        ),
        tags=["Contacts"],
        request={"text/csv": _FILE},
        responses={200: ConsentsImportedResponse, 400: CallsErrorResponse, **_REFUSED},
    )
    def create(self, request: Request) -> Response:
        body = read_body(request)
        user = authenticated_user(request)

        try:
            lines = lines_of([body], longest=LINE_MAX)
            outcome = import_consents(
                organization_id=user.home_id, lines=lines, added_by_id=user.pk, sight=sight_of(user)
            )
        except NotALine as fault:
            raise TetherError(ErrorCode.VALIDATION_ERROR, str(fault)) from None

        answer = ConsentsImportedResponse(
            success=True,
            added=outcome.added,
            known=outcome.known,
            revoked=outcome.revoked,
            invalid=outcome.invalid,
            faults=[ConsentFault(line=fault.line, message=fault.message) for fault in outcome.faults[:_FAULTS_TOLD]],
        )

        return Response(answer)


class ConsentExportViewSet(ViewSet):
    """All consents as a file."""

    permission_classes = (MayExport,)

    @extend_schema(
        summary="Read all consents as a CSV file",
        description="For department heads and above. The oldest first; the same file can be imported.",
        tags=["Contacts"],
        responses={(200, "text/csv"): _FILE, **_REFUSED},
    )
    @leaves_access
    def read(self, request: Request) -> StreamingHttpResponse:
        user = authenticated_user(request)

        lines = written_consents(consent_rows(organization_id=user.home_id, sight=sight_of(user)))

        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="consents.csv"'

        hands_out(request, [Accessed(kind=AccessKind.EXPORT)])
        return answer
