"""Two-factor login: codes of an authenticator app (TOTP, RFC 6238), and recovery codes in their place.

The algorithm is django-otp's; rows are our own, since its apps keep secrets and recovery codes in clear.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP  # type: ignore[import-untyped]

from tether_calls.accounts.models import RecoveryCode, SecondFactor, User
from tether_calls.common.errors import ErrorCode, TetherError

ISSUER: Final = "Tether Calls"
RECOVERY_CODES: Final = 10
# A clock may differ by so many steps of half a minute.
_TOLERANCE: Final = 1
# Wrong codes in a row before the user has to wait; the wait doubles with each one more, up to an hour.
_FREE_FAILURES: Final = 5
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
_CODE: Final = re.compile(r"\d{6}", re.ASCII)


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app is told: the secret, in base32, and the address that has it."""

    secret: str
    uri: str


@transaction.atomic
def begin_enrolment(*, user: User) -> Enrolment:
    """A new secret, which counts once a code of it has come. Three statements. Raises TWO_FACTOR_ENABLED."""
    _locked(user)
    # wall: of one user
    if SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
        raise TetherError(ErrorCode.TWO_FACTOR_ENABLED)
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    # wall: of one user
    SecondFactor.objects.update_or_create(
        user=user, defaults={"secrets": {"totp": secret}, "last_step": 0, "failures": 0, "blocked_until": None}
    )
    return _enrolment(user, secret)


def pending_enrolment(user: User) -> Enrolment | None:
    """What was begun and is not confirmed. One statement."""
    # wall: of one user
    factor = SecondFactor.objects.filter(user=user, confirmed_at=None).first()
    return None if factor is None else _enrolment(user, factor.secrets["totp"])


def confirm_enrolment(*, user: User, code: str) -> list[str]:
    """From now on codes are asked for. Returns the recovery codes, which are shown this once.

    Raises TWO_FACTOR_NOT_BEGUN, INVALID_OTP, TOO_MANY_REQUESTS.
    """
    with transaction.atomic():
        # Before the code is looked at: nobody begins anew in between, with a secret that no app has shown a code of.
        _locked(user)
        factor = _checked(user, code, is_confirmed=False)
        if factor is not None:
            factor.confirmed_at = timezone.now()
            factor.save(update_fields=["confirmed_at"])
            _set_two_factor(user, True)
            return _new_recovery_codes(factor)
    raise TetherError(ErrorCode.INVALID_OTP)


def check_code(*, user: User, code: str) -> None:
    """A code of the user's app, or a recovery code; each is good for once.

    Raises INVALID_OTP, and TOO_MANY_REQUESTS while codes are not looked at because of wrong ones.
    """
    with transaction.atomic():
        factor = _checked(user, code, is_confirmed=True)
    if factor is None:
        raise TetherError(ErrorCode.INVALID_OTP)


def check_login_code(*, user: User, code: str) -> None:
    """The same of a login: a wrong code is no request that could be written better, but a 401."""
    try:
        check_code(user=user, code=code)
    except TetherError as error:
        if error.code is not ErrorCode.INVALID_OTP:
            raise
        raise TetherError(ErrorCode.INVALID_OTP, status=401) from None


def renew_recovery_codes(*, user: User, code: str) -> list[str]:
    """Others in place of those that there are. Raises TWO_FACTOR_NOT_ENABLED, INVALID_OTP, TOO_MANY_REQUESTS."""
    _require_enabled(user)
    with transaction.atomic():
        _locked(user)
        factor = _checked(user, code, is_confirmed=True)
        if factor is not None:
            return _new_recovery_codes(factor)
    raise TetherError(ErrorCode.INVALID_OTP)


def disable(*, user: User, code: str) -> None:
    """No code is asked for any more.

    Raises TWO_FACTOR_NOT_ENABLED, INVALID_OTP, TOO_MANY_REQUESTS, and TWO_FACTOR_REQUIRED of an organization that
    requires it.
    """
    _require_enabled(user)
    if user.organization is not None and user.organization.requires_two_factor:
        raise TetherError(ErrorCode.TWO_FACTOR_REQUIRED)
    check_code(user=user, code=code)
    take_away(user=user)


