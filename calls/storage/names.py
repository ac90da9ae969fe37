"""How recordings are named: where they lie, and when they are saved by whoever listens."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

_NAME = re.compile(r".*/(?P<day>[0-9-]{10})/(?P<start>[0-9a-f]{8})[0-9a-f]*\.mp3")


def new_recording_name(*, organization_id: str, at: datetime) -> str:
    """An unguessable name under the organization and the day, so that strays can be listed day by day."""
    return f"{organization_id}/{at:%Y-%m-%d}/{secrets.token_hex(20)}.mp3"


def disposition_of(name: str) -> str:
    """The header Content-Disposition of a recording: played in place, and saved as one of its day, without a number."""
    match = _NAME.fullmatch(name)
    file_name = f"recording-{match['day']}-{match['start']}.mp3" if match else "recording.mp3"
    return f'inline; filename="{file_name}"'
