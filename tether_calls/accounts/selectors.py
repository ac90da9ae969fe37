"""Reads of API keys, for administrators."""

from __future__ import annotations

from tether_calls.accounts.models import ApiKey, User
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.pagination import Page, Paging, page_of


def api_keys_page(*, organization_id: str, paging: Paging) -> Page[ApiKey]:
    """One page of the organization's keys, newest first, those that ended among them. Two statements."""
    keys = ApiKey.objects.of_organization(organization_id).select_related("user")
    return page_of(keys.order_by("-id"), paging)


def api_key_of(*, organization_id: str, key_id: str) -> ApiKey:
    """One key of the organization. One statement. Raises API_KEY_NOT_FOUND."""
    keys = ApiKey.objects.of_organization(organization_id).select_related("user")
    return keys.get_or_refuse(ErrorCode.API_KEY_NOT_FOUND, pk=key_id)


def owner_of_new_key(*, administrator: User, user_id: str | None) -> User:
    """Whose a new key is to be: a user of the administrator's organization. Raises VALIDATION_ERROR."""
    if user_id is None or user_id == administrator.pk:
        return administrator
    user = User.objects.of_organization(administrator.home_id).filter(pk=user_id, is_active=True).first()
    if user is None:
        raise TetherError.of_field("userId", "Not an active user of the organization")
    return user
