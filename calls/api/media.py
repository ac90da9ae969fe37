"""Files of the embedded default: recordings and exports, behind signed addresses, with Range as players need it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from werkzeug.http import parse_range_header

from calls.storage import SignedFolder
from tether_calls.common.error_views import json_error, reads_only
from tether_calls.common.errors import ErrorCode, TetherError

_CHUNK = 64 * 1024


# A range of no bytes at the end, which cannot be satisfied (RFC 9110, 14.1.2); Werkzeug takes it for no range.
_NOTHING = re.compile(r"\s*bytes\s*=\s*-0+\s*", re.IGNORECASE)


@reads_only
def recording_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """A recording; with `?download`, to be saved. A forged, expired or orphaned address is 404."""
    response = _serve(request, storages["recordings"], token, missing=ErrorCode.RECORDING_NOT_FOUND)
    if "download" in request.GET and "Content-Disposition" in response:
        response["Content-Disposition"] = response["Content-Disposition"].replace("inline", "attachment", 1)
    return response


@reads_only
def export_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """An export. A forged, expired or orphaned address is 404."""
    return _serve(request, storages["exports"], token, missing=ErrorCode.EXPORT_NOT_FOUND)


def _serve(request: HttpRequest, storage: Storage, token: str, *, missing: ErrorCode) -> HttpResponseBase:
    """A file whole (200) or in part (206, 416), or that the client has it (304); `missing` where there is none."""
    name = storage.name_in(token) if isinstance(storage, SignedFolder) else None
    if name is None or not isinstance(storage, SignedFolder) or not storage.exists(name):
        return json_error(request, TetherError(missing))
    size = storage.size(name)
    changed = int(storage.get_modified_time(name).timestamp())
    headers = {
        **storage.headers_of(name),
        "Accept-Ranges": "bytes",
        "ETag": f'"{name.rpartition("/")[2].partition(".")[0][:16]}"',
        "Last-Modified": http_date(changed),
        "Cache-Control": "private, max-age=600",
    }
    if settled := _settled(request, headers, changed):
        return settled
    part = _wanted(request, size, versions=(headers["ETag"], headers["Last-Modified"]))
    if part is None:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(headers=headers)
    else:
        response = StreamingHttpResponse(_Chunks(storage.open(name), part), headers=headers)
    response["Content-Length"] = str(part.stop - part.start)
    if part.is_asked_for:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return response


def _settled(request: HttpRequest, headers: dict[str, str], changed: int) -> HttpResponseBase | None:
    """304 or 412, where the client's conditions settle the request (RFC 9110, 13.2.2); else None."""
    settled = get_conditional_response(
        request, etag=headers["ETag"], last_modified=changed, response=HttpResponse(headers=headers)
    )
    return settled if settled is not None and settled.status_code in (304, 412) else None


@dataclass(frozen=True)
class _Part:
    """First byte, and the one after the last; `is_asked_for`: by a range, even if it is the whole file.

    A player that asks for `bytes=0-` and is not answered 206 believes that it cannot seek.
    """

    start: int
    stop: int
    is_asked_for: bool


def _wanted(request: HttpRequest, size: int, *, versions: tuple[str, ...]) -> _Part | None:
    """What to send; None where the range lies outside the file.

    Several ranges, a range that is no range, one of another version of the file, one for HEAD: the whole, as RFC 9110
    has it (14.2, 13.1.5). A version is the tag or, exactly, the date of the file.
    """
    whole = _Part(0, size, is_asked_for=False)
    text = request.headers.get("Range")
    if text is None or request.method == "HEAD" or request.headers.get("If-Range", versions[0]) not in versions:
        return whole
    if _NOTHING.fullmatch(text):
        return None
    asked = parse_range_header(text)
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return whole
    first, stop = asked.ranges[0]
    if first < 0:  # the last so many bytes, or all that there are
        return _Part(max(size + first, 0), size, is_asked_for=True)
    if first >= size:
        return None
    return _Part(first, size if stop is None else min(stop, size), is_asked_for=True)


class _Chunks:
    """The bytes of a part; the server that iterates closes it, also when the client has not read to the end."""

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
