"""Files that are stored part by part, by one process after the other perhaps: what a storage of them can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from django.core.files import File


class PartsAreGone(Exception):
    """The storage knows the upload, or some part of it, no more: it ended, or was given up."""


class StorageOfParts(Protocol):
    """What the storage's client raises is let through; each file has a name that no other will have."""

    def begin(self, name: str) -> str:
        """Begin a file that comes in parts; returns the id of the upload."""

    def add_part(self, name: str, upload: str, number: int, content: bytes) -> str:
        """Store a part (numbered from 1), all but the last one of the same size; returns its tag.

        The same number once more replaces it, and only the tag that was returned last counts. Raises PartsAreGone.
        """

    def complete(self, name: str, upload: str, tags: Sequence[str]) -> int:
        """Make the file of its parts, given by their tags in order; returns its size. Raises PartsAreGone."""

    def abandon(self, name: str, upload: str) -> None:
        """Remove the parts of a file that was not completed, where there still are any."""

    def save(self, name: str, content: File[Any]) -> str: ...

    def delete(self, name: str) -> None: ...

    def url(self, name: str) -> str: ...
