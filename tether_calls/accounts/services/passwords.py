"""Passwords: changed by who knows the old one, or by who reads the mail of the account."""

from __future__ import annotations

import logging
from datetime import timedelta
from hmac import compare_digest
from typing import Final
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tether_calls.accounts import login_limits
from tether_calls.accounts.models import PasswordReset, User, UserSession
from tether_calls.accounts.models.user import normalize_email
from tether_calls.background.wake import wake
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.masking import digest_name
from tether_calls.common.object_id import is_object_id
from tether_calls.common.rate_limits import LimitsUnavailable, take
from tether_calls.common.statements import after_commit

logger = logging.getLogger(__name__)

# How long a link works.
RESET_LIFETIME: Final = timedelta(hours=1)
_WINDOW: Final = timedelta(hours=1)
_PER_ADDRESS, _PER_ACCOUNT = 20, 3
_AT_ONCE: Final = 50
_SALT: Final = "tether_calls.accounts.password_reset"
_SUBJECT: Final = "Another password for Tether Calls"
_TEXT: Final = """Somebody, most likely you, asked for another password for {email}.

This link works for an hour, and once:

{link}

If it was not you, nothing has to be done: the password is still the one that it was.
"""


def change_password(*, user: User, current: str, new: str, address: str) -> None:
    """All sessions of the user end. Raises WRONG_PASSWORD, VALIDATION_ERROR, TOO_MANY_REQUESTS."""
    with login_limits.attempt(email=user.email, address=address) as attempt:
        if not user.check_password(current):
            raise TetherError(ErrorCode.WRONG_PASSWORD)
        attempt.succeeded()
    with transaction.atomic():
        _set_password(user, new, field="newPassword")


def check_password_of(*, user: User, password: str | None, address: str) -> None:
    """What somebody has to know who changes how the user logs in; of who has no password, nothing.

    Raises WRONG_PASSWORD, TOO_MANY_REQUESTS.
    """
    if not user.has_usable_password():
        return
    with login_limits.attempt(email=user.email, address=address) as attempt:
        if not user.check_password(password or ""):
            raise TetherError(ErrorCode.WRONG_PASSWORD)
        attempt.succeeded()


def request_password_reset(*, email: str, address: str, page: str) -> None:
    """Have a link sent to who has this address, within seconds; `page` is where it leads, with {token} in it.

    Whoever asks is told the same, whether there is such a user or not: the mail is a job's. Raises TOO_MANY_REQUESTS
    for an address that asks often; for an account that is asked for often no more mails are sent.
    """
    email = normalize_email(email)
    if not _granted("password-reset-address", address, _PER_ADDRESS):
        raise TetherError(ErrorCode.TOO_MANY_REQUESTS, retry_after=int(_WINDOW.total_seconds()))
    if not _granted("password-reset-account", email, _PER_ACCOUNT):
        return
    now = timezone.now()
    # wall: by an address that is unique among all users
    user = User.objects.select_related("organization").filter(email=email, is_active=True).first()
    if user is None or not user.has_usable_password() or (user.organization and not user.organization.is_active):
        return
    with transaction.atomic():
        PasswordReset.objects.create(user=user, page=page, created_at=now, expires_at=now + RESET_LIFETIME)
        after_commit(_wake_jobs)


def send_password_resets() -> None:
    """The job: the mails that are still to be sent, each at most once."""
    while True:
        with transaction.atomic():
            # wall: the job sends those of every organization
            waiting = PasswordReset.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
            due = waiting.filter(sent_at=None, expires_at__gt=timezone.now()).select_related("user")
            resets = list(due.order_by("pk")[:_AT_ONCE])
            # wall: the job sends those of every organization
            PasswordReset.objects.filter(pk__in=[reset.pk for reset in resets]).update(sent_at=timezone.now())
        for reset in resets:
            _send(reset)
        if len(resets) < _AT_ONCE:
            return


def user_of_reset(token: str) -> User | None:
    """Whose password a link changes; None for one that is wrong, too old or used. One statement."""
    reset = _reset_of(token)
    return None if reset is None else reset.user


def reset_password(*, token: str, password: str) -> User:
    """All sessions of the user end, and all links. Raises INVALID_RESET_TOKEN, VALIDATION_ERROR."""
    with transaction.atomic():
        reset = _reset_of(token, is_locked=True)
        if reset is None:
            raise TetherError(ErrorCode.INVALID_RESET_TOKEN)
        _set_password(reset.user, password, field="password")
        # wall: of one user
        PasswordReset.objects.filter(user=reset.user, used_at=None).update(used_at=timezone.now())
        return reset.user


def token_of(reset: PasswordReset) -> str:
    """It ends with the password that it is to replace."""
    said = f"{reset.pk}:{reset.user_id}:{reset.user.password}:{reset.user.email}"
    return f"{reset.pk}.{salted_hmac(_SALT, said, algorithm='sha256').hexdigest()}"


def _reset_of(token: str, *, is_locked: bool = False) -> PasswordReset | None:
    row_id, _, _ = token.partition(".")
    if not is_object_id(row_id):
        return None
    # wall: whose it is, the token says
    resets = PasswordReset.objects.select_related("user__organization")
    if is_locked:
        resets = resets.select_for_update(of=("self",), no_key=True)
    reset = resets.filter(pk=row_id, used_at=None, expires_at__gt=timezone.now(), user__is_active=True).first()
    return reset if reset is not None and compare_digest(token.encode(), token_of(reset).encode()) else None


def _send(reset: PasswordReset) -> None:
    link = reset.page.replace("{token}", quote(token_of(reset)))
    try:
        send_mail(_SUBJECT, _TEXT.format(email=reset.user.email, link=link), None, [reset.user.email])
    except Exception as error:
        # Whatever the mail server does: they may ask again. The error may quote the address.
        logger.error("The mail of the password reset %s was not sent (%s)", reset.pk, type(error).__name__)


def _set_password(user: User, password: str, *, field: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise TetherError.of_field(field, " ".join(error.messages)) from None
    user.set_password(password)
    user.save(update_fields=["password"])
    # Their tokens, and cookies, have ended with the password.
    # wall: of one user
    UserSession.objects.filter(user=user).delete()


def _granted(what: str, whose: str, limit: int) -> bool:
    try:
        return take(digest_name(what, whose), limit=limit, window=_WINDOW).granted
    except LimitsUnavailable:
        logger.exception("Requests for passwords cannot be counted: Redis is away")
        return True


def _wake_jobs() -> None:
    for name in settings.TETHER_JOBS_WOKEN_BY_PASSWORD_RESETS:
        wake(name)
