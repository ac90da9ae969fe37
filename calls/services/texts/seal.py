"""The words of a text that its message does not show: encrypted until the carrier has them, a digest after that."""

from __future__ import annotations

from django.utils.crypto import salted_hmac

from calls.models import OutgoingText
from tether_calls.common.encryption import decrypt, encrypt


def sealed(content: str) -> str:
    return encrypt(content)


def content_of(text: OutgoingText) -> str:
    """What is sent. Raises UndecipherableSecret."""
    return decrypt(text.sealed) if text.sealed else text.message.content


def digest_of(organization_id: str, content: str) -> str:
    """Tells two texts apart whose messages are masked alike; keyed, since few numbers would have to be tried."""
    return salted_hmac("calls.services.texts.seal", f"{organization_id} {content}", algorithm="sha256").hexdigest()
