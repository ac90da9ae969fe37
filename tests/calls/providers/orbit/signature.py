"""Orbit-Signature: t=<unix seconds>;h=<hex of HMAC-SHA256 over "<seconds>.<body>">."""

from __future__ import annotations

import hashlib
import hmac
import re

from calls.providers.verdicts import Verdict, is_same, verdict_of_age

HEADER = "orbit-signature"
WORKSPACE = "orbit-workspace"
TOLERANCE_SECONDS = 5 * 60

_FORM = re.compile(r"t=([0-9]{1,12});h=([0-9a-f]{64})", re.ASCII)


def sign(*, body: bytes, secret: str, timestamp: int) -> str:
    return f"t={timestamp};h={_digest(body, secret, timestamp)}"


def verify(*, header: str | None, body: bytes, secret: str, now: float) -> Verdict:
    if not secret:
        return Verdict.NOT_CONFIGURED
    if not header:
        return Verdict.MISSING
    match = _FORM.fullmatch(header)
    if match is None:
        return Verdict.MALFORMED
    timestamp = int(match[1])
    if not is_same(match[2], _digest(body, secret, timestamp)):
        return Verdict.WRONG
    return verdict_of_age(now - timestamp, oldest=TOLERANCE_SECONDS, ahead=TOLERANCE_SECONDS)


def _digest(body: bytes, secret: str, timestamp: int) -> str:
    return hmac.new(secret.encode(), b"%d.%b" % (timestamp, body), hashlib.sha256).hexdigest()
