"""Exports, as users see them: those of their organization, of the kinds that they may ask for."""

from __future__ import annotations

from django.utils import timezone

from calls.models import Export, ExportKind
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import may_export
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.errors import ErrorCode
from tether_calls.common.pagination import Page, Paging, page_of
from tether_calls.common.querysets import OrganizationQuerySet


def exports_page(*, user: User, paging: Paging) -> Page[Export]:
    """One page, newest first. Two statements."""
    return page_of(_shown_to(user).order_by("-id"), paging)


def export_of(*, user: User, export_id: str) -> Export:
    """One export. One statement. Raises EXPORT_NOT_FOUND."""
    return _shown_to(user).get_or_refuse(ErrorCode.EXPORT_NOT_FOUND, pk=export_id)


def _shown_to(user: User) -> OrganizationQuerySet[Export]:
    # One that has expired is gone, whether or not the job has been there.
    rows = Export.objects.of_organization(user.home_id).filter(expires_at__gt=timezone.now())
    rows = rows.defer("checkpoint", "carry")
    if not sees_all_calls(user):
        # What others have asked for may have calls that this user does not see.
        rows = rows.filter(user=user)
    return rows if may_export(user, wallet=True) else rows.exclude(kind=ExportKind.WALLET)
