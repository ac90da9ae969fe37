"""The folder that stands in for R2 in the embedded default."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.core.signing import BadSignature, TimestampSigner

_SALT = "calls.recordings"


class LocalRecordings(FileSystemStorage):
    """A folder; `url()` is signed and works for RECORDING_URL_SECONDS, like one of R2."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name  # unique by construction

    def _save(self, name: str, content: File[Any]) -> str:
        # Written aside and moved into place: a file under its own name is a whole file.
        draft = f"{name}.{secrets.token_hex(4)}.part"
        try:
            super()._save(draft, content)  # type: ignore[misc]  # the stubs leave it out
            Path(self.path(draft)).rename(self.path(name))
        except BaseException:
            Path(self.path(draft)).unlink(missing_ok=True)
            raise
        return name

    def url(self, name: str | None) -> str:
        assert name is not None
        token = TimestampSigner(salt=_SALT).sign(name)
        return f"{self.base_url}{quote(token)}"

    @staticmethod
    def name_in(token: str) -> str | None:
        """The file name that a signed address opens; None when it is forged or older than RECORDING_URL_SECONDS."""
        try:
            return TimestampSigner(salt=_SALT).unsign(token, max_age=settings.RECORDING_URL_SECONDS)
        except BadSignature:
            return None
