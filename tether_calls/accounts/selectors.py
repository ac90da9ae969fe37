"""Reads of API keys and wallets, for administrators."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from tether_calls.accounts.models import ApiKey, AvailabilityChange, User
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.pagination import Page, Paging, page_of

# So long before its end a key is to be replaced.
EXPIRES_SOON = timedelta(days=14)


def about_to_expire(now: datetime) -> Q:
    """Keys that work, will not for long, and that no other one takes the place of."""
    soon = Q(expires_at__gt=now, expires_at__lte=now + EXPIRES_SOON)
    return soon & Q(revoked_at__isnull=True, replaced_by__isnull=True)


def running_low() -> Q:
    """Wallets of prepaid organizations with less than TETHER_LOW_BALANCE."""
    return Q(organization__is_prepaid=True, balance__lt=settings.TETHER_LOW_BALANCE)


def availability_log(user: User, *, most: int = 10) -> list[AvailabilityChange]:
    """When a user's availability has changed in their organization, the last one first. One statement."""
    log = AvailabilityChange.objects.of_organization(user.home_id).filter(user=user)
    return list(log.order_by("-pk")[:most])


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
