"""/api/calls/token/{provider}: what a browser registers with at a carrier."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.providers.base import Provider
from calls.services.browser_calls.issue_voice_token import issue_voice_token
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.documents import CallsErrorResponse

_NOT_KEPT = {"Cache-Control": "no-store"}


class TokenViewSet(ViewSet):
    """A token for the user, of the organization's own account."""

    provider: Provider[Any]

    def issue(self, request: Request) -> Response:
        token = issue_voice_token(user=authenticated_user(request), provider=self.provider.name)

        return Response(token, headers=_NOT_KEPT)


def token_view(provider: Provider[Any]) -> Any:
    """The view of one carrier's tokens, described by its own document."""
    described = extend_schema(
        summary=f"Get a token for {provider.label}'s browser SDK",
        tags=["Providers"],
        responses={200: provider.token_document, 400: CallsErrorResponse, 401: CallsErrorResponse},
    )
    # A class of its own each: what a view is described by is kept in it.
    viewset: type[TokenViewSet] = type(f"{provider.label}TokenViewSet", (TokenViewSet,), {"provider": provider})
    return described(viewset).as_view({"get": "issue"})
