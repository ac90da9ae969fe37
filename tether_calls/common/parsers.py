"""JSON in, with a limit that each view may set (`body_limit`, bytes)."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from threading import Lock
from typing import Any, TypeVar

import msgspec
from django.conf import settings
from django.http import UnreadablePostError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.http.encodings import compressions_in
from tether_calls.common.json_depth import contains_nul, deeper_than
from tether_calls.common.whole_body import IN_MEMORY, declared_length

# Values in a body, counted by its commas: one of a few bytes becomes a hundred and more in memory, and bodies are read
# before anything is known of who sends them. No request has a tenth as many; pushed calls are read in another way.
_MAX_VALUES = 20_000


Decoded = TypeVar("Decoded")
_large_bodies = Lock()


class RawBody:
    """A body's bytes, to be taken once, by `read_body`.

    REST framework's request, view and response refer to each other, so that what they hold stays until the garbage
    collector's next full run: of bodies with recordings that would soon be gigabytes.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def take(self) -> bytes:
        content, self._content = self._content, b""
        return content


def read_body(request: Request) -> bytes:
    """The bytes that a raw parser has read, which are handed out once; none where there was no body."""
    return request.data.take() if isinstance(request.data, RawBody) else b""


def decode_body(request: Request, decode: Callable[[bytes], Decoded]) -> Decoded:
    """What is made of the bytes of `read_body`, which are gone when this returns.

    Of large bodies one is decoded at a time, so that only one is in memory besides what was made of it; the others wait
    in their files. The interpreter decodes one at a time anyway. Raises what `decode` raises.
    """
    with _large_bodies if declared_length(request.META) > IN_MEMORY else nullcontext():
        return decode(read_body(request))


class RawParser(BaseParser):
    """Hands the view the bytes of a body of any type, for views that check a signature over them."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return RawBody(_read(stream, parser_context))


class _PlainParser(RawParser):
    """Refuses what is compressed, which nobody here would understand."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        _refuse_compressed(stream.META)
        return super().parse(stream, media_type, parser_context)


class RawJsonParser(_PlainParser):
    """Hands the view the bytes of a JSON body, for views that decode into structs."""

    media_type = "application/json"


class RawCsvParser(_PlainParser):
    """Hands the view the bytes of a CSV file."""

    media_type = "text/csv"


class JsonParser(BaseParser):
    """Decodes a JSON body of any type; `common.bodies` says what is wrong with it."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        _refuse_compressed(stream.META)
        body = _read(stream, parser_context)
        data = decode_json(body)
        if b"\\u0000" in body and contains_nul(data):
            raise TetherError(ErrorCode.VALIDATION_ERROR, "The request contains NUL characters")
        if deeper_than(data):
            raise TetherError(ErrorCode.VALIDATION_ERROR, "The request nests too deeply")
        return data


def _refuse_compressed(headers: Mapping[str, Any]) -> None:
    if compressions_in(headers.get("HTTP_CONTENT_ENCODING", "")):
        raise TetherError(
            ErrorCode.UNSUPPORTED_MEDIA_TYPE, "The request body is compressed: send it plain, without Content-Encoding"
        )


def _read(stream: Any, parser_context: Mapping[str, Any] | None) -> bytes:
    view = (parser_context or {}).get("view")
    limit: int = getattr(view, "body_limit", None) or settings.TETHER_BODY_MAX_BYTES
    length = int(stream.META.get("CONTENT_LENGTH") or 0)
    if length > limit:
        raise TetherError(ErrorCode.PAYLOAD_TOO_LARGE, f"The request body is larger than {limit} bytes")
    # Where the client hangs up, some servers raise and others hand over what there is, which may look whole.
    with suppress(UnreadablePostError):
        body: bytes = stream.read()
        if len(body) >= length:
            return body
    raise TetherError(ErrorCode.BAD_REQUEST, "The request body ended too early")


def without_mark(body: bytes) -> bytes:
    """UTF-8 without the byte order mark that some systems write in front of it (RFC 8259, 8.1 lets us ignore it)."""
    return body.removeprefix(BOM_UTF8)


def decode_json(body: bytes) -> Any:
    """Decode strictly: no NaN, no lone surrogate, no nesting that breaks the stack.

    Raises MALFORMED_JSON, and VALIDATION_ERROR for too many values.
    """
    if body.count(b",") > _MAX_VALUES:
        raise TetherError(ErrorCode.VALIDATION_ERROR, "The request has too many values")
    try:
        return msgspec.json.decode(without_mark(body))
    except RecursionError:
        raise TetherError(ErrorCode.MALFORMED_JSON, "The request body nests too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise TetherError(ErrorCode.MALFORMED_JSON) from None
