"""The field `recording` of POST /api/calls/ingest: base64, a data URI or a URL, read from where it lies in the body."""

from __future__ import annotations

import binascii
import re
from contextlib import suppress
from urllib.parse import unquote_to_bytes

import msgspec

from calls.reports import InlineRecording, RecordingSource, RemoteRecording
from tether_calls.common.base64_bytes import decode_base64
from tether_calls.common.errors import ErrorCode, TetherError

_string = msgspec.json.Decoder(str)

# White space, as it stands or escaped; possessive, since going back over 67 MB of it would take its time.
_BLANK = re.compile(rb'"(?:\s++|\\[fnrt])*+"')
_BACKSLASH = re.compile(rb"\\")
_URL = re.compile(rb"\s*https?:", re.IGNORECASE)
# Of any type and with any parameters, which may quote commas: what it holds is judged by its bytes.
_DATA_URI = re.compile(rb"\s*data:[^\x00-\x1f]{0,1000}?;\s*base64\s*,", re.IGNORECASE)
_PERCENT = re.compile(rb"%")


def is_blank(value: msgspec.Raw) -> bool:
    """Whether a JSON value is null or a text without a character that shows."""
    return bytes(memoryview(value)[:4]) == b"null" or _BLANK.fullmatch(value) is not None


def recording_source(value: msgspec.Raw, *, has_escapes: bool = True) -> RecordingSource:
    """What a JSON value names; `has_escapes`: there may be a backslash. Raises VALIDATION_ERROR, RECORDING_INVALID,
    MALFORMED_JSON.
    """
    quoted = memoryview(value)
    if quoted[0] != ord('"'):
        raise TetherError(ErrorCode.VALIDATION_ERROR, "Invalid field recording: neither base64 nor a URL")
    content: bytes | memoryview = quoted[1:-1]
    if has_escapes and _BACKSLASH.search(content):
        # Escaped slashes (PHP writes them so) or line breaks (MIME does): rare, so only then as text.
        content = _text(quoted).encode()
    if _URL.match(content):
        return RemoteRecording(_text(quoted).strip())
    return InlineRecording(_decode_base64(content))


def _decode_base64(content: bytes | memoryview) -> bytes:
    """The bytes that base64 stands for, with or without a data URI's head, in one piece or in lines."""
    if head := _DATA_URI.match(content):
        content = memoryview(content)[head.end() :]
        if _PERCENT.search(content):
            content = unquote_to_bytes(bytes(content))
    with suppress(binascii.Error):
        return decode_base64(content)
    try:
        return decode_base64(b"".join(bytes(content).split()))
    except binascii.Error:
        raise TetherError(ErrorCode.RECORDING_INVALID, "The recording is neither base64 nor a URL") from None


def _text(quoted: memoryview) -> str:
    try:
        return _string.decode(quoted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise TetherError(ErrorCode.MALFORMED_JSON) from None
