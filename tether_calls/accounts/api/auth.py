"""/api/auth: sessions."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tether_calls.accounts.api.bodies import LoginRequest, RefreshRequest
from tether_calls.accounts.api.documents import (
    LoginResponse,
    TokenGoodResponse,
    TokenPairResponse,
    user_document,
)
from tether_calls.accounts.api.security import user_agent_of
from tether_calls.accounts.permissions import IsMemberWhoMayEnrol
from tether_calls.accounts.services.sessions import log_in
from tether_calls.accounts.tokens import end_session, rotate_tokens
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse
from tether_calls.common.middleware import client_address
from tether_calls.common.wire import or_none


class SessionViewSet(ViewSet):
    """Logging in and staying so."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        summary="Log in",
        description=(
            "Any wrong pair gets the same 401; `OTP_REQUIRED` is a right one that needs `otp`. Failures are counted;"
            " after too many the answer is 429."
        ),
        tags=["Auth"],
        auth=[],
        request=LoginRequest,
        responses={200: LoginResponse, 400: CallsErrorResponse, 401: CallsErrorResponse, 429: CallsErrorResponse},
    )
    def login(self, request: Request) -> Response:
        body = body_of(request, LoginRequest)

        session = log_in(
            email=body.email,
            password=body.password,
            otp=or_none(body.otp),
            address=client_address(request._request),
            user_agent=user_agent_of(request),
        )

        answer = LoginResponse(
            token=session.tokens.access,
            refresh_token=session.tokens.refresh,
            user=user_document(session.user),
        )

        return Response(answer)

    @extend_schema(
        summary="Exchange a refresh token",
        description="A refresh token is good for one exchange; using it again is 401, and ends the session.",
        tags=["Auth"],
        auth=[],
        request=RefreshRequest,
        responses={200: TokenPairResponse, 400: CallsErrorResponse, 401: CallsErrorResponse},
    )
    def refresh(self, request: Request) -> Response:
        body = body_of(request, RefreshRequest)

        tokens = rotate_tokens(body.refresh_token)

        return Response(TokenPairResponse(token=tokens.access, refresh_token=tokens.refresh))

    @extend_schema(
        summary="Log out",
        description="Ends the session: every token that followed from its login. Doing it again changes nothing.",
        tags=["Auth"],
        auth=[],
        request=RefreshRequest,
        responses={200: DoneResponse, 400: CallsErrorResponse, 401: CallsErrorResponse},
    )
    def logout(self, request: Request) -> Response:
        body = body_of(request, RefreshRequest)

        end_session(body.refresh_token)

        return Response(DoneResponse(success=True, message="Logged out"))


class TokenViewSet(ViewSet):
    """Is this token still good?"""

    permission_classes = (IsMemberWhoMayEnrol,)

    @extend_schema(
        summary="Check an access token",
        tags=["Auth"],
        responses={200: TokenGoodResponse, 401: CallsErrorResponse},
    )
    def verify(self, request: Request) -> Response:
        return Response(TokenGoodResponse(message="Token is good"))
