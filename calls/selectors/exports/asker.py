"""What whoever asked for an export sees."""

from __future__ import annotations

from calls.models import Export
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import is_platform_staff
from tether_calls.accounts.sight import sight_of
from tether_calls.common.sight import Sight


def sight_of_asker(export: Export) -> Sight | None:
    """None: all calls. Where the organization narrows its roles, a user who is gone, or has left it, sees none.

    No statement, or two where it does. Its organization is in hand.
    """
    if not export.organization.narrows_roles:
        return None
    # wall: who asked for the export, who may be of the platform's staff
    user = User.objects.select_related("organization").filter(pk=export.user_id).first()
    if user is not None and (is_platform_staff(user) or user.organization_id == export.organization_id):
        return sight_of(user)
    return Sight(export.organization_id, (), ())
