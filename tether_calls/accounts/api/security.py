"""/api/auth: two-factor login, passwords, sessions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tether_calls.accounts.api.bodies import (
    OtpRequest,
    PasswordChangeRequest,
    PasswordCheckRequest,
    PasswordResetConfirmRequest,
    PasswordResetRequest,
)
from tether_calls.accounts.api.documents import TokenPairResponse
from tether_calls.accounts.api.security_documents import (
    RecoveryCodesResponse,
    SessionsResponse,
    TwoFactorEnrolmentResponse,
    TwoFactorState,
    TwoFactorStateResponse,
    session_document,
)
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import IsMemberWhoMayEnrol
from tether_calls.accounts.qr_codes import qr_svg
from tether_calls.accounts.services import passwords, second_factor, user_sessions
from tether_calls.accounts.tokens import FAMILY_CLAIM
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse
from tether_calls.common.middleware import client_address
from tether_calls.common.urls import absolute_url
from tether_calls.common.wire import or_none

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse}
_OF_CODES = {**_REFUSED, 409: CallsErrorResponse, 429: CallsErrorResponse}


class TwoFactorViewSet(ViewSet):
    """Codes of an authenticator app, asked for at login."""

    permission_classes = (IsMemberWhoMayEnrol,)

    @extend_schema(
        summary="Read whether a code is asked for at login",
        tags=["Auth"],
        responses={200: TwoFactorStateResponse, 401: CallsErrorResponse},
    )
    def read(self, request: Request) -> Response:
        user = authenticated_user(request)

        state = TwoFactorState(
            is_enabled=user.has_two_factor,
            is_required=user.organization is not None and user.organization.requires_two_factor,
            recovery_codes_left=second_factor.recovery_codes_left(user),
        )

        return Response(TwoFactorStateResponse(success=True, two_factor=state))

    @extend_schema(
        summary="Begin to set up two-factor login",
        description="Makes a secret, which counts once a code of it is confirmed. What was begun before is void.",
        tags=["Auth"],
        request=PasswordCheckRequest,
        responses={200: TwoFactorEnrolmentResponse, **_OF_CODES},
    )
    def begin(self, request: Request) -> Response:
        user = authenticated_user(request)
        body = body_of(request, PasswordCheckRequest)
        _check_password(request, body)

        enrolment = second_factor.begin_enrolment(user=user)

        answer = TwoFactorEnrolmentResponse(
            success=True, secret=enrolment.secret, otpauth_uri=enrolment.uri, qr_svg=qr_svg(enrolment.uri)
        )

        return Response(answer)

    @extend_schema(
        summary="Confirm the authenticator app",
        description="With its first code. From then on login asks for one; the recovery codes are shown this once.",
        tags=["Auth"],
        request=OtpRequest,
        responses={200: RecoveryCodesResponse, **_OF_CODES},
    )
    def confirm(self, request: Request) -> Response:
        body = body_of(request, OtpRequest)

        codes = second_factor.confirm_enrolment(user=authenticated_user(request), code=body.otp)

        return Response(RecoveryCodesResponse(success=True, recovery_codes=codes))

    @extend_schema(
        summary="Make other recovery codes",
        description="Those from before are void.",
        tags=["Auth"],
        request=OtpRequest,
        responses={200: RecoveryCodesResponse, **_OF_CODES},
    )
    def renew(self, request: Request) -> Response:
        body = body_of(request, OtpRequest)

        codes = second_factor.renew_recovery_codes(user=authenticated_user(request), code=body.otp)

        return Response(RecoveryCodesResponse(success=True, recovery_codes=codes))

    @extend_schema(
        summary="Log in without a code again",
        description="Where the organization does not require two-factor login.",
        tags=["Auth"],
        request=OtpRequest,
        responses={200: DoneResponse, **_OF_CODES},
    )
    def disable(self, request: Request) -> Response:
        body = body_of(request, OtpRequest)

        second_factor.disable(user=authenticated_user(request), code=body.otp)

        return Response(DoneResponse(success=True, message="Two-factor login disabled"))


class PasswordViewSet(ViewSet):
    """The user's own password."""

    permission_classes = (IsMemberWhoMayEnrol,)

    @extend_schema(
        summary="Change the password",
        description="Every session of the user ends; the answer has the tokens of a new one.",
        tags=["Auth"],
        request=PasswordChangeRequest,
        responses={200: TokenPairResponse, **_REFUSED, 429: CallsErrorResponse},
    )
    def change(self, request: Request) -> Response:
        user = authenticated_user(request)
        body = body_of(request, PasswordChangeRequest)
        address = client_address(request._request)

        passwords.change_password(user=user, current=body.current_password, new=body.new_password, address=address)

        tokens = user_sessions.begin_session(user=user, address=address, user_agent=user_agent_of(request))

        return Response(TokenPairResponse(token=tokens.access, refresh_token=tokens.refresh))


