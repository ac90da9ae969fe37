"""How large a body may be, by its path: large for the addresses that take recordings, small for all others."""

from __future__ import annotations

from django.conf import settings

from calls.api.ingest_body import ingest_body_limit
from calls.providers.registry import providers

INGEST = ("/api/calls/ingest", "/api/calls/ingest/batch")
_WEBHOOKS = "/api/webhook/"
# Of a form, around its file.
_AROUND_FILE = 64 * 1024


def body_limit_at(path: str) -> int:
    """Bytes that are read before anything is known of the sender; views have limits of their own below it."""
    path = path.rstrip("/")
    if path in INGEST:
        return ingest_body_limit()
    if path.removeprefix(_WEBHOOKS) in _taking_audio():
        around: int = settings.TETHER_BODY_MAX_BYTES
        recording: int = settings.TETHER_RECORDING_MAX_BYTES
        return recording * 4 // 3 + around  # in base64
    form: int = max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.TETHER_DNC_UPLOAD_MAX_BYTES + _AROUND_FILE)
    smallest: int = settings.TETHER_BODY_MAX_BYTES
    return max(smallest, form)


def _taking_audio() -> set[str]:
    return {endpoint.path for provider in providers() for endpoint in provider.endpoints if endpoint.takes_audio}
