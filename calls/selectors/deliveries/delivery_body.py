"""A delivery's body as people can read it: laid out, without audio, and never more of it than a page can show."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import parse_qsl

from django.db.models import BinaryField
from django.db.models.functions import Length, Substr

from calls.models import Delivery

# Bodies up to this size are read whole, of larger ones only the head: audio comes in 67 MB.
_WHOLE_BYTES: Final = 512 * 1024
_HEAD_BYTES: Final = 4 * 1024
# Of the page; and of one text in it, of which the beginning is left.
_MOST_CHARACTERS: Final = 60_000
_LONGEST_TEXT, _TEXT_BEGINNING = 2_000, 80


def readable_body(delivery_id: str) -> str:
    """The body's text, bounded. One statement."""
    head = Substr("body", 1, _WHOLE_BYTES, output_field=BinaryField())
    # wall: the admin's page has found the delivery among the rows of its user; a refused one has no organization
    found = Delivery.objects.filter(pk=delivery_id).values_list(Length("body"), head).first()
    size, start = found if found is not None else (0, b"")
    content = bytes(start or b"")
    if size > len(content):
        return f"{_printable(content[:_HEAD_BYTES])}\n… {size:,} bytes in all"
    text = _laid_out(content)
    if len(text) > _MOST_CHARACTERS:
        return f"{text[:_MOST_CHARACTERS]}\n… {size:,} bytes in all"
    return text


def _laid_out(content: bytes) -> str:
    try:
        return (
            json.dumps(_shortened(json.loads(content)), indent=2, ensure_ascii=False)
            .encode("utf-8", "replace")
            .decode()
        )
    except (ValueError, RecursionError):
        text = _printable(content)
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=200)
    except ValueError:
        return text
    return "\n".join(f"{name}: {value}" for name, value in pairs)


def _shortened(value: Any) -> Any:
    """Without the length of audio, which is text in JSON."""
    match value:
        case str() if len(value) > _LONGEST_TEXT:
            return f"{value[:_TEXT_BEGINNING]}… ({len(value):,} characters)"
        case dict():
            return {name: _shortened(each) for name, each in value.items()}
        case list():
            return [_shortened(each) for each in value]
        case _:
            return value


def _printable(content: bytes) -> str:
    return content.decode("utf-8", "replace").replace("\0", "\ufffd")
