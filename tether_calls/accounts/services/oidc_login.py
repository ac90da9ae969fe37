"""Logging in at an OpenID provider: a browser is sent there, comes back, and is let in once.

What binds the two ends is a secret in the browser's cookie: state, nonce and the verifier of PKCE are computed of it.
A frontend, which may be of another origin, has a secret of its own, whose digest it begins with and which it shows when
it exchanges the code that it is handed (as in https://www.rfc-editor.org/rfc/rfc7636).
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tether_calls.accounts import login_limits, oidc
from tether_calls.accounts.models import OidcDoor, OidcLogin, User
from tether_calls.accounts.oidc import OidcError, OidcProblem
from tether_calls.accounts.services.oidc_accounts import account_of, take_over
from tether_calls.accounts.services.second_factor import check_login_code
from tether_calls.accounts.tokens import provider_counts
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import is_object_id
from tether_calls.common.transactions import unique_or_refuse

logger = logging.getLogger(__name__)

# From being sent to the provider until coming back; and from there until the code is exchanged.
AWAY: Final = timedelta(minutes=15)
EXCHANGE: Final = timedelta(minutes=5)
_SALT: Final = "tether_calls.accounts.oidc"


@dataclass(frozen=True)
class Begun:
    """Where the browser is sent, and what it has to bring back in a cookie."""

    url: str
    cookie: str


@dataclass(frozen=True)
class Origin:
    """By which door a browser was sent away, and where its page was."""

    door: OidcDoor
    following: str


@dataclass(frozen=True)
class Returned:
    """What a browser brings back: the query of its address, and the cookie."""

    cookie: str
    state: str
    code: str
    error: str
    issuer: str


def begin(*, door: OidcDoor, redirect_uri: str, following: str = "", challenge: str = "") -> Begun:
    """Raises OIDC_NOT_CONFIGURED, OIDC_UNAVAILABLE. No statement."""
    if not oidc.is_configured():
        raise TetherError(ErrorCode.OIDC_NOT_CONFIGURED)
    try:
        endpoint = oidc.discovered().authorization_endpoint
    except OidcError as error:
        raise _failed(error) from None
    attempt = secrets.token_urlsafe(32)
    query = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": settings.OIDC_SCOPES,
        "state": _derived("state", attempt),
        "nonce": _derived("nonce", attempt),
        "code_challenge": challenge_of(_derived("verifier", attempt)),
        "code_challenge_method": "S256",
    }
    said = {"attempt": attempt, "door": door, "following": following, "challenge": challenge}
    separator = "&" if "?" in endpoint else "?"
    return Begun(url=f"{endpoint}{separator}{urlencode(query)}", cookie=signing.dumps(said, salt=_SALT, compress=True))


def origin_of(cookie: str) -> Origin:
    """Also of a login that is too old; of none, the admin."""
    said = _said(cookie, max_age=None)
    return Origin(OidcDoor(said["door"]), said["following"]) if said else Origin(OidcDoor.ADMIN, "")


def arrive(*, returned: Returned, redirect_uri: str, address: str) -> str:
    """The code with which who has come back is let in (`let_in`).

    Raises OIDC_LOGIN_FAILED, whoever lies, OIDC_NO_ACCOUNT, OIDC_UNAVAILABLE, TOO_MANY_REQUESTS.
    """
    with login_limits.attempt_from(address) as attempt:
        try:
            login, claims = _redeemed(returned, redirect_uri)
        except OidcError as error:
            if error.problem in oidc.OF_THE_PROVIDER:
                attempt.succeeded()  # nobody has failed
            raise _failed(error) from None
        account = account_of(claims)
        # Whose account it is, the provider says.
        login.user, login.subject, login.role = account.user, account.subject, account.role
        login.has_second_factor = not claims.methods.isdisjoint(settings.OIDC_SECOND_FACTORS)
        login.arrived_at = timezone.now()
        login.save(update_fields=["user", "subject", "role", "has_second_factor", "arrived_at"])
        attempt.succeeded()
    return code_of(login)


def let_in(*, code: str, door: OidcDoor, address: str, otp: str | None = None, code_verifier: str = "") -> User:
    """The user, once; with `proved_at_provider` where that has asked for a second factor that counts.

    Raises OIDC_CODE_INVALID, OIDC_NO_ACCOUNT of a user who may not use this door, TOO_MANY_REQUESTS; of a user with
    two-factor login OTP_REQUIRED, after which the code is still good, and INVALID_OTP.
    """
    with login_limits.attempt_from(address) as attempt:
        login = _login_of(code, door=door, code_verifier=code_verifier)
        user = login.user
        assert user is not None
        _require_door(user, door)
        user.proved_at_provider = provider_counts(login.has_second_factor)
        if user.has_two_factor and not user.proved_at_provider:
            if not otp:
                attempt.succeeded()
                raise TetherError(ErrorCode.OTP_REQUIRED)
            check_login_code(user=user, code=otp)
        with transaction.atomic():
            # wall: by the login in hand; of two who try at once, one is let in
            if OidcLogin.objects.filter(pk=login.pk, used_at=None).update(used_at=timezone.now()) != 1:
                raise TetherError(ErrorCode.OIDC_CODE_INVALID)
            take_over(user=user, issuer=settings.OIDC_ISSUER, subject=login.subject, role=login.role)
        attempt.succeeded()
    return user


def code_of(login: OidcLogin) -> str:
    """Of a login at the provider of today: another one knows others by the same subject."""
    return f"{login.pk}.{_derived('code', f'{login.pk}:{login.attempt}:{settings.OIDC_ISSUER}')}"


def challenge_of(code_verifier: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc7636#section-4.2"""
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")


