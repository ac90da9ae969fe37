"""Who a user is to the rules of the house: services ask here, so that every door answers the same."""

from __future__ import annotations

from tether_calls.accounts.models import AccessRole, User
from tether_calls.common.errors import ErrorCode, TetherError

# Who makes, shows, replaces and revokes API keys; who manages webhooks, which only keys of theirs can do by API.
KEYS_ROLE = WEBHOOKS_ROLE = AccessRole.ADMIN
# Who says which tags and dispositions there are; everybody puts them on calls.
LABELS_ROLE = AccessRole.ADMIN
# Who says of a customer that no more calls are wanted, everybody; who says that it was not meant so.
UNDO_OPT_OUT_ROLE = AccessRole.DEPARTMENT_HEAD
# Who says what is written to those whose calls were missed.
MISSED_CALLS_ROLE = AccessRole.ADMIN
# Who says whose calls users see, and how they log in.
ACCESS_ROLE = AccessRole.ADMIN
# Who changes and deletes notes of others.
NOTES_ROLE = AccessRole.ADMIN
# Who says by which criteria calls are judged; who judges them, and says which are to be heard.
SCORECARDS_ROLE, REVIEW_ROLE = AccessRole.ADMIN, AccessRole.DEPARTMENT_HEAD
# Who sets up carriers and says which numbers agents answer.
TELEPHONY_ROLE = AccessRole.SUPERADMIN
# Who takes the organization's data away as files; its wallet's book is for whoever runs it.
EXPORT_ROLE, WALLET_EXPORT_ROLE = AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN
# Who says how long calls are kept, places legal holds, and has persons found, exported and erased.
PRIVACY_ROLE = AccessRole.ADMIN
# Who saves recordings as files; all staff listen to them.
DOWNLOAD_ROLE = AccessRole.DEPARTMENT_HEAD
# Who reads who has heard and read what, and who has changed what.
TRAILS_ROLE = AccessRole.ADMIN
# From the least to the most.
_ROLES = (AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN, AccessRole.SUPERADMIN)
_RANKS = {role.value: rank for rank, role in enumerate(_ROLES)}


def is_platform_staff(user: User) -> bool:
    """Whether the user works for the platform: a superuser of the admin, with any role in an organization."""
    return user.is_active and user.is_staff and user.is_superuser


def has_role(user: User, least: AccessRole) -> bool:
    """Whether the user has this role or a higher one; the platform's staff have every role."""
    return _RANKS[user.access_role] >= _RANKS[least] or is_platform_staff(user)


def works_for(user: User, organization_id: str) -> bool:
    """Whether the user may act in the organization at all: one of its own, or of the platform's staff."""
    return user.organization_id == organization_id or is_platform_staff(user)


def may_manage_keys(user: User) -> bool:
    """Whether the user makes, shows, replaces and revokes the organization's API keys."""
    return has_role(user, KEYS_ROLE)


def may_manage_webhooks(user: User) -> bool:
    """Whether the user makes, changes and deletes the organization's webhooks."""
    return has_role(user, WEBHOOKS_ROLE)


def may_handle_privacy(user: User) -> bool:
    """Whether the user says how long calls are kept, places legal holds, and answers persons who ask."""
    return has_role(user, PRIVACY_ROLE)


def may_undo_opt_out(user: User) -> bool:
    """Whether the user says that a customer may be called again who was heard to want no more calls."""
    return has_role(user, UNDO_OPT_OUT_ROLE)


def may_export(user: User, *, wallet: bool = False) -> bool:
    """Whether the user exports the organization's calls, contacts and Do Not Call list; with `wallet`, its wallet."""
    return has_role(user, WALLET_EXPORT_ROLE if wallet else EXPORT_ROLE)


def may_download_recordings(user: User) -> bool:
    """Whether the user saves recordings of calls as files."""
    return has_role(user, DOWNLOAD_ROLE)


def may_read_trails(user: User) -> bool:
    """Whether the user reads who has heard and read what was said, and who has changed what."""
    return has_role(user, TRAILS_ROLE)


def may_configure_telephony(user: User) -> bool:
    """Whether the user configures the organization's carriers, and which of its numbers agents answer."""
    return has_role(user, TELEPHONY_ROLE)


def require_role(user: User, least: AccessRole, message: str | None = None) -> None:
    """Raises FORBIDDEN for a user with a lower role."""
    if not has_role(user, least):
        raise TetherError(ErrorCode.FORBIDDEN, message)
