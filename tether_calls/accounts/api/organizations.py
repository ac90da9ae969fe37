"""/api/organizations: what an organization's administrators say of it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tether_calls.accounts.api.bodies import AccessPolicyRequest, MissedCallMessageRequest
from tether_calls.accounts.api.documents import MissedCallMessageResponse
from tether_calls.accounts.api.security_documents import AccessPolicyResponse
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayRuleAccess, MayWriteToCallers
from tether_calls.accounts.services.access_policy import set_access_policy
from tether_calls.accounts.services.missed_call_message import set_missed_call_message
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.wire import or_none


class OrganizationsViewSet(ViewSet):
    """The user's own organization; of every other one nothing is known."""

    def get_permissions(self) -> list[BasePermission]:
        return [MayRuleAccess()] if self.action == "access" else [MayWriteToCallers()]

    @extend_schema(
        summary="Say whose calls users see, and how they log in",
        description=(
            "For administrators. `narrowsRoles`: staff see their own calls only. `requiresTwoFactor`: users without"
            " two-factor login can do nothing before they have set it up. `requiresStaffReason`: the platform's staff"
            " say why, before they hear or read what was said; they cannot switch it off themselves."
        ),
        tags=["Organizations"],
        request=AccessPolicyRequest,
        responses={200: AccessPolicyResponse, **dict.fromkeys((400, 401, 403, 404, 409), CallsErrorResponse)},
    )
    def access(self, request: Request, organization_id: str) -> Response:
        body = body_of(request, AccessPolicyRequest)

        organization = set_access_policy(
            user=authenticated_user(request),
            organization_id=organization_id,
            narrows_roles=or_none(body.narrows_roles),
            requires_two_factor=or_none(body.requires_two_factor),
            requires_staff_reason=or_none(body.requires_staff_reason),
        )

        answer = AccessPolicyResponse(
            narrows_roles=organization.narrows_roles,
            requires_two_factor=organization.requires_two_factor,
            requires_staff_reason=organization.requires_staff_reason,
        )

        return Response(answer)

    @extend_schema(
        summary="Say what those are written whose calls were missed",
        description=(
            "Once for each call that comes in and that nobody answers, and at most once in 4 hours to one number; never"
            " to one on the Do Not Call list, and only within the calling hours. For administrators."
        ),
        tags=["Organizations"],
        request=MissedCallMessageRequest,
        responses={200: MissedCallMessageResponse, **dict.fromkeys((400, 401, 403, 404), CallsErrorResponse)},
    )
    def missed_call_message(self, request: Request, organization_id: str) -> Response:
        body = body_of(request, MissedCallMessageRequest)

        organization = set_missed_call_message(
            user=authenticated_user(request),
            organization_id=organization_id,
            message=or_none(body.missed_call_message),
            is_enabled=or_none(body.missed_call_auto_message_enabled),
        )

        answer = MissedCallMessageResponse(
            missed_call_message=organization.missed_call_message,
            missed_call_auto_message_enabled=organization.missed_calls_texted_since is not None,
        )

        return Response(answer)
