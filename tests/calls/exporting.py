"""Exports as tests ask for them, and a folder for them that something happens to."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.core.files.storage import storages
from django.test import override_settings

from calls.models import Export
from calls.selectors.exports.sources import SOURCES, ExportFilter
from calls.services.exports.make import make_exports
from calls.services.exports.request_export import request_export
from calls.storage import LocalExports
from tether_calls.accounts.models import User


def make_export(user: User, kind: str = "calls", file_format: str = "jsonl", **asked: Any) -> Export:
    """One that is asked for, and not begun."""
    wanted: ExportFilter = asked.pop("wanted", None) or SOURCES[kind].filter_type()
    defaults: dict[str, Any] = {"columns": None, "with_transcript": False, "time_zone": None}
    return request_export(user=user, kind=kind, file_format=file_format, wanted=wanted, **{**defaults, **asked})


def made(user: User, kind: str = "calls", file_format: str = "jsonl", **asked: Any) -> Export:
    """One that is ready."""
    export = make_export(user, kind, file_format, **asked)
    make_exports()
    export.refresh_from_db()
    assert export.status == "ready", export.error
    return export


def content_of(export: Export) -> bytes:
    with storages["exports"].open(export.file) as file:
        content: bytes = file.read()
    assert len(content) == export.size
    return content


def objects_in(export: Export) -> list[dict[str, Any]]:
    """The lines of a JSONL export."""
    return [json.loads(line) for line in content_of(export).splitlines()]


def cells_in(export: Export) -> list[dict[str, str]]:
    """The lines of a CSV export, as a spreadsheet reads them."""
    return list(csv.DictReader(io.StringIO(content_of(export).decode("utf-8-sig"), newline="")))


class Watched(LocalExports):
    """A folder that tells `on_step` before and after each step, which may do anything, or raise it."""

    on_step: ClassVar[Callable[[str], None]]

    def begin(self, name: str) -> str:
        with _step("begin"):
            return super().begin(name)

    def add_part(self, name: str, upload: str, number: int, content: bytes) -> str:
        with _step("add"):
            return super().add_part(name, upload, number, content)

    def complete(self, name: str, upload: str, tags: Sequence[str]) -> int:
        with _step("complete"):
            return super().complete(name, upload, tags)

    def delete(self, name: str) -> None:
        with _step("delete"):
            super().delete(name)


@contextmanager
def _step(name: str) -> Iterator[None]:
    Watched.on_step(f"before {name}")
    yield
    Watched.on_step(f"after {name}")


@contextmanager
def watched(folder: Path, on_step: Callable[[str], None]) -> Iterator[list[str]]:
    """Exports lie in this folder; the steps so far are in the list."""
    steps: list[str] = []

    def step(name: str) -> None:
        steps.append(name)
        on_step(name)

    Watched.on_step = staticmethod(step)
    options = {"location": folder, "base_url": "/media/exports/"}
    with override_settings(STORAGES={"exports": {"BACKEND": "tests.calls.exporting.Watched", "OPTIONS": options}}):
        yield steps


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
