"""Recordings of the embedded default: files of a folder, behind signed addresses, with Range as players need it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.base import File
from django.core.files.storage import storages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date
from werkzeug.http import parse_range_header

from calls.storage import LocalRecordings
from tether_calls.common.error_views import json_error, reads_only
from tether_calls.common.errors import ErrorCode, TetherError

_CHUNK = 64 * 1024


@reads_only
def recording_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """Serve a file whole (200) or in part (206, 416). A forged, expired or orphaned address is 404."""
    storage = storages["recordings"]
    name = storage.name_in(token) if isinstance(storage, LocalRecordings) else None
    if name is None or not storage.exists(name):
        return json_error(request, TetherError(ErrorCode.RECORDING_NOT_FOUND))
    size = storage.size(name)
    etag = f'"{name.rpartition("/")[2].partition(".")[0][:16]}"'
    part = _wanted(request, size, etag)
    response: HttpResponseBase
    if part is None:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        if request.method == "HEAD":
            response = HttpResponse()
        else:
            response = StreamingHttpResponse(_Chunks(storage.open(name), part))
        response["Content-Length"] = str(part.stop - part.start)
        if part.is_asked_for:
            response.status_code = 206
            response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    response["Content-Type"] = "audio/mpeg"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(storage.get_modified_time(name).timestamp())
    response["Cache-Control"] = "private, max-age=600"
    return response


@dataclass(frozen=True)
class _Part:
    """First byte, and the one after the last; `is_asked_for`: by a range, even if it is the whole file.

    A player that asks for `bytes=0-` and is not answered 206 believes that it cannot seek.
    """

    start: int
    stop: int
    is_asked_for: bool


def _wanted(request: HttpRequest, size: int, etag: str) -> _Part | None:
    """What to send; None where the range lies outside the file.

    Several ranges, a range that is no range, one of another version of the file, one for HEAD: the whole, as RFC 9110
    has it (14.2, 13.1.5).
    """
    whole = _Part(0, size, is_asked_for=False)
    asked = parse_range_header(request.headers.get("Range"))
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1 or request.method == "HEAD":
        return whole
    if request.headers.get("If-Range", etag) != etag:
        return whole
    first, stop = asked.ranges[0]
    if first < 0:  # the last so many bytes, or all that there are
        return _Part(max(size + first, 0), size, is_asked_for=True)
    if first >= size:
        return None
    return _Part(first, size if stop is None else min(stop, size), is_asked_for=True)


class _Chunks:
    """The bytes of a part; whoever iterates closes it, also when nobody has read to the end."""

    def __init__(self, file: File[bytes], part: _Part) -> None:
        self._file = file
        self._part = part

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._part.start)
        left = self._part.stop - self._part.start
        while left > 0 and (chunk := self._file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self._file.close()
