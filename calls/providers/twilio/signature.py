"""Who sent a webhook: https://www.twilio.com/docs/usage/security#validating-requests

The signature covers the public URL, so behind a proxy that ends TLS it must be built from the public base URL, not
from what the process sees. It has no time in it: a replay is recognized by its content.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from calls.providers.bodies import PayloadError, parse_pairs
from calls.providers.verdicts import Verdict, is_same

HEADER = "X-Twilio-Signature"
_FORM = "application/x-www-form-urlencoded"
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27}=", re.ASCII)
_DEFAULT_PORTS = {"https": 443, "http": 80}


def sign(*, url: str, token: str, pairs: Sequence[tuple[str, str]] = ()) -> str:
    """The signature over a URL and the fields of a form: sorted, and each value of a name once."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    digest = hmac.new(token.encode(), text.encode("utf-8", "replace"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def verify(*, signature: str | None, url: str, content_type: str, body: bytes, token: str) -> Verdict:
    """The verdict on a webhook's raw body. What is no form must be covered by bodySHA256 in the URL."""
    if not token:
        return Verdict.NOT_CONFIGURED
    if not signature:
        return Verdict.MISSING
    if not _SIGNATURE.fullmatch(signature):
        return Verdict.MALFORMED
    pairs: list[tuple[str, str]] = []
    if content_type.partition(";")[0].strip().lower() == _FORM:
        try:
            pairs = parse_pairs(body)
        except PayloadError:
            return Verdict.MALFORMED
    elif body:
        digest = dict(parse_qsl(urlsplit(url).query)).get("bodySHA256")
        if digest is None:
            return Verdict.MALFORMED
        if not is_same(digest, hashlib.sha256(body).hexdigest()):
            return Verdict.WRONG
    # Some of their products sign the port, others do not.
    expected = [sign(url=variant, token=token, pairs=pairs) for variant in (_with_port(url), _without_port(url))]
    return Verdict.VALID if any(is_same(signature, each) for each in expected) else Verdict.WRONG


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    if _port(parts) is not None or parts.scheme not in _DEFAULT_PORTS:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.netloc}:{_DEFAULT_PORTS[parts.scheme]}"))


def _without_port(url: str) -> str:
    parts = urlsplit(url)
    if _port(parts) is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0]))


def _port(parts: SplitResult) -> int | None:
    with suppress(ValueError):  # 99999, which a Host header may say
        return parts.port
    return None
