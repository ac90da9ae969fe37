"""Bodies as the providers send them, from tests/fixtures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

FIXTURES = Path(__file__).parents[2] / "fixtures"


def body(name: str) -> bytes:
    """`elevenlabs/conversation.json`."""
    return (FIXTURES / name).read_bytes().strip()


def document(name: str) -> Any:
    return json.loads(body(name))


def form(name: str) -> dict[str, str]:
    return dict(parse_qsl(body(name).decode(), keep_blank_values=True, strict_parsing=True))
