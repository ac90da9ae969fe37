"""/api/calls/voice-ai: the organization's account with the agents' provider, and the numbers that agents answer."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.provider_bodies import (
    CallsToggleAiNumberRequest,
    CallsVoiceAiConfigRequest,
    VoiceAiToolsSyncRequest,
)
from calls.api.provider_documents import (
    CallsPhoneNumberResponse,
    CallsVoiceAiConfigResponse,
    phone_number_document,
    voice_ai_document,
)
from calls.api.tool_documents import (
    VoiceAiToolsResponse,
    VoiceAiToolsSyncResponse,
    tools_document,
    tools_sync_document,
)
from calls.providers.registry import agents_provider
from calls.selectors.agent_sync.registered_tools import registered_tools_of
from calls.selectors.texts.line import sends_texts
from calls.selectors.voice_accounts.accounts import account_with
from calls.services.agent_sync.sync_tools import sync_tools
from calls.services.voice_accounts.configure_voice_ai import configure_voice_ai
from calls.services.voice_accounts.toggle_ai_number import disable_ai_number, enable_ai_number
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import IsMember, IsSuperadmin
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.urls import absolute_url

_ERRORS = {400: CallsErrorResponse, 401: CallsErrorResponse, 403: CallsErrorResponse}


class VoiceAiViewSet(ViewSet):
    """Voice AI of the user's organization."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsMember()] if self.action in ("config", "tools") else [IsSuperadmin()]

    @extend_schema(
        summary="Is voice AI configured?",
        tags=["Voice AI"],
        responses={200: CallsVoiceAiConfigResponse, 401: CallsErrorResponse},
    )
    def config(self, request: Request) -> Response:
        account = account_with(authenticated_user(request).home_id, agents_provider().name)

        return Response(voice_ai_document(account))

    @extend_schema(
        summary="Configure voice AI",
        description="For superadmins. What is left out, or empty, stays as it is; `null` removes a value.",
        tags=["Voice AI"],
        request=CallsVoiceAiConfigRequest,
        responses={200: CallsVoiceAiConfigResponse, **_ERRORS},
    )
    def configure(self, request: Request) -> Response:
        body = body_of(request, CallsVoiceAiConfigRequest)

        configured = configure_voice_ai(
            organization_id=authenticated_user(request).home_id,
            changes=body.changes,
            generate_tool_secret=body.generate_tool_secret,
        )

        answer = voice_ai_document(configured.account, tool_secret=configured.tool_secret)
        return Response(answer, headers={"Cache-Control": "no-store"})

    @extend_schema(
        summary="List what agents can have done while they talk",
        description="`parameters` is the schema of a request, as ElevenLabs takes it for a tool of the kind webhook.",
        tags=["Voice AI"],
        responses={200: VoiceAiToolsResponse, 401: CallsErrorResponse},
    )
    def tools(self, request: Request) -> Response:
        home_id = authenticated_user(request).home_id

        account = account_with(home_id, agents_provider().name)
        rows = registered_tools_of(home_id)
        answer = tools_document(
            account,
            rows,
            sends_texts=sends_texts(home_id),
            url_of=lambda path: absolute_url(request, path),
        )

        return Response(answer)

    @extend_schema(
        summary="Register the tools at ElevenLabs, and give them to an agent",
        description=(
            "For superadmins. Each tool is made or brought up to date there, and sends the organization's tool secret."
            " What ElevenLabs refuses half way stays undone, and the next request goes on from there."
        ),
        tags=["Voice AI"],
        request=VoiceAiToolsSyncRequest,
        responses={200: VoiceAiToolsSyncResponse, 409: CallsErrorResponse, 500: CallsErrorResponse, **_ERRORS},
    )
    def sync_tools(self, request: Request) -> Response:
        body = body_of(request, VoiceAiToolsSyncRequest)
        home_id = authenticated_user(request).home_id

        synced = sync_tools(
            organization_id=home_id,
            url_of=lambda path: absolute_url(request, path),
            agent_id=body.agent_id,
            tools=body.tools,
        )

        account = account_with(home_id, agents_provider().name)
        answer = tools_sync_document(
            account,
            synced,
            sends_texts=sends_texts(home_id),
            url_of=lambda path: absolute_url(request, path),
        )
        return Response(answer)

    @extend_schema(
        summary="Let an agent answer a number, or no longer",
        description=(
            "For superadmins. Enabling imports the Sinch number at ElevenLabs and assigns the agent; disabling undoes "
            "both. When ElevenLabs refuses, nothing is saved."
        ),
        tags=["Voice AI"],
        request=CallsToggleAiNumberRequest,
        responses={
            200: CallsPhoneNumberResponse,
            404: CallsErrorResponse,
            409: CallsErrorResponse,
            500: CallsErrorResponse,
            **_ERRORS,
        },
    )
    def toggle_number(self, request: Request) -> Response:
        body = body_of(request, CallsToggleAiNumberRequest)
        home_id = authenticated_user(request).home_id

        if body.ai_enabled:
            number = enable_ai_number(
                organization_id=home_id,
                phone_number=body.phone_number,
                agent_id=body.ai_agent_id,
                user_id=body.user_id,
            )
            message = "The agent answers this number from now on"
        else:
            number = disable_ai_number(organization_id=home_id, phone_number=body.phone_number, user_id=body.user_id)
            message = "No agent answers this number any more"

        answer = CallsPhoneNumberResponse(success=True, phone_number=phone_number_document(number), message=message)
        return Response(answer)
