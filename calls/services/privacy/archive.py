"""All that is known of a person as one file: JSON for machines, a page for people, and the recordings."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.files import File
from django.core.files.storage import storages
from django.utils import timezone

from calls.models import PrivacyKind, PrivacyRequest
from calls.services.exports.discard import export_files
from calls.storage import new_export_name
from tether_calls.common.personal_data import Person, Place, places

# How long the file can be had.
KEPT: Final = timedelta(days=7)
_CHUNK: Final = 256 * 1024
_MOST_BYTES: Final = 100_000


def begin_archive(request: PrivacyRequest, *, keep: Callable[..., None]) -> None:
    """Name the file before there is one, so that no file is without a row."""
    if not request.file:
        name = new_export_name(
            organization_id=request.organization_id, kind="person", extension="zip", at=timezone.now()
        )
        keep(request, file=name)


def store_archive(request: PrivacyRequest, person: Person, *, keep: Callable[..., None]) -> None:
    """Read all places once more, and store what they have; cut off, it is made anew. No transaction may be open."""
    with TemporaryFile() as whole:
        with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
            exported = [place for place in places() if not place.not_exported]
            data = {place.name: _rows_of(place, person, archive, request, keep) for place in exported}
            archive.writestr("data.json", json.dumps(data, indent=2, ensure_ascii=False, default=str))
            archive.writestr("index.html", _page(request, data))
        whole.seek(0)
        # What an earlier worker may have stored.
        export_files().delete(request.file)
        export_files().save(request.file, File(whole, name=request.file))


def discard_archives(now: datetime) -> None:
    """Remove the files whose time is over."""
    # wall: the job removes the files of every organization
    over = PrivacyRequest.objects.filter(kind=PrivacyKind.EXPORT, finished_at__lt=now - KEPT).exclude(file="")
    for request in over[:100]:
        export_files().delete(request.file)
        PrivacyRequest.objects.of_organization(request.organization_id).filter(pk=request.pk).update(file="")


def _rows_of(
    place: Place, person: Person, archive: ZipFile, request: PrivacyRequest, keep: Callable[..., None]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: Any = None
    while True:
        rows = place.of(person).order_by("pk")
        page = list((rows if cursor is None else rows.filter(pk__gt=cursor))[: place.at_once])
        keep(request)
        for row in page:
            if place.tells_of(person, row):
                found.append(_document(place, row))
                for file in place.files(row) if place.files is not None else ():
                    _copy(archive, file.storage, file.name, f"audio/{row.pk}{PurePosixPath(file.name).suffix}")
        if len(page) < place.at_once:
            return found
        cursor = page[-1].pk


def _document(place: Place, row: Any) -> dict[str, Any]:
    if place.files is not None:
        # Where it lies with us is nothing of the person's.
        names = place.exported
        return {"id": row.pk, "file": f"audio/{row.pk}.mp3", **{name: _value(getattr(row, name)) for name in names}}
    return {"id": row.pk, **{name: _value(getattr(row, name)) for name in (*place.exported, *place.personal)}}


def _value(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        content = bytes(value)
        return content.decode(errors="replace") if len(content) <= _MOST_BYTES else f"{len(content)} bytes"
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _copy(archive: ZipFile, storage: str, name: str, into: str) -> None:
    try:
        source = storages[storage].open(name)
    except FileNotFoundError:
        return
    with source, archive.open(into, "w", force_zip64=True) as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)


_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "dt{font-weight:600}dd{margin:0 0 .5rem;white-space:pre-wrap;overflow-wrap:anywhere}"
    "article{border-top:1px solid #bbb}"
)


def _page(request: PrivacyRequest, data: dict[str, list[dict[str, Any]]]) -> str:
    titles = {place.name: place.title for place in places()}
    parts = [
        "<!DOCTYPE html><html lang='en'><meta charset='utf-8'><title>What is known of you</title>",
        f"<style>{_STYLE}</style><h1>What is known of you</h1>",
        f"<p>Number {escape(request.phone_number)}; as of {timezone.now():%Y-%m-%d %H:%M} UTC.</p>",
    ]
    for name, rows in data.items():
        if not rows:
            continue
        parts.append(f"<h2>{escape(titles[name])} ({len(rows)})</h2>")
        for row in rows:
            parts.append("<article><dl>")
            parts += [f"<dt>{escape(key)}</dt><dd>{_shown(key, value)}</dd>" for key, value in row.items() if value]
            parts.append("</dl></article>")
    return "\n".join(parts)


def _shown(key: str, value: Any) -> str:
    if key == "file":
        return f"<audio controls src='{escape(str(value), quote=True)}'></audio>"
    if key == "ai_transcript":
        return "<br>".join(f"{escape(str(turn['role']))}: {escape(str(turn['message']))}" for turn in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return escape(text)
