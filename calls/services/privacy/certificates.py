"""Certificates: what was found, erased and kept, signed, so that one byte that was changed since is noticed."""

from __future__ import annotations

import hmac
import json
from typing import Any, Final

from django.conf import settings
from django.utils.crypto import salted_hmac

_CERTIFICATE: Final = "calls.privacy.certificate"
_SUBJECT: Final = "calls.privacy.subject"


class NotGenuine(Exception):
    """The file is no certificate of this service, or not as it was made."""


def subject_of(organization_id: str, known_by: str, *, key: str | None = None) -> str:
    """A keyed digest of a number or of a contact's id: only with the key can another one be compared with it."""
    return _mac(_SUBJECT, f"{organization_id}:{known_by}", key or settings.SECRET_KEY)


def is_subject(digest: str, organization_id: str, phone_number: str) -> bool:
    """Whether a digest is of a number, by the key of now or by one before."""
    return any(hmac.compare_digest(digest, each) for each in subjects_of(organization_id, phone_number))


def subjects_of(organization_id: str, known_by: str) -> list[str]:
    """All digests of a number, or a contact's id, by the key of now and by those before."""
    return [subject_of(organization_id, known_by, key=key) for key in _keys()]


def signed(content: dict[str, Any]) -> str:
    """The certificate as a file: one line of JSON, which is compared byte by byte."""
    return _written(content, _mac(_CERTIFICATE, _canonical(content), settings.SECRET_KEY))


def verified(text: str) -> dict[str, Any]:
    """The content of a certificate that is as it was made. Raises NotGenuine."""
    try:
        document = json.loads(text)
        content, signature = document["certificate"], document["signature"]
        is_as_written = isinstance(signature, str) and signature.isascii() and _written(content, signature) == text
    except (ValueError, KeyError, TypeError) as error:
        raise NotGenuine("It is no certificate") from error
    if not is_as_written:
        raise NotGenuine("It is not written as certificates are")
    genuine = [key for key in _keys() if hmac.compare_digest(signature, _mac(_CERTIFICATE, _canonical(content), key))]
    if not genuine or not isinstance(content, dict):
        raise NotGenuine("Its signature is of another text, or of another service")
    return content


def _written(content: Any, signature: str) -> str:
    return json.dumps({"certificate": content, "signature": signature}, sort_keys=True, separators=(",", ":"))


def _canonical(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _mac(salt: str, text: str, key: str) -> str:
    return salted_hmac(salt, text, secret=key, algorithm="sha256").hexdigest()


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
