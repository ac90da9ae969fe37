"""/api/auth/oidc: login at an OpenID provider, as frontends have it."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tether_calls.accounts.api.bodies import OidcLoginRequest
from tether_calls.accounts.api.documents import LoginResponse, OidcState, OidcStateResponse, user_document
from tether_calls.accounts.api.oidc_browsers import has_frontend
from tether_calls.accounts.api.security import user_agent_of
from tether_calls.accounts.models import OidcDoor
from tether_calls.accounts.services.oidc_login import let_in
from tether_calls.accounts.services.sessions import open_session
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.middleware import client_address
from tether_calls.common.urls import absolute_url
from tether_calls.common.wire import UNSET, or_none


class OidcViewSet(ViewSet):
    """Login at an OpenID provider, of frontends."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        summary="Read whether one may log in at an OpenID provider",
        tags=["Auth"],
        auth=[],
        responses={200: OidcStateResponse},
    )
    def read(self, request: Request) -> Response:
        is_enabled = has_frontend()

        state = OidcState(
            is_enabled=is_enabled,
            label=settings.OIDC_LABEL,
            login_url=absolute_url(request, reverse("oidc_login")) if is_enabled else UNSET,
        )

        return Response(OidcStateResponse(success=True, oidc=state))

    @extend_schema(
        summary="Log in with what the OpenID provider's login has come to",
        description=(
            "The `code` is good for five minutes and once, and for who has the verifier of the `challenge` that the"
            " login began with. `OTP_REQUIRED` is of a user with two-factor login, whose code goes into `otp`."
        ),
        tags=["Auth"],
        auth=[],
        request=OidcLoginRequest,
        responses={
            200: LoginResponse,
            400: CallsErrorResponse,
            401: CallsErrorResponse,
            403: CallsErrorResponse,
            429: CallsErrorResponse,
        },
    )
    def login(self, request: Request) -> Response:
        body = body_of(request, OidcLoginRequest)

        address = client_address(request._request)
        user = let_in(
            code=body.code,
            door=OidcDoor.FRONTEND,
            code_verifier=body.code_verifier,
            otp=or_none(body.otp),
            address=address,
        )
        session = open_session(user=user, address=address, user_agent=user_agent_of(request))

        answer = LoginResponse(
            token=session.tokens.access,
            refresh_token=session.tokens.refresh,
            user=user_document(session.user),
        )

        return Response(answer)
