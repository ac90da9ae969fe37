"""Whose account somebody has whom the OpenID provider has let in."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from tether_calls.accounts.models import AccessRole, OidcIdentity, Organization, User
from tether_calls.accounts.models.user import normalize_email
from tether_calls.accounts.oidc import Claims
from tether_calls.accounts.roles import is_platform_staff
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import is_object_id

logger = logging.getLogger(__name__)

# What a claim can make of somebody; the greatest that it names counts. Nobody becomes platform staff by one.
_ROLES: Final = (AccessRole.ADMIN, AccessRole.DEPARTMENT_HEAD, AccessRole.SALES_REP)


@dataclass(frozen=True)
class Account:
    """Whose account it is, and what it is to take over (`take_over`): the subject where it is not linked, the role."""

    user: User
    subject: str
    role: str


def account_of(claims: Claims) -> Account:
    """The account that is linked, or else the one with this e-mail. Up to eight statements.

    Raises OIDC_NO_ACCOUNT for whatever keeps them out; the log says what.
    """
    try:
        return _linked_or_matched(claims)
    except IntegrityError:
        # Another login of theirs came between, and has made the account.
        return _linked_or_matched(claims)


def take_over(*, user: User, issuer: str, subject: str, role: str) -> None:
    """What the provider has said of a user who has proved all that is asked for. In a transaction.

    Not before: whoever the provider lets have an address would keep the account's own user out for good. No statement
    where nothing is new, else up to seven. Raises OIDC_NO_ACCOUNT.
    """
    if role and not is_platform_staff(user) and user.access_role not in (role, AccessRole.SUPERADMIN):
        user.access_role = AccessRole(role)
        user.save(update_fields=["access_role"])
    if not subject:
        return
    try:
        with transaction.atomic():
            OidcIdentity.objects.create(user=user, issuer=issuer, subject=subject)
    except IntegrityError:
        # Another login came between: of theirs, or of somebody else with the address.
        # wall: of one user
        if not OidcIdentity.objects.filter(user=user, issuer=issuer, subject=subject).exists():
            raise _no_account(f"user {user.pk} is somebody else at the provider by now") from None
    else:
        logger.info("User %s is known by the OpenID provider from now on", user.pk)


@transaction.atomic
def _linked_or_matched(claims: Claims) -> Account:
    # wall: whose it is, the provider says
    identities = OidcIdentity.objects.select_related("user__organization")
    identity = identities.filter(issuer=claims.issuer, subject=claims.subject).first()
    user = identity.user if identity is not None else _by_email(claims)
    _require_allowed(user, claims)
    return Account(user, claims.subject if identity is None else "", _role_of(user, claims))


def _by_email(claims: Claims) -> User:
    if not claims.verified_email:
        raise _no_account("the provider tells no verified e-mail address")
    email = normalize_email(claims.verified_email)
    # wall: by an address that is unique among all users
    user = User.objects.select_related("organization").filter(email=email).first()
    if user is None:
        return _new_account(claims, email)
    # wall: of one user
    if OidcIdentity.objects.filter(user=user, issuer=claims.issuer).exists():
        raise _no_account(f"user {user.pk}, who has the address, is somebody else at the provider")
    return user


def _new_account(claims: Claims, email: str) -> User:
    if not settings.OIDC_CREATES_ACCOUNTS:
        raise _no_account("no account has the address")
    organization = _organization_named(claims)
    try:
        validate_email(email)
    except ValidationError:
        raise _no_account("the address is none") from None
    user = User.objects.create_user(
        email, full_name=claims.full_name, organization=organization, access_role=AccessRole.SALES_REP
    )
    logger.info("User %s has an account from now on, by the OpenID provider", user.pk)
    return user


def _organization_named(claims: Claims) -> Organization:
    """Of who has no account yet: the one that the claim names, or else the only one whose users log in there."""
    named = [settings.OIDC_ORGANIZATION]
    if settings.OIDC_ORGANIZATION_CLAIM:
        named = list(claims.words(settings.OIDC_ORGANIZATION_CLAIM))
    if len(named) != 1 or not is_object_id(named[0]):
        raise _no_account("the provider names no organization")
    organization = Organization.objects.filter(pk=named[0], is_active=True).first()
    if organization is None:
        raise _no_account("the organization is not there, or inactive")
    return organization


def _require_allowed(user: User, claims: Claims) -> None:
    """Raises OIDC_NO_ACCOUNT."""
    if not user.is_active or (user.organization is not None and not user.organization.is_active):
        raise _no_account(f"user {user.pk}, or the organization, is inactive")
    # Platform staff see every organization: a provider of one of them, or one that names organizations, is not theirs.
    if (settings.OIDC_ORGANIZATION or settings.OIDC_ORGANIZATION_CLAIM) and is_platform_staff(user):
        raise _no_account(f"user {user.pk} is of the platform's staff")
    if settings.OIDC_ORGANIZATION and user.organization_id != settings.OIDC_ORGANIZATION:
        raise _no_account(f"user {user.pk} is not of OIDC_ORGANIZATION")
    if settings.OIDC_ORGANIZATION_CLAIM and claims.words(settings.OIDC_ORGANIZATION_CLAIM) != {user.organization_id}:
        raise _no_account(f"user {user.pk} is not of the organization that the provider names")


def _role_of(user: User, claims: Claims) -> str:
    """The role that the provider says, where it is to say it; who has none there does not log in."""
    if not settings.OIDC_ROLE_CLAIM or is_platform_staff(user) or user.access_role == AccessRole.SUPERADMIN:
        return ""
    told = claims.words(settings.OIDC_ROLE_CLAIM)
    role = next((role for role in _ROLES if role.value in told), None)
    if role is None:
        raise _no_account(f"the provider names no role of user {user.pk}")
    return str(role)


def _no_account(why: str) -> TetherError:
    logger.warning("A login at the OpenID provider opens no account: %s", why)
    return TetherError(ErrorCode.OIDC_NO_ACCOUNT)
