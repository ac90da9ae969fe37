"""What a role opens: a request is refused by its user's role before its body is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tether_calls.accounts.models import AccessRole, User
from tether_calls.accounts.roles import has_role

if TYPE_CHECKING:
    # At run time the views import the permissions.
    from rest_framework.views import APIView


class IsMember(BasePermission):
    """A user of an organization; platform staff without one have the admin only."""

    least: ClassVar[AccessRole] = AccessRole.SALES_REP

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        return isinstance(user, User) and user.organization_id is not None and has_role(user, self.least)


class IsDepartmentHead(IsMember):
    """Agents: made, changed, deleted."""

    least = AccessRole.DEPARTMENT_HEAD


class IsAdministrator(IsMember):
    """The organization's API keys."""

    least = AccessRole.ADMIN


class IsSuperadmin(IsMember):
    """Configuration of the organization's telephony."""

    least = AccessRole.SUPERADMIN
