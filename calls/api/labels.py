"""/api/tags and /api/dispositions: what calls can be labelled with."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import DispositionResponse, DispositionsResponse, TagResponse, TagsResponse
from calls.api.label_bodies import (
    DispositionCreateRequest,
    DispositionUpdateRequest,
    TagCreateRequest,
    TagUpdateRequest,
)
from calls.api.queries import LabelsQuery
from calls.documents.label import disposition_document, tag_document
from calls.models import Disposition, Tag
from calls.selectors.review.labels import labels
from calls.services.review.labels import create_label, delete_label, update_label
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import IsMember, MayLabel
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse}
_OF_ONE = {403: CallsErrorResponse, 404: CallsErrorResponse}


class TagsViewSet(ViewSet):
    """The tags of the user's organization."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsMember()] if self.action == "list" else [MayLabel()]

    @extend_schema(
        summary="List the tags that calls can have, by name",
        tags=["Tags"],
        parameters=[LabelsQuery],
        responses={200: TagsResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = LabelsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        found = labels(
            Tag, organization_id=authenticated_user(request).home_id, with_archived="include" in query.validated_data
        )

        return Response(TagsResponse(success=True, tags=[tag_document(tag) for tag in found]))

    @extend_schema(
        summary="Make a tag",
        description="For administrators.",
        tags=["Tags"],
        request=TagCreateRequest,
        responses={201: TagResponse, 403: CallsErrorResponse, 409: CallsErrorResponse, **_REFUSED},
    )
    def create(self, request: Request) -> Response:
        user = authenticated_user(request)
        body = body_of(request, TagCreateRequest)

        tag = create_label(Tag, user=user, organization_id=user.home_id, values=body.values)

        return Response(TagResponse(success=True, tag=tag_document(tag)), status=201)

    @extend_schema(
        summary="Change a tag",
        description="For administrators. What is not given stays as it is; calls show the tag as it is now.",
        tags=["Tags"],
        request=TagUpdateRequest,
        responses={200: TagResponse, 409: CallsErrorResponse, **_REFUSED, **_OF_ONE},
    )
    def update(self, request: Request, tag_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, TagUpdateRequest)

        tag = update_label(Tag, user=user, organization_id=user.home_id, label_id=tag_id, changes=body.values)

        return Response(TagResponse(success=True, tag=tag_document(tag)))

    @extend_schema(
        summary="Delete a tag",
        description="For administrators. It leaves its calls; one that is archived stays on them.",
        tags=["Tags"],
        responses={200: DoneResponse, 401: CallsErrorResponse, 409: CallsErrorResponse, **_OF_ONE},
    )
    def destroy(self, request: Request, tag_id: str) -> Response:
        user = authenticated_user(request)

        delete_label(Tag, user=user, organization_id=user.home_id, label_id=tag_id)

        return Response(DoneResponse(success=True, message="Tag deleted"))


class DispositionsViewSet(ViewSet):
    """The dispositions of the user's organization."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsMember()] if self.action == "list" else [MayLabel()]

    @extend_schema(
        summary="List the dispositions that calls can have, by name",
        tags=["Dispositions"],
        parameters=[LabelsQuery],
        responses={200: DispositionsResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = LabelsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        found = labels(
            Disposition,
            organization_id=authenticated_user(request).home_id,
            with_archived="include" in query.validated_data,
        )

        return Response(
            DispositionsResponse(
                success=True, dispositions=[disposition_document(disposition) for disposition in found]
            )
        )

    @extend_schema(
        summary="Make a disposition",
        description="For administrators.",
        tags=["Dispositions"],
        request=DispositionCreateRequest,
        responses={201: DispositionResponse, 403: CallsErrorResponse, 409: CallsErrorResponse, **_REFUSED},
    )
    def create(self, request: Request) -> Response:
        user = authenticated_user(request)
        body = body_of(request, DispositionCreateRequest)

        disposition = create_label(Disposition, user=user, organization_id=user.home_id, values=body.values)

        return Response(DispositionResponse(success=True, disposition=disposition_document(disposition)), status=201)

    @extend_schema(
        summary="Change a disposition",
        description="For administrators. What is not given stays as it is; calls show the disposition as it is now.",
        tags=["Dispositions"],
        request=DispositionUpdateRequest,
        responses={200: DispositionResponse, 409: CallsErrorResponse, **_REFUSED, **_OF_ONE},
    )
    def update(self, request: Request, disposition_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, DispositionUpdateRequest)

        disposition = update_label(
            Disposition, user=user, organization_id=user.home_id, label_id=disposition_id, changes=body.values
        )

        return Response(DispositionResponse(success=True, disposition=disposition_document(disposition)))

    @extend_schema(
        summary="Delete a disposition",
        description="For administrators. It leaves its calls; one that is archived stays on them.",
        tags=["Dispositions"],
        responses={200: DoneResponse, 401: CallsErrorResponse, 409: CallsErrorResponse, **_OF_ONE},
    )
    def destroy(self, request: Request, disposition_id: str) -> Response:
        user = authenticated_user(request)

        delete_label(Disposition, user=user, organization_id=user.home_id, label_id=disposition_id)

        return Response(DoneResponse(success=True, message="Disposition deleted"))
