"""/api/prompts: voice agents."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import (
    PromptConflictResponse,
    PromptDifference,
    PromptResponse,
    PromptsPageResponse,
    PromptSyncResponse,
)
from calls.api.prompt_bodies import PromptCreateRequest, PromptSyncRequest, PromptUpdateRequest
from calls.api.queries import PromptsQuery
from calls.documents.prompt import prompt_document
from calls.selectors.agent_calls.prompts import prompt_of, prompts_page
from calls.services.agent_calls.prompts import create_prompt, delete_prompt, update_prompt
from calls.services.agent_sync.sync_agent import Keep, sync_agent
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import IsDepartmentHead, IsMember
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse
from tether_calls.common.urls import absolute_url
from tether_calls.common.wire import or_none

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse}
_UNKNOWN = {401: CallsErrorResponse, 404: CallsErrorResponse}
_OF_WRITES = {403: CallsErrorResponse}
_TAKEN = {409: PromptConflictResponse}

_RESERVED = "`elevenlabsAgentId` is for superadmins to set, `ratePerMinute` for the platform's staff."
_READS = ("list", "retrieve")


class PromptsViewSet(ViewSet):
    """The voice agents of the user's organization."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsMember()] if self.action in _READS else [IsDepartmentHead()]

    @extend_schema(
        summary="List the agents that the user may choose from, newest first",
        tags=["Agents"],
        parameters=[PromptsQuery],
        responses={200: PromptsPageResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = PromptsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        page = prompts_page(organization_id=authenticated_user(request).home_id, paging=query.paging)

        answer = PromptsPageResponse(
            success=True,
            prompts=[prompt_document(prompt) for prompt in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        return Response(answer)

    @extend_schema(
        summary="Read one agent",
        tags=["Agents"],
        responses={200: PromptResponse, **_UNKNOWN},
    )
    def retrieve(self, request: Request, prompt_id: str) -> Response:
        prompt = prompt_of(organization_id=authenticated_user(request).home_id, prompt_id=prompt_id)

        return Response(PromptResponse(success=True, prompt=prompt_document(prompt)))

    @extend_schema(
        summary="Make an agent",
        description=f"For department heads and above. {_RESERVED}",
        tags=["Agents"],
        request=PromptCreateRequest,
        responses={201: PromptResponse, **_REFUSED, **_OF_WRITES, **_TAKEN},
    )
    def create(self, request: Request) -> Response:
        user = authenticated_user(request)
        body = body_of(request, PromptCreateRequest)

        prompt = create_prompt(
            user=user, organization_id=user.home_id, values=body.values, note=or_none(body.note) or ""
        )

        answer = PromptResponse(success=True, prompt=prompt_document(prompt), message="Agent created")

        return Response(answer, status=201)

    @extend_schema(
        summary="Change an agent",
        description=(
            "For department heads and above. What is not given stays as it is; empty text takes a value away."
            f" {_RESERVED}"
        ),
        tags=["Agents"],
        request=PromptUpdateRequest,
        responses={200: PromptResponse, **_REFUSED, 404: CallsErrorResponse, **_OF_WRITES, **_TAKEN},
    )
    def update(self, request: Request, prompt_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, PromptUpdateRequest)

        prompt = update_prompt(
            user=user,
            organization_id=user.home_id,
            prompt_id=prompt_id,
            changes=body.values,
            note=or_none(body.note) or "",
            base=or_none(body.version),
        )

        answer = PromptResponse(success=True, prompt=prompt_document(prompt), message="Agent updated")

        return Response(answer)

    @extend_schema(
        summary="Bring an agent and the one at its provider together",
        description=(
            "For department heads and above. Makes the agent there, or writes what was changed here. Where it was"
            " changed there, or is synced for the first time, what differs is answered, until `keep` says what stays."
        ),
        tags=["Agents"],
        request=PromptSyncRequest,
        responses={
            200: PromptSyncResponse,
            **_REFUSED,
            **_OF_WRITES,
            404: CallsErrorResponse,
            409: CallsErrorResponse,
            500: CallsErrorResponse,
        },
    )
    def sync(self, request: Request, prompt_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, PromptSyncRequest)

        synced = sync_agent(
            organization_id=user.home_id,
            prompt_id=prompt_id,
            url_of=lambda path: absolute_url(request, path),
            keep=None if body.keep is None else Keep(body.keep),
            by=user,
        )

        answer = PromptSyncResponse(
            success=True,
            message="What differs is to be decided" if synced.differences else "The agent is synced",
            prompt=prompt_document(synced.prompt),
            differences=[PromptDifference(each.field, each.ours, each.theirs) for each in synced.differences],
        )
        return Response(answer)

    @extend_schema(
        summary="Delete an agent",
        description="For department heads and above. Its calls and telephone numbers stay, without agent.",
        tags=["Agents"],
        responses={200: DoneResponse, **_UNKNOWN, **_OF_WRITES},
    )
    def destroy(self, request: Request, prompt_id: str) -> Response:
        user = authenticated_user(request)

        delete_prompt(user=user, organization_id=user.home_id, prompt_id=prompt_id)

        return Response(DoneResponse(success=True, message="Agent deleted"))
