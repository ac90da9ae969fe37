"""How recordings and exports are named: where they lie, and when they are saved by whoever opens them."""

from __future__ import annotations

import re
from datetime import datetime

from tether_calls.common.random_bytes import random_hex

_NAME = re.compile(r".*/(?P<day>[0-9-]{10})/(?P<start>[0-9a-f]{8})[0-9a-f]*\.mp3")
_EXPORT = re.compile(r".*/(?P<day>[0-9-]{10})/[0-9a-f]+-(?P<kind>[A-Za-z]+)\.(?P<extension>[a-z]+)")
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl", "zip": "application/zip"}


def new_recording_name(*, organization_id: str, at: datetime) -> str:
    """An unguessable name under the organization and the day, so that strays can be listed day by day."""
    return f"{organization_id}/{at:%Y-%m-%d}/{random_hex(20)}.mp3"


def peaks_name(recording: str) -> str:
    """Where the peaks of a recording lie: beside it."""
    return f"{recording.removesuffix('.mp3')}.peaks"


def recording_of_peaks(name: str) -> str:
    """The name of the recording beside which a file lies, or that it is."""
    return f"{name.removesuffix('.peaks')}.mp3" if name.endswith(".peaks") else name


def disposition_of(name: str, *, is_download: bool = False) -> str:
    """The header Content-Disposition of a recording: played in place or saved, as one of its day, without a number."""
    match = _NAME.fullmatch(name)
    file_name = f"recording-{match['day']}-{match['start']}.mp3" if match else "recording.mp3"
    return f'{"attachment" if is_download else "inline"}; filename="{file_name}"'


def new_export_name(*, organization_id: str, kind: str, extension: str, at: datetime) -> str:
    """An unguessable name under the organization and the day, of which it has the kind (`calls`) and format (`csv`)."""
    return f"{organization_id}/{at:%Y-%m-%d}/{random_hex(20)}-{kind}.{extension}"


def export_disposition_of(name: str) -> str:
    """The header Content-Disposition of an export: saved as one of its kind and day."""
    match = _EXPORT.fullmatch(name)
    file_name = f"{match['kind']}-{match['day']}.{match['extension']}" if match else "export"
    return f'attachment; filename="{file_name}"'


def export_type_of(name: str) -> str:
    """The header Content-Type of an export, by the end of its name."""
    return _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