def _redeemed(returned: Returned, redirect_uri: str) -> tuple[OidcLogin, oidc.Claims]:
    said = _said(returned.cookie, max_age=AWAY)
    if said is None or not oidc.is_configured():
        raise OidcError(OidcProblem.STRANGE_STATE)
    attempt: str = said["attempt"]
    if not compare_digest(returned.state.encode(), _derived("state", attempt).encode()):
        raise OidcError(OidcProblem.STRANGE_STATE)
    # The row first: whatever becomes of the request, this login does not come back a second time.
    login = OidcLogin(
        attempt=hashlib.sha256(attempt.encode()).hexdigest(),
        door=said["door"],
        challenge=said["challenge"],
        expires_at=timezone.now() + AWAY,
    )
    try:
        with unique_or_refuse(ErrorCode.OIDC_LOGIN_FAILED):
            login.save(force_insert=True)
    except TetherError:
        raise OidcError(OidcProblem.REPLAYED) from None
    if returned.error or not returned.code:
        raise OidcError(OidcProblem.REFUSED_THERE)
    claims = oidc.redeem(
        code=returned.code,
        named_issuer=returned.issuer,
        code_verifier=_derived("verifier", attempt),
        nonce=_derived("nonce", attempt),
        redirect_uri=redirect_uri,
    )
    return login, claims


def _login_of(code: str, *, door: OidcDoor, code_verifier: str) -> OidcLogin:
    """Raises OIDC_CODE_INVALID for every way of being wrong."""
    row_id, _, _ = code.partition(".")
    login = None
    if is_object_id(row_id):
        # wall: whose it is, the code says
        logins = OidcLogin.objects.select_related("user__organization").filter(pk=row_id, door=door)
        login = logins.filter(used_at=None, arrived_at__gt=timezone.now() - EXCHANGE).first()
    if login is None or not compare_digest(code.encode(), code_of(login).encode()):
        raise TetherError(ErrorCode.OIDC_CODE_INVALID)
    if login.challenge != (challenge_of(code_verifier) if login.challenge else ""):
        raise TetherError(ErrorCode.OIDC_CODE_INVALID)
    return login


def _require_door(user: User, door: OidcDoor) -> None:
    """They may have been shut out since they came back. Raises OIDC_NO_ACCOUNT."""
    organization = user.organization
    is_in = user.is_active and (organization is None or organization.is_active)
    is_in_admin = user.is_staff and (user.is_superuser or organization is not None)
    has_door = is_in_admin if door == OidcDoor.ADMIN else organization is not None
    if not is_in or not has_door:
        logger.warning("User %s was let in by the OpenID provider, and may not use this door (%s)", user.pk, door)
        raise TetherError(ErrorCode.OIDC_NO_ACCOUNT)


def _said(cookie: str, *, max_age: timedelta | None) -> dict[str, Any] | None:
    try:
        said: dict[str, Any] = signing.loads(cookie, salt=_SALT, max_age=max_age)
    except (signing.BadSignature, ValueError):
        return None
    return said


def _derived(what: str, secret: str) -> str:
    """In 64 letters and digits, as much as PKCE's verifier needs."""
    return salted_hmac(f"{_SALT}.{what}", secret, algorithm="sha256").hexdigest()


def _failed(error: OidcError) -> TetherError:
    logger.warning("A login at the OpenID provider came to nothing: %s", error)
    is_theirs = error.problem in oidc.OF_THE_PROVIDER
    return TetherError(ErrorCode.OIDC_UNAVAILABLE if is_theirs else ErrorCode.OIDC_LOGIN_FAILED)
