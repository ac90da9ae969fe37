"""What the storage of recordings can do beside what every storage can."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, cast

from django.core.files import File
from django.core.files.storage import storages


def recording_files() -> StorageOfRecordings:
    """The storage that recordings lie in."""
    return cast(StorageOfRecordings, storages["recordings"])


class StorageOfRecordings(Protocol):
    """What the storage's client raises is let through."""

    def download_url(self, name: str) -> str:
        """An address like that of `url`, whose file a browser saves instead of playing it."""

    def as_file(self, name: str) -> AbstractContextManager[Path]:
        """A recording as a file of this machine, for as long as the block lasts. Raises FileNotFoundError."""

    def url(self, name: str) -> str: ...

    def save(self, name: str, content: File[Any]) -> str: ...

    def open(self, name: str) -> File[Any]: ...

    def delete(self, name: str) -> None: ...
