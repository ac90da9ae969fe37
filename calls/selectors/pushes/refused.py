"""Reads of what was refused to vendors."""

from __future__ import annotations

from calls.models import RefusedPush
from tether_calls.accounts.models import User
from tether_calls.common.pagination import Page, Paging, page_of


def refused_pushes_page(*, user: User, paging: Paging) -> Page[RefusedPush]:
    """One page of what was refused to the user's keys, newest first. Two statements."""
    rows = RefusedPush.objects.of_organization(user.home_id).filter(user_id=user.pk)
    return page_of(rows.select_related("api_key").order_by("-id"), paging)
