"""What a role may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tether_calls.accounts.models import AccessRole, User

if TYPE_CHECKING:
    # At run time the views import the permissions.
    from rest_framework.views import APIView


class IsMember(BasePermission):
    """A user of an organization; platform staff without one have the admin only."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.organization_id is not None


class IsAdministrator(IsMember):
    """The organization's API keys."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        role = getattr(request.user, "access_role", None)
        return super().has_permission(request, view) and role in (AccessRole.ADMIN, AccessRole.SUPERADMIN)


class IsSuperadmin(IsMember):
    """Configuration of the organization's telephony."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        return super().has_permission(request, view) and getattr(user, "access_role", None) == AccessRole.SUPERADMIN
