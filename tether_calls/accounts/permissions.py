"""What a role opens: a request is refused by its user's role before its body is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tether_calls.accounts.models import AccessRole, ApiKey, User
from tether_calls.accounts.roles import (
    ACCESS_ROLE,
    EXPORT_ROLE,
    KEYS_ROLE,
    LABELS_ROLE,
    MISSED_CALLS_ROLE,
    PRIVACY_ROLE,
    REVIEW_ROLE,
    SCORECARDS_ROLE,
    TELEPHONY_ROLE,
    TRAILS_ROLE,
    has_role,
)
from tether_calls.common.errors import ErrorCode, TetherError

if TYPE_CHECKING:
    # At run time the views import the permissions.
    from rest_framework.views import APIView


class IsMember(BasePermission):
    """A user of an organization; platform staff without one have the admin only."""

    least: ClassVar[AccessRole] = AccessRole.SALES_REP
    # Whether it is open to who has to set up two-factor login first.
    before_enrolment: ClassVar[bool] = False

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises TWO_FACTOR_ENROLMENT_REQUIRED."""
        user = request.user
        if not isinstance(user, User) or user.organization_id is None:
            return False
        # A key is no login: where an organization requires two factors of its users, its systems go on.
        if not self.before_enrolment and not isinstance(request.auth, ApiKey) and user.must_enrol:
            raise TetherError(ErrorCode.TWO_FACTOR_ENROLMENT_REQUIRED)
        return has_role(user, self.least)


class IsMemberWhoMayEnrol(IsMember):
    """What somebody needs to set up two-factor login, or to be told that they have to."""

    before_enrolment = True


class IsDepartmentHead(IsMember):
    """Agents: made, changed, deleted."""

    least = AccessRole.DEPARTMENT_HEAD


class MayExport(IsMember):
    """Files of what the organization has."""

    least = EXPORT_ROLE


class IsAdministrator(IsMember):
    """The organization's API keys."""

    least = KEYS_ROLE


class MayHandlePrivacy(IsMember):
    """How long calls are kept, legal holds, and what persons ask for."""

    least = PRIVACY_ROLE


class MayWriteToCallers(IsMember):
    """What those are written whose calls were missed."""

    least = MISSED_CALLS_ROLE


class MayRuleAccess(IsMember):
    """Whose calls users see, and how they log in."""

    least = ACCESS_ROLE


class MayLabel(IsMember):
    """The tags and dispositions that there are."""

    least = LABELS_ROLE


class MayKeepScorecards(IsMember):
    """By which criteria calls are judged."""

    least = SCORECARDS_ROLE


class MayReview(IsMember):
    """Scores of calls."""

    least = REVIEW_ROLE


class MayReadTrails(IsMember):
    """Who has heard and read what was said, and who has changed what."""

    least = TRAILS_ROLE


class IsSuperadmin(IsMember):
    """Configuration of the organization's telephony."""

    least = TELEPHONY_ROLE
