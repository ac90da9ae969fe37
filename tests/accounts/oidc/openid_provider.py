"""An OpenID provider for tests, over HTTP, with keys of its own: it tells the truth unless it is told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from functools import cache
from threading import Event
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.http_targets import SeenRequest, TargetServer, answer

CLIENT_ID, CLIENT_SECRET = "tether-calls", "a secret: of the client"
REDIRECT_URI = "http://testserver/oidc/callback"

# Makes an ID token of its claims.
Signer = Callable[[dict[str, Any]], str]


@cache
def key(name: str, bits: int = 2_048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def published(name: str, **more: str) -> dict[str, Any]:
    """The half of a key that everybody may have."""
    jwk: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key(name).public_key()))
    return {**jwk, "kid": name, "use": "sig", "alg": "RS256", **more}


def pem_of(name: str) -> bytes:
    """The same in the form in which it passes for a shared secret."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key(name).public_key().public_bytes(serialization.Encoding.PEM, form)


def signed_by(name: str, *, kid: str | None = None, algorithm: str = "RS256") -> Signer:
    def sign(claims: dict[str, Any]) -> str:
        headers = {"kid": name if kid is None else kid}
        return jwt.encode(claims, key(name), algorithm=algorithm, headers=headers)

    return sign


class OpenIdProvider:
    """`claims` are of the next person who logs in: None takes one away."""

    def __init__(self) -> None:
        self.server = TargetServer({})
        self.issuer = f"http://{self.server.host}"
        self.discovery: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.keys = [published("first")]
        self.claims: dict[str, Any] = {}
        self.sign: Signer = signed_by("first")
        self.answers: Mapping[str, Any] | None = None
        self.tokens: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.server.routes.update(
            {
                "/.well-known/openid-configuration": self._said(lambda: self.discovery),
                "/keys": self._said(lambda: {"keys": self.keys}),
                "/token": self._token,
            }
        )

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server.__exit__(kind, error, traceback)

    def person_logs_in(self, address: str) -> dict[str, str]:
        """At its page, where the browser was sent; with what it is sent back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert (asked["redirect_uri"], asked["code_challenge_method"]) == (REDIRECT_URI, "S256")
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return {"state": asked["state"], "code": code}

    def requests_to(self, path: str) -> list[SeenRequest]:
        return [request for request in self.server.requests if request.path.partition("?")[0] == path]

    def _said(self, document: Callable[[], Any]) -> Callable[[socket.socket, Event], None]:
        def write(connection: socket.socket, stopped: Event) -> None:
            answer(json.dumps(document()).encode(), content_type="application/json")(connection, stopped)

        return write

    def _token(self, connection: socket.socket, stopped: Event) -> None:
        request = self.requests_to("/token")[-1]
        form = dict(parse_qsl(request.body.decode()))
        asked = self._codes.pop(form.get("code", ""), None)
        status, document = 200, self.answers
        if asked is None or not self._is_clients(request, form) or not self._fits(form, asked):
            status, document = 400, {"error": "invalid_grant"}
        elif document is None:
            document = {
                "access_token": secrets.token_urlsafe(16),
                "token_type": "Bearer",
                "id_token": self._made(asked),
            }
        answer(json.dumps(document).encode(), status=status, content_type="application/json")(connection, stopped)

    def _is_clients(self, request: SeenRequest, form: Mapping[str, str]) -> bool:
        if "client_secret" in form:
            return form["client_secret"] == CLIENT_SECRET
        pair = base64.b64encode(f"{CLIENT_ID}:a+secret%3A+of+the+client".encode()).decode()
        return request.headers.get("authorization") == f"Basic {pair}"

    def _fits(self, form: Mapping[str, str], asked: Mapping[str, str]) -> bool:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return challenge == asked["code_challenge"] and form.get("redirect_uri") == asked["redirect_uri"]

    def _made(self, asked: Mapping[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "person-1",
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "email_verified": True,
            **self.claims,
        }
        token = self.sign({name: value for name, value in claims.items() if value is not None})
        self.tokens.append(token)
        return token
