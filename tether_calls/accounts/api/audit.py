"""GET /api/audit: who has changed what the organization has set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tether_calls.accounts.api.trail_queries import AuditQuery
from tether_calls.accounts.api.trails import ActorDocument, actor_document
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayReadTrails
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset
from tether_calls.trails.models import AuditAction, AuditEntry
from tether_calls.trails.selectors.trail import trail_page

if TYPE_CHECKING:
    _Action: TypeAlias = str
else:
    _Action = Literal[tuple(AuditAction.values)]


class AuditDocument(WireStruct):
    """That somebody changed what the organization has set. Values that are not there are left out."""

    id: str = msgspec.field(name="_id")
    action: _Action
    model: Annotated[str, msgspec.Meta(description="What it is, such as accounts.apikey.")]
    actor: ActorDocument
    at: Timestamp
    before: Annotated[dict[str, Any], msgspec.Meta(description="What is different, as it was; secrets are masked.")]
    after: Annotated[dict[str, Any], msgspec.Meta(description="The same as it is now.")]
    object_id: str | UnsetType = UNSET
    object_name: Annotated[str, msgspec.Meta(description="As it was called then.")] | UnsetType = UNSET
    ip: str | UnsetType = UNSET
    reason: Annotated[str, msgspec.Meta(description="Of the platform's staff: why.")] | UnsetType = UNSET


class AuditPageResponse(WireStruct):
    """One page, newest first; without `nextCursor` it is the last one."""

    success: Literal[True]
    data: list[AuditDocument]
    next_cursor: str | UnsetType = UNSET


class AuditViewSet(ViewSet):
    """The audit log of the user's organization."""

    permission_classes = (MayReadTrails,)

    @extend_schema(
        summary="List who has changed what the organization has set",
        description="Newest first. For administrators.",
        tags=["Access"],
        parameters=[AuditQuery],
        responses={200: AuditPageResponse, 400: CallsErrorResponse, 401: CallsErrorResponse, 403: CallsErrorResponse},
    )
    @may_read_replica
    def list(self, request: Request) -> Response:
        query = AuditQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        page = trail_page(
            AuditEntry,
            organization_id=authenticated_user(request).home_id,
            wanted=query.wanted,
            limit=values["limit"],
            before=values.get("cursor"),
        )

        answer = AuditPageResponse(
            success=True,
            data=[_document(entry) for entry in page.rows],
            next_cursor=page.rows[-1].pk if page.has_more else UNSET,
        )

        return Response(answer)


def _document(entry: AuditEntry) -> AuditDocument:
    return AuditDocument(
        id=entry.pk,
        action=entry.action,
        model=entry.model,
        actor=actor_document(entry),
        at=to_wire(entry.at),
        before=entry.before,
        after=entry.after,
        object_id=or_unset(entry.object_id),
        object_name=or_unset(entry.object_name),
        ip=or_unset(entry.ip),
        reason=or_unset(entry.reason),
    )
