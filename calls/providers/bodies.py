"""Bodies that providers send, as JSON and as forms: taken apart within limits, and nothing in them read yet. Pure."""

from __future__ import annotations

import json
import math
from codecs import BOM_UTF8
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from calls.providers.whole_letters import with_whole_letters

_MAX_FIELDS = 200
# Values in a body, counted by its commas: an hour's conversation has some ten thousand.
_MAX_VALUES = 200_000
# Bytes of a value that names something.
_MAX_PEEKED = 1000
# Bytes of a body that is read once more with its letters made whole, before its sender is verified, and how many of
# these there may be: a text is cut in one place, and a stranger sends a hundred thousand.
_MAX_MENDED, _MOST_MENDED = 1024 * 1024, 100


class PayloadError(ValueError):
    """A body that the provider's protocol does not know. Its text names a field and quotes nothing."""


def parse_json(body: bytes) -> Any:
    """Raises PayloadError, also for text that is not UTF-8, for nesting without end and for too many values.

    A conversation is not lost for one letter or figure: half of a surrogate pair (a text that was cut within a letter)
    is U+FFFD, and what is no number (NaN, 1e999) is null.

    Not before the sender is verified: a value of a few bytes becomes a hundred in memory. `peek` makes none.
    """
    if has_too_many_values(body):
        raise PayloadError("The body has too many values")
    content = body.removeprefix(BOM_UTF8)
    try:
        return msgspec.json.decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        told = with_whole_letters(content).decode()
        return json.loads(told, parse_float=_finite, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise PayloadError("The body is not JSON") from None


def _finite(written: str) -> float | None:
    value = float(written)
    return value if math.isfinite(value) else None


def has_too_many_values(body: bytes) -> bool:
    """Whether `parse_json` refuses it by its size alone. To look costs far less than to `peek`, which takes its time
    over each value, and no other thread runs meanwhile.
    """
    return body.count(b",") > _MAX_VALUES


def peek(body: bytes | msgspec.Raw, *names: str) -> dict[str, Any]:
    """Some fields of a JSON object, of which nothing else is kept: objects and lists as they stand there, to be
    peeked into. Raises PayloadError where it is no object.
    """
    content = body.removeprefix(BOM_UTF8) if isinstance(body, bytes) else body
    try:
        found = _peeking(names).decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        found = _peeked_again(content, names)
    return {name: _shallow(getattr(found, name)) for name in names}


def _peeked_again(content: bytes | msgspec.Raw, names: tuple[str, ...]) -> Any:
    """What `peek` finds in a body of which a text was cut within a letter. Raises PayloadError."""
    refused = PayloadError("The body is not a JSON object")
    if not isinstance(content, bytes) or len(content) > _MAX_MENDED:
        raise refused
    mended = with_whole_letters(content, at_most=_MOST_MENDED)
    if mended == content:
        raise refused
    try:
        return _peeking(names).decode(mended)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise refused from None


def peek_into(value: object, *names: str) -> dict[str, Any]:
    """The same of a field that `peek` found; nothing where it is no object."""
    if not isinstance(value, msgspec.Raw) or memoryview(value)[:1].tobytes() != b"{":
        return dict.fromkeys(names)
    return peek(value, *names)


@cache
def _peeking(names: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(msgspec.defstruct("Peeked", [(name, msgspec.Raw, msgspec.Raw()) for name in names]))


def _shallow(raw: msgspec.Raw) -> Any:
    """Text and numbers that can be an identifier; objects and lists as they are; None for the rest."""
    view = memoryview(raw)
    if view[:1].tobytes() in (b"{", b"["):
        return raw
    if not 0 < len(view) <= _MAX_PEEKED:
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError):
        return None  # a number that is too large for one


def parse_form(body: bytes) -> dict[str, str]:
    """The fields of a form; of a repeated one the last. Raises PayloadError."""
    return dict(parse_pairs(body))


def parse_pairs(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form in their order, repeated and empty ones too. Raises PayloadError."""
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise PayloadError("The body is not a form") from None
