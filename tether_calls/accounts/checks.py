"""System checks: settings of the login at an OpenID provider that cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from tether_calls.accounts.oidc import ALGORITHMS
from tether_calls.common.object_id import is_object_id


@register()
def check_oidc(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """What is wrong with the settings; no value is quoted, since there is a secret among them."""
    return list(_faults()) if settings.OIDC_ISSUER or settings.OIDC_CLIENT_ID else []


@register(Tags.security, deploy=True)
def check_oidc_client(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """A client without a secret: whoever steals a code needs the verifier alone."""
    if not settings.OIDC_ISSUER or settings.OIDC_CLIENT_SECRET:
        return []
    sentence = "OIDC_CLIENT_SECRET is not set: the provider knows this service by its name alone"
    return [checks.Warning(sentence, hint="Register it as a confidential client.", id="tether.W003")]


def _faults() -> Iterator[CheckMessage]:
    if not settings.OIDC_ISSUER or not settings.OIDC_CLIENT_ID:
        yield Error("OIDC_ISSUER and OIDC_CLIENT_ID are of no use without each other", id="tether.E007")
    if not _is_address(settings.OIDC_ISSUER) or urlsplit(settings.OIDC_ISSUER).query:
        yield Error("OIDC_ISSUER is no address such as https://login.example.com", id="tether.E008")
    if "openid" not in settings.OIDC_SCOPES.split():
        yield Error("OIDC_SCOPES lacks openid", id="tether.E009")
    if not settings.OIDC_ALGORITHMS or not ALGORITHMS.issuperset(settings.OIDC_ALGORITHMS):
        yield Error(f"OIDC_ALGORITHMS has one that is none of {', '.join(sorted(ALGORITHMS))}", id="tether.E010")
    if settings.OIDC_ORGANIZATION and not is_object_id(settings.OIDC_ORGANIZATION):
        yield Error("OIDC_ORGANIZATION is no id of an organization", id="tether.E011")
    if settings.OIDC_CREATES_ACCOUNTS and not (settings.OIDC_ORGANIZATION or settings.OIDC_ORGANIZATION_CLAIM):
        sentence = "OIDC_CREATES_ACCOUNTS needs OIDC_ORGANIZATION or OIDC_ORGANIZATION_CLAIM: accounts are of one"
        yield Error(sentence, id="tether.E012")
    if settings.OIDC_FRONTEND_PAGE and not _is_address(settings.OIDC_FRONTEND_PAGE):
        yield Error("OIDC_FRONTEND_PAGE is no address such as https://app.example.com/login", id="tether.E013")
    elif settings.OIDC_FRONTEND_PAGE and _origin(settings.OIDC_FRONTEND_PAGE) not in _own_origins():
        sentence = "OIDC_FRONTEND_PAGE is on none of ALLOWED_ORIGINS: its page cannot exchange what it is handed"
        yield checks.Warning(sentence, id="tether.W004")


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment and parts.port != 0
    except ValueError:
        return False


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _own_origins() -> set[str]:
    return {*settings.ALLOWED_ORIGINS, settings.PUBLIC_BASE_URL}
