"""What an organization asks of its users, and shows them: for its administrators to say."""

from __future__ import annotations

from django.db import transaction

from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.roles import ACCESS_ROLE, is_platform_staff, require_role
from tether_calls.common.errors import ErrorCode, TetherError


@transaction.atomic
def set_access_policy(
    *,
    user: User,
    organization_id: str,
    narrows_roles: bool | None = None,
    requires_two_factor: bool | None = None,
    requires_staff_reason: bool | None = None,
) -> Organization:
    """What is None stays. Two statements.

    Raises FORBIDDEN (also for staff of the platform who would rid themselves of being asked), NOT_FOUND for another
    organization than the user's, and TWO_FACTOR_NOT_ENABLED for who would require of others what they do not have.
    """
    require_role(user, ACCESS_ROLE)
    if requires_staff_reason is False and is_platform_staff(user):
        raise TetherError(ErrorCode.FORBIDDEN, "The organization's own administrators switch it off")
    if organization_id != user.organization_id:
        raise TetherError(ErrorCode.NOT_FOUND)
    if requires_two_factor and not (user.has_two_factor or user.proved_at_provider):
        raise TetherError(ErrorCode.TWO_FACTOR_NOT_ENABLED, "Set up two-factor login yourself first")
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    if narrows_roles is not None:
        organization.narrows_roles = narrows_roles
    if requires_two_factor is not None:
        organization.requires_two_factor = requires_two_factor
    if requires_staff_reason is not None:
        organization.requires_staff_reason = requires_staff_reason
    organization.save(update_fields=["narrows_roles", "requires_two_factor", "requires_staff_reason"])
    return organization
