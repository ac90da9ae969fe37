"""GET /api/access and GET /api/calls/{callId}/access: who has heard and read what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.selectors.access.call_access import accesses_of_call
from tether_calls.accounts.api.trail_queries import AccessQuery, TrailPageQuery
from tether_calls.accounts.api.trails import ActorDocument, actor_document
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayReadTrails
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset
from tether_calls.trails.models import AccessEntry, AccessKind
from tether_calls.trails.selectors.trail import TrailPage, trail_page

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse, 403: CallsErrorResponse}

if TYPE_CHECKING:
    _Kind: TypeAlias = str
else:
    _Kind = Literal[tuple(AccessKind.values)]


class AccessDocument(WireStruct):
    """An entry of the access log: a transcript or a recording was read, heard or handed out; without empty values."""

    id: str = msgspec.field(name="_id")
    kind: _Kind
    actor: ActorDocument
    at: Timestamp
    call_id: str | UnsetType = UNSET
    recording_id: str | UnsetType = UNSET
    export_id: str | UnsetType = UNSET
    ip: str | UnsetType = UNSET
    reason: Annotated[str, msgspec.Meta(description="Of the platform's staff: why.")] | UnsetType = UNSET


class AccessPageResponse(WireStruct):
    """One page, newest first; without `nextCursor` it is the last one."""

    success: Literal[True]
    data: list[AccessDocument]
    next_cursor: str | UnsetType = UNSET


class AccessViewSet(ViewSet):
    """The access log of the user's organization."""

    permission_classes = (MayReadTrails,)

    @extend_schema(
        summary="List who has heard and read what was said",
        description="Newest first. For administrators.",
        tags=["Access"],
        parameters=[AccessQuery],
        responses={200: AccessPageResponse, **_REFUSED},
    )
    @may_read_replica
    def list(self, request: Request) -> Response:
        query = AccessQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        page = trail_page(
            AccessEntry,
            organization_id=authenticated_user(request).home_id,
            wanted=query.wanted,
            limit=values["limit"],
            before=values.get("cursor"),
        )

        return Response(_answer(page))

    @extend_schema(
        summary="List who has heard and read one call",
        description="Newest first; also of a call that has been deleted since. For administrators.",
        tags=["Access"],
        parameters=[TrailPageQuery],
        responses={200: AccessPageResponse, 404: CallsErrorResponse, **_REFUSED},
    )
    @may_read_replica
    def of_call(self, request: Request, call_id: str) -> Response:
        query = TrailPageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        page = accesses_of_call(
            organization_id=authenticated_user(request).home_id,
            call_id=call_id,
            limit=values["limit"],
            before=values.get("cursor"),
        )

        return Response(_answer(page))


def _answer(page: TrailPage[AccessEntry]) -> AccessPageResponse:
    return AccessPageResponse(
        success=True,
        data=[_document(entry) for entry in page.rows],
        next_cursor=page.rows[-1].pk if page.has_more else UNSET,
    )


def _document(entry: AccessEntry) -> AccessDocument:
    return AccessDocument(
        id=entry.pk,
        kind=entry.kind,
        actor=actor_document(entry),
        at=to_wire(entry.at),
        call_id=or_unset(entry.call_id),
        recording_id=or_unset(entry.recording_id),
        export_id=or_unset(entry.export_id),
        ip=or_unset(entry.ip),
        reason=or_unset(entry.reason),
    )
