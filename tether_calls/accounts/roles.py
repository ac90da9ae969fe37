"""Who a user is to the rules of the house: services ask here, so that every door answers the same."""

from __future__ import annotations

from tether_calls.accounts.models import AccessRole, User
from tether_calls.common.errors import ErrorCode, TetherError

# From the least to the most.
_ROLES = (AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN, AccessRole.SUPERADMIN)
_RANKS = {role.value: rank for rank, role in enumerate(_ROLES)}


def is_platform_staff(user: User) -> bool:
    """Whether the user works for the platform: a superuser of the admin, with any role in an organization."""
    return user.is_active and user.is_staff and user.is_superuser


def has_role(user: User, least: AccessRole) -> bool:
    """Whether the user has this role or a higher one; the platform's staff have every role."""
    return _RANKS[user.access_role] >= _RANKS[least] or is_platform_staff(user)


def may_manage_keys(user: User) -> bool:
    """Whether the user makes, shows, replaces and revokes the organization's API keys."""
    return has_role(user, AccessRole.ADMIN)


def require_role(user: User, least: AccessRole, message: str | None = None) -> None:
    """Raises FORBIDDEN for a user with a lower role."""
    if not has_role(user, least):
        raise TetherError(ErrorCode.FORBIDDEN, message)
