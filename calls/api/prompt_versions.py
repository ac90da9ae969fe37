"""/api/prompts/{promptId}/versions: what an agent said, restored or split."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import (
    PromptConflictResponse,
    PromptResponse,
    PromptVersionResponse,
    PromptVersionsPageResponse,
)
from calls.api.prompt_bodies import PromptRestoreRequest, PromptSplitRequest, PromptVersionRequest
from calls.api.queries import PromptsQuery
from calls.documents.prompt import prompt_document, prompt_version_document
from calls.selectors.agent_calls.prompts import prompt_of, version_of, versions_page
from calls.services.agent_calls.prompt_versions import Change, end_split, restore_version, split_calls, write_version
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import IsDepartmentHead, IsMember
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.wire import or_none

_UNKNOWN = {401: CallsErrorResponse, 404: CallsErrorResponse}
_OF_WRITES = {400: CallsErrorResponse, 403: CallsErrorResponse, **_UNKNOWN}
_CHANGED = {409: PromptConflictResponse}
_READS = ("list", "retrieve")


class PromptVersionsViewSet(ViewSet):
    """The versions of one agent of the user's organization."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsMember()] if self.action in _READS else [IsDepartmentHead()]

    @extend_schema(
        summary="List what an agent said, newest first",
        tags=["Agents"],
        parameters=[PromptsQuery],
        responses={200: PromptVersionsPageResponse, 400: CallsErrorResponse, **_UNKNOWN},
    )
    def list(self, request: Request, prompt_id: str) -> Response:
        query = PromptsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        prompt, page = versions_page(
            organization_id=authenticated_user(request).home_id, prompt_id=prompt_id, paging=query.paging
        )

        answer = PromptVersionsPageResponse(
            success=True,
            versions=[prompt_version_document(version, current_id=prompt.version_id) for version in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )
        return Response(answer)

    @extend_schema(
        summary="Read what an agent said",
        tags=["Agents"],
        responses={200: PromptVersionResponse, **_UNKNOWN},
    )
    def retrieve(self, request: Request, prompt_id: str, version_id: str) -> Response:
        prompt, version = version_of(
            organization_id=authenticated_user(request).home_id, prompt_id=prompt_id, version_id=version_id
        )

        document = prompt_version_document(version, current_id=prompt.version_id)

        return Response(PromptVersionResponse(success=True, version=document))

    @extend_schema(
        summary="Have an agent say something else",
        description="For department heads and above.",
        tags=["Agents"],
        request=PromptVersionRequest,
        responses={201: PromptVersionResponse, **_OF_WRITES, **_CHANGED},
    )
    def create(self, request: Request, prompt_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, PromptVersionRequest)

        version = write_version(
            organization_id=user.home_id,
            prompt_id=prompt_id,
            values=body.values,
            change=Change(by=user, note=body.note, base=or_none(body.version)),
            activate=body.activate,
        )

        document = prompt_version_document(version, current_id=version.pk if body.activate else None)

        return Response(PromptVersionResponse(success=True, version=document, message="Version created"), status=201)

    @extend_schema(
        summary="Have an agent say again what it said",
        description="For department heads and above. The older version stays as it is: a new one repeats it.",
        tags=["Agents"],
        request=PromptRestoreRequest,
        responses={201: PromptVersionResponse, **_OF_WRITES, **_CHANGED},
    )
    def restore(self, request: Request, prompt_id: str, version_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, PromptRestoreRequest)

        version = restore_version(
            organization_id=user.home_id,
            prompt_id=prompt_id,
            version_id=version_id,
            change=Change(by=user, note=body.note, base=or_none(body.version)),
        )

        document = prompt_version_document(version, current_id=version.pk)

        return Response(PromptVersionResponse(success=True, version=document, message="Version restored"), status=201)

    @extend_schema(
        summary="Have two versions share the outbound calls",
        description="For department heads and above. Which one speaks is chosen once for each call, and kept on it.",
        tags=["Agents"],
        request=PromptSplitRequest,
        responses={200: PromptResponse, **_OF_WRITES},
    )
    def split(self, request: Request, prompt_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, PromptSplitRequest)

        prompt = split_calls(
            organization_id=user.home_id,
            prompt_id=prompt_id,
            version_id=body.version_id,
            percent=body.percent,
            by=user,
        )

        return Response(PromptResponse(success=True, prompt=prompt_document(prompt), message="Calls are split"))

    @extend_schema(
        summary="Have one version speak in all calls",
        description="For department heads and above.",
        tags=["Agents"],
        responses={200: PromptResponse, 403: CallsErrorResponse, **_UNKNOWN},
    )
    def end_split(self, request: Request, prompt_id: str) -> Response:
        user = authenticated_user(request)

        end_split(organization_id=user.home_id, prompt_id=prompt_id, by=user)

        prompt = prompt_of(organization_id=user.home_id, prompt_id=prompt_id)
        return Response(PromptResponse(success=True, prompt=prompt_document(prompt), message="Calls are split no more"))
