"""Production: the same settings, tightened; starts only when no embedded part and no default secret is left."""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

from tether_calls.settings import base, environment
from tether_calls.settings.base import *  # noqa: F403
from tether_calls.settings.environment import env

# `.co.uk`, `.com.au` and their like: what registries of countries call the part that is not for sale. The list of all
# suffixes is long and grows; what it has beyond these, tether.W001 warns of.
_OF_REGISTRIES = re.compile(
    r"(ac|biz|co|com|edu|firm|gen|go|gob|gouv|gov|id|info|ltd|me|mil|ne|net|nom|or|org|plc|sch)\.[a-z]{2}"
)


def _is_too_wide(host: str) -> bool:
    """`*`, `.com`, `.co.uk` and their like: names that anyone can register are below them."""
    suffix = host.lower().strip(".")
    return "*" in host or (host.startswith(".") and ("." not in suffix or bool(_OF_REGISTRIES.fullmatch(suffix))))


DEBUG = False
TETHER_SIMULATOR = False

_problems = [
    sentence
    for wrong, sentence in (
        (not env.str("SECRET_KEY", default=""), "SECRET_KEY is not set"),
        (len(env.str("SECRET_KEY", default="x" * 50)) < 50, "SECRET_KEY is shorter than 50 characters"),
        (not env.names("ENCRYPTION_KEYS"), "ENCRYPTION_KEYS is not set"),
        (
            not all(map(environment.is_encryption_key, env.names("ENCRYPTION_KEYS"))),
            "ENCRYPTION_KEYS has one that is not 32 bytes as base64",
        ),
        (not base.DATABASE_URL.startswith(("postgres://", "postgresql://")), "DATABASE_URL does not name PostgreSQL"),
        (not base.REDIS_URL, "REDIS_URL is not set"),
        (not base.R2_BUCKET, "R2_BUCKET is not set"),
        (base.R2_BUCKET and not base.R2_ENDPOINT_URL, "R2_ENDPOINT_URL or R2_ACCOUNT_ID is not set"),
        (not env.names("ALLOWED_HOSTS"), "ALLOWED_HOSTS is not set"),
        (
            any(map(_is_too_wide, base.ALLOWED_HOSTS)),
            "ALLOWED_HOSTS allows hosts of strangers",
        ),
        (not base.PUBLIC_BASE_URL.startswith("https://"), "PUBLIC_BASE_URL is not an https address"),
        (
            base.OIDC_ISSUER and not base.OIDC_ISSUER.startswith("https://"),
            "OIDC_ISSUER is not an https address",
        ),
        (
            base.OIDC_FRONTEND_PAGE and not base.OIDC_FRONTEND_PAGE.startswith("https://"),
            "OIDC_FRONTEND_PAGE is not an https address",
        ),
        (base.TETHER_FETCH_EXEMPT_HOSTS, "TETHER_FETCH_EXEMPT_HOSTS is for local trials only"),
        (env.yes("TETHER_SIMULATOR", default=False), "TETHER_SIMULATOR is for the demo only: its calls are invented"),
    )
    if wrong
]
if _problems:
    raise ImproperlyConfigured("Production refuses to start: " + "; ".join(_problems))

# Filled by `manage.py collectstatic`.
STATIC_ROOT = env.str("STATIC_ROOT", default=str(base.BASE_DIR / "static"))
WHITENOISE_USE_FINDERS = False
STORAGES = {
    **base.STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# TLS ends at the proxy, which must set X-Forwarded-Proto itself.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000
# Whether all of a domain's hosts speak https is for its owner to promise, not for one service on it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