class PasswordResetViewSet(ViewSet):
    """For who has forgotten the password."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        summary="Have a link sent with which the password is changed",
        description="The answer is the same whether there is such a user or not. The link works for an hour, and once.",
        tags=["Auth"],
        auth=[],
        request=PasswordResetRequest,
        responses={200: DoneResponse, 400: CallsErrorResponse, 429: CallsErrorResponse},
    )
    def ask(self, request: Request) -> Response:
        body = body_of(request, PasswordResetRequest)

        passwords.request_password_reset(
            email=body.email, address=client_address(request._request), page=reset_page(request)
        )

        return Response(DoneResponse(success=True, message="If there is such a user, a mail is on its way"))

    @extend_schema(
        summary="Change a forgotten password",
        description="Every session of the user ends. Two-factor login stays as it is.",
        tags=["Auth"],
        auth=[],
        request=PasswordResetConfirmRequest,
        responses={200: DoneResponse, 400: CallsErrorResponse},
    )
    def confirm(self, request: Request) -> Response:
        body = body_of(request, PasswordResetConfirmRequest)

        passwords.reset_password(token=body.token, password=body.password)

        return Response(DoneResponse(success=True, message="Password changed; log in with it"))


class UserSessionsViewSet(ViewSet):
    """The user's own sessions, in frontends and in the admin."""

    @extend_schema(
        summary="List the sessions that go on, the newest first",
        tags=["Auth"],
        responses={200: SessionsResponse, 401: CallsErrorResponse},
    )
    def list(self, request: Request) -> Response:
        found = user_sessions.sessions_of(authenticated_user(request))

        current = _family_of(request)
        documents = [session_document(session, current=current) for session in found]

        return Response(SessionsResponse(success=True, sessions=documents))

    @extend_schema(
        summary="End a session",
        description="Its tokens are void from the next request on.",
        tags=["Auth"],
        responses={200: DoneResponse, 401: CallsErrorResponse, 404: CallsErrorResponse},
    )
    def destroy(self, request: Request, session_id: str) -> Response:
        user_sessions.end_one(user=authenticated_user(request), session_id=session_id)

        return Response(DoneResponse(success=True, message="Session ended"))

    @extend_schema(
        summary="End all other sessions",
        description="All but the one that asks.",
        tags=["Auth"],
        responses={200: DoneResponse, 401: CallsErrorResponse},
    )
    def destroy_others(self, request: Request) -> Response:
        ended = user_sessions.end_others(user=authenticated_user(request), but=_family_of(request))

        return Response(DoneResponse(success=True, message=f"Sessions ended: {ended}"))


def user_agent_of(request: Request) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))


def reset_page(request: Any) -> str:
    """Where the link of a mail leads."""
    if settings.TETHER_PASSWORD_RESET_PAGE:
        return str(settings.TETHER_PASSWORD_RESET_PAGE)
    return absolute_url(request, reverse("admin_password_reset")) + "{token}/"


def _family_of(request: Request) -> str | None:
    token: Any = request.auth
    family: str | None = token.get(FAMILY_CLAIM)
    return family


def _check_password(request: Request, body: PasswordCheckRequest) -> None:
    passwords.check_password_of(
        user=authenticated_user(request),
        password=or_none(body.password),
        address=client_address(request._request),
    )
