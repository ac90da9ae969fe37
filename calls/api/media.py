"""Recordings of the embedded default: files of a folder, behind signed addresses, with Range as players need it."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.base import File
from django.core.files.storage import storages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from werkzeug.http import parse_range_header

from calls.storage import LocalRecordings
from tether_calls.common.error_views import json_error
from tether_calls.common.errors import ErrorCode, TetherError

_CHUNK = 64 * 1024


@require_safe
def recording_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """Serve a file whole (200) or in part (206, 416). A forged, expired or orphaned address is 404."""
    storage = storages["recordings"]
    name = storage.name_in(token) if isinstance(storage, LocalRecordings) else None
    if name is None or not storage.exists(name):
        return json_error(TetherError(ErrorCode.RECORDING_NOT_FOUND))
    size = storage.size(name)
    etag = f'"{name.rpartition("/")[2].partition(".")[0][:16]}"'
    wanted = _wanted(request, size, etag)
    if wanted is None:
        response: HttpResponseBase = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        start, stop = wanted
        response = StreamingHttpResponse(
            _chunks(storage.open(name), start, stop), status=206 if (start, stop) != (0, size) else 200
        )
        response["Content-Length"] = str(stop - start)
        if response.status_code == 206:
            response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response["Content-Type"] = "audio/mpeg"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(storage.get_modified_time(name).timestamp())
    response["Cache-Control"] = "private, max-age=600"
    return response


def _wanted(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First byte, and the one after the last; None where the range lies outside the file.

    Several ranges, a range that is no range, or one of another version of the file: the whole, as RFC 9110 allows.
    """
    asked = parse_range_header(request.headers.get("Range"))
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, size
    if request.headers.get("If-Range", etag) != etag:
        return 0, size
    return asked.range_for_length(size)


def _chunks(file: File[bytes], start: int, stop: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = stop - start
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
