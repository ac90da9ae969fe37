"""Whether an ID token is what it should be: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final

import jwt
from django.conf import settings

from tether_calls.accounts.oidc.problems import OidcError, OidcProblem
from tether_calls.accounts.oidc.provider import Provider, keys_of

# Clocks of two machines differ; as much as our own tokens are given (SIMPLE_JWT["LEEWAY"]).
LEEWAY_SECONDS: Final = 30
# Signed by one half of a pair whose other half is published. Not with a shared secret: what is published could pass for
# one. And never `none`.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat", "nonce")
# The first that fits decides.
_PROBLEMS: Final = (
    (jwt.InvalidIssuerError, OidcProblem.WRONG_ISSUER),
    (jwt.InvalidAudienceError, OidcProblem.WRONG_AUDIENCE),
    (jwt.ExpiredSignatureError, OidcProblem.EXPIRED),
    (jwt.ImmatureSignatureError, OidcProblem.NOT_YET_VALID),
    (jwt.InvalidAlgorithmError, OidcProblem.WRONG_ALGORITHM),
    (jwt.InvalidSignatureError, OidcProblem.BAD_SIGNATURE),
    (jwt.InvalidKeyError, OidcProblem.BAD_KEYS),
    (jwt.PyJWKError, OidcProblem.BAD_KEYS),
    (jwt.PyJWTError, OidcProblem.BAD_TOKEN),
)


@dataclass(frozen=True)
class Claims:
    """What the provider says of somebody, once it is certain that it is the provider who says it, and to us."""

    issuer: str
    subject: str
    # As it is written there; empty where there is none, or the provider has not seen that it is theirs.
    verified_email: str
    full_name: str
    # How they proved it (https://www.rfc-editor.org/rfc/rfc8176).
    methods: frozenset[str]
    # All of them, for those that settings name.
    others: dict[str, Any]

    def words(self, name: str) -> frozenset[str]:
        """What a claim has, be it one text or a list of them."""
        value = self.others.get(name)
        words = value if isinstance(value, list) else [value]
        return frozenset(word for word in words if isinstance(word, str))


def verified(token: str, *, provider: Provider, nonce: str) -> Claims:
    """Raises OidcError."""
    try:
        claims = _decoded(token, provider)
    except jwt.PyJWTError as error:
        # "from None": its texts quote what they are about.
        raise OidcError(next(problem for kind, problem in _PROBLEMS if isinstance(error, kind))) from None
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError):
        # Of JSON that is none of what it should be: lists for names, numbers without an end.
        raise OidcError(OidcProblem.BAD_TOKEN) from None
    _check_party(claims)
    # What is not ASCII, such as half of a surrogate pair, could be neither compared nor kept (section 2 for `sub`).
    told = claims["nonce"] if isinstance(claims["nonce"], str) and claims["nonce"].isascii() else ""
    if not compare_digest(told, nonce):
        raise OidcError(OidcProblem.WRONG_NONCE)
    subject = claims["sub"]
    if not 0 < len(subject) <= 255 or not subject.isascii() or "\0" in subject:
        raise OidcError(OidcProblem.BAD_TOKEN)
    return Claims(
        issuer=provider.issuer,
        subject=subject,
        verified_email=_verified_email(claims),
        full_name=_text(claims.get("name")),
        methods=_methods(claims.get("amr")),
        others=claims,
    )


def _decoded(token: str, provider: Provider) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS or algorithm not in settings.OIDC_ALGORITHMS:
        raise OidcError(OidcProblem.WRONG_ALGORITHM)
    key = _key(header.get("kid"), algorithm, provider)
    claims: dict[str, Any] = jwt.decode(
        token,
        # With the algorithm that was allowed, which the key has to be of: it decides, not the token's header.
        key=jwt.PyJWK(key, algorithm=algorithm),
        algorithms=[algorithm],
        audience=settings.OIDC_CLIENT_ID,
        issuer=provider.issuer,
        leeway=LEEWAY_SECONDS,
        options={"require": list(_REQUIRED), "enforce_minimum_key_length": True},
    )
    return claims


def _key(name: Any, algorithm: str, provider: Provider) -> dict[str, Any]:
    """The key that the token names; a new one may have been published since."""
    for anew in (False, True):
        fitting = [key for key in keys_of(provider, anew=anew) if key.get("alg") in (None, algorithm)]
        if name is not None:
            fitting = [key for key in fitting if key.get("kid") == name]
        # One that names none is of the only one that there is (section 10.1).
        if len(fitting) == 1:
            return fitting[0]
    raise OidcError(OidcProblem.UNKNOWN_KEY)


def _check_party(claims: dict[str, Any]) -> None:
    """For us alone, or for several of whom we are the one that asked."""
    audience, party = claims["aud"], claims.get("azp")
    is_for_several = isinstance(audience, list) and len(audience) > 1
    if (is_for_several or party is not None) and party != settings.OIDC_CLIENT_ID:
        raise OidcError(OidcProblem.WRONG_AUDIENCE)


def _verified_email(claims: dict[str, Any]) -> str:
    email = claims.get("email")
    # Some providers write it as a text.
    is_theirs = claims.get("email_verified") in (True, "true")
    # In ASCII: letters that only look like others become them in lower case (CVE-2019-19844).
    is_plain = isinstance(email, str) and email.isascii() and email.isprintable() and 3 <= len(email) <= 254
    return str(email) if is_theirs and is_plain else ""


def _methods(value: Any) -> frozenset[str]:
    return frozenset(word for word in value if isinstance(word, str)) if isinstance(value, list) else frozenset()


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    return "".join(letter for letter in text[:200] if letter.isprintable()).strip()
