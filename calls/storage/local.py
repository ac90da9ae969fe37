"""Folders that stand in for R2 in the embedded default."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.signing import BadSignature, TimestampSigner

from calls.storage.names import disposition_of, export_disposition_of, export_type_of
from calls.storage.parts import PartsAreGone
from tether_calls.common.random_bytes import random_hex


class SignedFolder(FileSystemStorage):
    """A folder; `url()` is signed and works for RECORDING_URL_SECONDS, like one of R2."""

    # An address of one folder opens nothing of another.
    salt: ClassVar[str]

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name  # unique by construction

    def _save(self, name: str, content: File[Any]) -> str:
        # Written aside and moved into place: a file under its own name is a whole file.
        path, tag = self.path(name), f".{random_hex(4)}.part"
        draft = path + tag
        try:
            try:
                self._write(draft, content)
            except FileNotFoundError:
                # The first of its day: Django makes the folders, which it would else look for each time.
                super()._save(name + tag, content)  # type: ignore[misc]  # the stubs leave it out
            Path(draft).rename(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        return name

    def _write(self, path: str, content: File[Any]) -> None:
        """A new file. By the system's own calls, as few as it takes: in each of them another thread goes on."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            if self.file_permissions_mode is not None:
                os.fchmod(descriptor, self.file_permissions_mode)
            for chunk in content.chunks():
                rest = memoryview(chunk)
                while rest:
                    rest = rest[file.write(rest) :]

    def url(self, name: str | None) -> str:
        assert name is not None
        token = TimestampSigner(salt=self.salt).sign(name)
        return f"{self.base_url}{quote(token)}"

    def name_in(self, token: str) -> str | None:
        """The file name that a signed address opens; None when it is forged or older than RECORDING_URL_SECONDS."""
        try:
            return TimestampSigner(salt=self.salt).unsign(token, max_age=settings.RECORDING_URL_SECONDS)
        except BadSignature:
            return None

    def headers_of(self, name: str) -> dict[str, str]:
        """What a file is, and how it is called when it is saved."""
        raise NotImplementedError


class LocalRecordings(SignedFolder):
    """The recordings."""

    salt = "calls.recordings"

    def headers_of(self, name: str) -> dict[str, str]:
        return {"Content-Type": "audio/mpeg", "Content-Disposition": disposition_of(name)}

    def download_url(self, name: str) -> str:
        return f"{self.url(name)}?download=1"

    @contextmanager
    def as_file(self, name: str) -> Iterator[Path]:
        path = Path(self.path(name))
        if not path.is_file():
            raise FileNotFoundError(name)
        yield path


class LocalExports(SignedFolder):
    """The exports: a file of several parts is put together from files that lie beside it."""

    salt = "calls.exports"

    def headers_of(self, name: str) -> dict[str, str]:
        return {"Content-Type": export_type_of(name), "Content-Disposition": export_disposition_of(name)}

    def begin(self, name: str) -> str:
        return secrets.token_hex(8)

    def add_part(self, name: str, upload: str, number: int, content: bytes) -> str:
        # Under a name of its own each time: a worker that has lost the export replaces no part of the one that has it.
        tag = secrets.token_hex(8)
        self.save(_part(name, upload, tag), ContentFile(content))
        return tag

    def complete(self, name: str, upload: str, tags: Sequence[str]) -> int:
        draft = Path(self.path(f"{name}.{upload}.part"))
        try:
            draft.touch(mode=settings.FILE_UPLOAD_PERMISSIONS)
            with draft.open("wb") as whole:
                for tag in tags:
                    with Path(self.path(_part(name, upload, tag))).open("rb") as part:
                        shutil.copyfileobj(part, whole)
                size = whole.tell()
        except FileNotFoundError:
            raise PartsAreGone from None
        draft.rename(self.path(name))
        self.abandon(name, upload)
        return size

    def abandon(self, name: str, upload: str) -> None:
        self._remove_beside(name, f".{upload}.*part")

    def delete(self, name: str) -> None:
        super().delete(name)
        # What a process left that was killed while it wrote.
        self._remove_beside(name, ".*part")

    def _remove_beside(self, name: str, pattern: str) -> None:
        path = Path(self.path(name))
        for part in path.parent.glob(f"{path.name}{pattern}"):
            part.unlink(missing_ok=True)


def _part(name: str, upload: str, tag: str) -> str:
    return f"{name}.{upload}.{tag}.part"
