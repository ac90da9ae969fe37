"""/api/calls/providers: which provider carries browser calls, and with which credentials."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import CallsMessageResponse
from calls.api.provider_bodies import CallsActivateProviderRequest, CallsProviderConfigRequest
from calls.api.provider_documents import (
    CallsProviderConfigResponse,
    CallsProviderConfigsResponse,
    CallsProviderResponse,
    config_document,
)
from calls.providers.registry import carriers, provider_of
from calls.selectors.browser_calls.browser_line import browser_line
from calls.selectors.voice_accounts.accounts import accounts_with_carriers
from calls.services.voice_accounts.activate_provider import activate_provider
from calls.services.voice_accounts.configure_account import configure_account
from calls.services.voice_accounts.remove_account import remove_account
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import IsMember, IsSuperadmin
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.wire import or_unset

_ERRORS = {401: CallsErrorResponse, 403: CallsErrorResponse}


class ProvidersViewSet(ViewSet):
    """Providers of the user's organization."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsMember()] if self.action == "current" else [IsSuperadmin()]

    @extend_schema(
        summary="Which provider carries my calls?",
        description="And from which number: the user's default one of this provider, else the organization's.",
        tags=["Providers"],
        responses={200: CallsProviderResponse, 401: CallsErrorResponse},
    )
    def current(self, request: Request) -> Response:
        line = browser_line(authenticated_user(request))

        answer = CallsProviderResponse(success=True)
        if line.is_chosen:
            answer.provider, answer.phone_number = line.carrier, or_unset(line.phone_number)

        return Response(answer)

    @extend_schema(
        summary="Choose the provider of browser calls",
        description="For superadmins. Refused unless the provider is configured.",
        tags=["Providers"],
        request=CallsActivateProviderRequest,
        responses={200: CallsProviderConfigResponse, 400: CallsErrorResponse, **_ERRORS},
    )
    def activate(self, request: Request) -> Response:
        body = body_of(request, CallsActivateProviderRequest)
        provider = provider_of(body.provider)

        account = activate_provider(organization_id=authenticated_user(request).home_id, provider=provider.name)

        message = f"{provider.label} carries the calls from now on"
        return Response(CallsProviderConfigResponse(success=True, config=config_document(account), message=message))

    @extend_schema(
        summary="Read the configuration of the providers",
        description="For superadmins. Secrets are masked.",
        tags=["Providers"],
        responses={200: CallsProviderConfigsResponse, **_ERRORS},
    )
    def configs(self, request: Request) -> Response:
        accounts = accounts_with_carriers(authenticated_user(request).home_id)

        return Response(CallsProviderConfigsResponse(success=True, configs=list(map(config_document, accounts))))

    @extend_schema(
        summary="Configure a provider",
        description=(
            "For superadmins. What is left out stays as it is, and so does a secret that comes empty or as its own "
            "mask; `null` removes a value."
        ),
        tags=["Providers"],
        request=CallsProviderConfigRequest,
        responses={200: CallsProviderConfigResponse, 400: CallsErrorResponse, **_ERRORS},
    )
    def configure(self, request: Request) -> Response:
        body = body_of(request, CallsProviderConfigRequest)
        provider = provider_of(body.provider)

        account = configure_account(
            organization_id=authenticated_user(request).home_id, provider=provider.name, changes=body.changes
        )

        message = f"Configuration of {provider.label} saved"
        return Response(CallsProviderConfigResponse(success=True, config=config_document(account), message=message))

    @extend_schema(
        summary="Forget a provider's configuration",
        description="For superadmins. Where it is the active one, none is active afterwards.",
        tags=["Providers"],
        parameters=[OpenApiParameter("provider", str, OpenApiParameter.PATH, enum=list(carriers()))],
        responses={200: CallsMessageResponse, 404: CallsErrorResponse, **_ERRORS},
    )
    def remove(self, request: Request, provider: str) -> Response:
        if provider not in carriers():
            raise TetherError(ErrorCode.NOT_FOUND)

        chosen = provider_of(provider)
        removed = remove_account(organization_id=authenticated_user(request).home_id, provider=chosen.name)

        message = f"Configuration of {chosen.label} removed" if removed else f"{chosen.label} was not configured"
        return Response(CallsMessageResponse(success=True, message=message))
