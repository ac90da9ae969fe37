"""Who sent a callback of a service plan: https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks/

Sinch signs where it has been asked to, with a secret of the plan, which is text and not base64 as that of voice is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from calls.providers.verdicts import Verdict, is_same, verdict_of_age

SIGNATURE, TIMESTAMP, NONCE = (f"x-sinch-webhook-signature{each}" for each in ("", "-timestamp", "-nonce"))
# Sinch documents no tolerance; the same callback again changes nothing, so that no nonce needs to be remembered.
TOLERANCE_SECONDS = 5 * 60

_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_NONCE = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


def sign(*, secret: str, body: bytes, nonce: str, timestamp: str) -> str:
    text = body + b"." + nonce.encode() + b"." + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def verify(
    *, signature: str | None, timestamp: str | None, nonce: str | None, body: bytes, secret: str, now: float
) -> Verdict:
    """The verdict on a callback's raw body; `now` in Unix seconds."""
    if not secret:
        return Verdict.NOT_CONFIGURED
    if not signature or not timestamp or not nonce:
        return Verdict.MISSING
    if not _SIGNATURE.fullmatch(signature) or not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
        return Verdict.MALFORMED
    if not is_same(signature, sign(secret=secret, body=body, nonce=nonce, timestamp=timestamp)):
        return Verdict.WRONG
    return verdict_of_age(now - int(timestamp), oldest=TOLERANCE_SECONDS, ahead=TOLERANCE_SECONDS)
