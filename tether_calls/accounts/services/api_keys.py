"""API keys: the user's own, and those that administrators make, rotate and revoke."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tether_calls.accounts import api_keys
from tether_calls.accounts.key_followers import key_replaced, key_revoked
from tether_calls.accounts.models import ApiKey, KeyPermission, User
from tether_calls.common.errors import ErrorCode, TetherError

DEFAULT_KEY_NAME = "Default"
# Longer, and the old key would be a second key rather than a key on its way out.
MAX_OVERLAP = timedelta(days=30)
# More than one key can do with one server; a limit beyond is a slip of the finger.
MAX_REQUESTS_PER_MINUTE = 100_000
MAX_DIALS_PER_DAY = 1_000_000

# What a key hands on to the one that takes its place.
_INHERITED = (
    "name",
    "is_default",
    *KeyPermission.values,
    "requests_per_minute",
    "dials_per_day",
    "expires_at",
)


def default_api_key(*, user: User) -> str:
    """The user's own key in clear: made when first asked for, the same afterwards; it may ingest calls, only."""
    api_key, _ = user.api_keys.get_or_create(is_default=True, defaults={"name": DEFAULT_KEY_NAME})
    return api_keys.key_of(api_key)


def regenerate_default_api_key(*, user: User) -> str:
    """A new key; the one before stops working with the commit."""
    with transaction.atomic():
        changed = user.api_keys.filter(is_default=True).update(generation=F("generation") + 1, last_used_at=None)
        if not changed:
            return default_api_key(user=user)
        return api_keys.key_of(user.api_keys.get(is_default=True))


def make_api_key(
    *,
    user: User,
    name: str,
    permissions: Collection[KeyPermission],
    requests_per_minute: int,
    dials_per_day: int,
    expires_at: datetime | None = None,
) -> ApiKey:
    """A key of `user`, with at least one permission; the calls that come in by it are the user's."""
    return ApiKey.objects.create(
        user=user,
        name=name,
        requests_per_minute=requests_per_minute,
        dials_per_day=dials_per_day,
        expires_at=expires_at,
        **{permission.value: permission in permissions for permission in KeyPermission},
    )


def rotate_api_key(*, api_key: ApiKey, overlap: timedelta) -> ApiKey:
    """A new key with the same attributes; the old one works for `overlap` yet, at most MAX_OVERLAP, 0 for not at all.

    A key is replaced once. Raises API_KEY_ENDED when it is revoked, expired, or replaced already.
    """
    with transaction.atomic():
        # Of two rotations at once, the second finds the key replaced.
        old = api_key.user.api_keys.select_for_update().get(pk=api_key.pk)
        if old.has_ended or old.replaced_by_id is not None:
            raise TetherError(ErrorCode.API_KEY_ENDED)
        new = ApiKey(user=api_key.user, **{name: getattr(old, name) for name in _INHERITED})
        end = timezone.now() + overlap
        old.expires_at = end if old.expires_at is None else min(old.expires_at, end)
        old.is_default = False
        old.replaced_by_id = new.pk
        # The old one first: a user has one default key at any time.
        old.save(update_fields=["expires_at", "is_default", "replaced_by"])
        new.save(force_insert=True)
        key_replaced(old=old, new=new)
    return new


def leave_keys_behind(*, user: User) -> int:
    """End the keys that administrators have made, of a user who is about to leave the organization; how many.

    The systems that have them are the organization's, whose calls, and no others', they are to read and make. The
    user's own key, for pushing their own calls, goes with them.
    """
    with transaction.atomic():
        left = list(user.api_keys.filter(is_default=False, revoked_at=None).order_by("pk"))
        for api_key in left:
            revoke_api_key(api_key=api_key)
    return len(left)


def revoke_api_key(*, api_key: ApiKey) -> ApiKey:
    """End a key for good, and its webhooks. Its user gets a new one at the next GET /api/user/api-key."""
    if api_key.revoked_at is None:
        api_key.revoked_at = timezone.now()
        api_key.is_default = False
        with transaction.atomic():
            api_key.save(update_fields=["revoked_at", "is_default"])
            key_revoked(api_key=api_key)
    return api_key
