"""What is asked of the OpenID provider, and what of its answers is believed.

The libraries that log users of Django in this way (mozilla-django-oidc, django-allauth) leave out a part of what OpenID
Connect Core 3.1.3.7 asks for: the one looks at signature and nonce, not at issuer, audience and expiry; the other takes
ID tokens of the token endpoint without a signature, and has no nonce. So tokens are PyJWT's to verify, which has all of
it, and requests go through the door for other people's URLs (`tether_calls.common.http`).
"""

from tether_calls.accounts.oidc.exchange import redeem
from tether_calls.accounts.oidc.id_tokens import ALGORITHMS, Claims
from tether_calls.accounts.oidc.problems import OF_THE_PROVIDER, OidcError, OidcProblem
from tether_calls.accounts.oidc.provider import discovered, is_configured

__all__ = [
    "ALGORITHMS",
    "OF_THE_PROVIDER",
    "Claims",
    "OidcError",
    "OidcProblem",
    "discovered",
    "is_configured",
    "redeem",
]