@transaction.atomic
def take_away(*, user: User) -> None:
    """For who has lost app and recovery codes: the platform's staff do it."""
    _locked(user)
    # wall: of one user
    SecondFactor.objects.filter(user=user).delete()
    _set_two_factor(user, False)


def recovery_codes_left(user: User) -> int:
    """One statement."""
    # wall: of one user
    return RecoveryCode.objects.filter(factor__user=user, used_at=None).count()


def _enrolment(user: User, secret: str) -> Enrolment:
    # https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    label = quote(f"{ISSUER}:{user.email}")
    query = urlencode({"secret": secret, "issuer": ISSUER}, quote_via=quote)
    return Enrolment(secret, f"otpauth://totp/{label}?{query}")


def _checked(user: User, code: str, *, is_confirmed: bool) -> SecondFactor | None:
    """The user's, locked, where the code is right. In a transaction.

    Of a wrong one None, so that what comes of it is written: whoever raises does so behind the transaction. Raises
    INVALID_OTP or TWO_FACTOR_NOT_BEGUN where there is nothing that the code could be of, and TOO_MANY_REQUESTS.
    """
    now = timezone.now()
    # wall: of one user
    factor = SecondFactor.objects.select_for_update(of=("self",)).filter(user=user).first()
    if factor is None or (factor.confirmed_at is not None) is not is_confirmed:
        raise TetherError(ErrorCode.INVALID_OTP if is_confirmed else ErrorCode.TWO_FACTOR_NOT_BEGUN)
    if factor.blocked_until is not None and factor.blocked_until > now:
        wait = int((factor.blocked_until - now).total_seconds()) + 1
        raise TetherError(ErrorCode.TOO_MANY_REQUESTS, "Too many wrong codes; try again later", retry_after=wait)
    is_right = _is_right(factor, code, now)
    if is_right:
        factor.failures, factor.blocked_until = 0, None
    else:
        factor.failures += 1
        factor.blocked_until = _wait_until(factor.failures, now)
    factor.save(update_fields=["last_step", "failures", "blocked_until"])
    return factor if is_right else None


def _is_right(factor: SecondFactor, code: str, now: datetime) -> bool:
    written = re.sub(r"[\s-]", "", code)
    if _CODE.fullmatch(written):
        return _is_next_code(factor, int(written), now)
    if factor.confirmed_at is None:
        return False
    # wall: of one user
    unused = RecoveryCode.objects.filter(factor=factor, digest=_digest(factor, written), used_at=None)
    return unused.update(used_at=now) == 1


def _is_next_code(factor: SecondFactor, code: int, now: datetime) -> bool:
    """Whether it is of a step that no code has been taken of yet, within what clocks may differ by."""
    totp = TOTP(base64.b32decode(factor.secrets["totp"]))
    totp.time = now.timestamp()
    step = totp.t()
    for near in range(step - _TOLERANCE, step + _TOLERANCE + 1):
        totp.drift = near - step
        if near > factor.last_step and compare_digest(f"{totp.token():06}", f"{code:06}"):
            factor.last_step = near
            return True
    return False


def _wait_until(failures: int, now: datetime) -> datetime | None:
    over = failures - _FREE_FAILURES
    return None if over < 0 else now + min(_FIRST_WAIT * 2 ** min(over, 20), _LONGEST_WAIT)


def _new_recovery_codes(factor: SecondFactor) -> list[str]:
    codes = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES)]
    factor.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes)
    return ["-".join(code[place : place + 4] for place in range(0, 16, 4)) for code in codes]


def _digest(factor: SecondFactor, code: str) -> str:
    """Of 80 random bits: nothing is gained by making it slow."""
    return hashlib.sha256(f"{factor.pk}:{code.upper()}".encode()).hexdigest()


def _require_enabled(user: User) -> None:
    if not user.has_two_factor:
        raise TetherError(ErrorCode.TWO_FACTOR_NOT_ENABLED)


def _locked(user: User) -> None:
    # wall: the user's own row, so that what they change of it takes turns
    User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()


def _set_two_factor(user: User, is_on: bool) -> None:
    # wall: the user's own row
    User.objects.filter(pk=user.pk).update(has_two_factor=is_on)
    user.has_two_factor = is_on
