"""/api/calls/token: what a browser registers with at the provider."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.provider_documents import CallsSinchTokenResponse, CallsTwilioTokenResponse
from calls.services.browser_calls.issue_voice_token import issue_sinch_token, issue_twilio_token
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.wire import or_unset

_ERRORS = {400: CallsErrorResponse, 401: CallsErrorResponse}
_NOT_KEPT = {"Cache-Control": "no-store"}


class TokensViewSet(ViewSet):
    """Tokens for the user, of the organization's own accounts."""

    @extend_schema(
        summary="Get a token for Twilio's browser SDK",
        tags=["Providers"],
        responses={200: CallsTwilioTokenResponse, **_ERRORS},
    )
    def twilio(self, request: Request) -> Response:
        user = authenticated_user(request)

        issued = issue_twilio_token(user=user)

        answer = CallsTwilioTokenResponse(token=issued.token, identity=issued.identity, user_id=user.pk)
        return Response(answer, headers=_NOT_KEPT)

    @extend_schema(
        summary="Get a token for Sinch's browser SDK",
        tags=["Providers"],
        responses={200: CallsSinchTokenResponse, **_ERRORS},
    )
    def sinch(self, request: Request) -> Response:
        issued = issue_sinch_token(user=authenticated_user(request))

        answer = CallsSinchTokenResponse(
            token=issued.token,
            application_key=issued.application_key,
            user_id=issued.user_id,
            expires_in=issued.expires_in,
            caller_identifier=or_unset(issued.caller_identifier),
        )
        return Response(answer, headers=_NOT_KEPT)
