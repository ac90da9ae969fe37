"""/api/calls/live: what goes on in the organization at this moment."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.live_documents import LiveResponse, live_document
from calls.selectors.desk.under_way import calls_going_on
from calls.selectors.transfers.people import online_users, people_now
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.documents import CallsErrorResponse


class LiveViewSet(ViewSet):
    """Calls that go on, and people."""

    @extend_schema(
        summary="Read which calls go on, and who is free",
        description=(
            "The newest 100 calls that have not ended, and all active users of the organization: first those who are"
            " free, who has been so for longest before the others."
        ),
        tags=["Calls"],
        responses={200: LiveResponse, 401: CallsErrorResponse, 403: CallsErrorResponse},
    )
    def read(self, request: Request) -> Response:
        user = authenticated_user(request)
        organization_id = user.home_id

        online = online_users(organization_id=organization_id)
        people = people_now(organization_id=organization_id, online=online)
        calls = calls_going_on(organization_id=organization_id, sight=sight_of(user))

        return Response(live_document(calls=calls, people=people))
