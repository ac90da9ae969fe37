"""/api/prompts: voice agents."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.bodies import PromptCreateRequest, PromptUpdateRequest
from calls.api.documents import PromptResponse, PromptsPageResponse
from calls.api.queries import PromptsQuery
from calls.documents.prompt import prompt_document
from calls.selectors.agent_calls.prompts import prompt_of, prompts_page
from calls.services.agent_calls.prompts import create_prompt, delete_prompt, update_prompt
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse}
_UNKNOWN = {401: CallsErrorResponse, 404: CallsErrorResponse}
_OF_BODIES = {409: CallsErrorResponse, 413: CallsErrorResponse, 415: CallsErrorResponse}


class PromptsViewSet(ViewSet):
    """The voice agents of the user's organization."""

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
        tags=["Agents"],
        request=PromptCreateRequest,
        responses={201: PromptResponse, **_REFUSED, **_OF_BODIES},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, PromptCreateRequest)

        prompt = create_prompt(organization_id=authenticated_user(request).home_id, values=body.values)

        answer = PromptResponse(success=True, prompt=prompt_document(prompt))

        return Response(answer, status=201)

    @extend_schema(
        summary="Change an agent",
        description="What is not given stays as it is; empty text takes a value away.",
        tags=["Agents"],
        request=PromptUpdateRequest,
        responses={200: PromptResponse, **_REFUSED, 404: CallsErrorResponse, **_OF_BODIES},
    )
    def update(self, request: Request, prompt_id: str) -> Response:
        body = body_of(request, PromptUpdateRequest)

        prompt = update_prompt(
            organization_id=authenticated_user(request).home_id, prompt_id=prompt_id, changes=body.values
        )

        answer = PromptResponse(success=True, prompt=prompt_document(prompt))

        return Response(answer)

    @extend_schema(
        summary="Delete an agent",
        description="Its calls and telephone numbers stay, without agent.",
        tags=["Agents"],
        responses={200: DoneResponse, **_UNKNOWN},
    )
    def destroy(self, request: Request, prompt_id: str) -> Response:
        delete_prompt(organization_id=authenticated_user(request).home_id, prompt_id=prompt_id)

        return Response(DoneResponse(success=True, message="Agent deleted"))
