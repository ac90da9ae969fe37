"""`Content-Encoding`: gzip and deflate are undone within a limit, what encodes nothing is ignored, the rest is refused.

Several object storages answer `aws-chunked`, an empty value, or a charset for plain bytes; the bytes decide.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from tether_calls.common.http.problems import FetchError, FetchProblem

_INFLATED = frozenset({"gzip", "x-gzip", "deflate"})
# Compressions that are not undone: https://www.iana.org/assignments/http-parameters, and what is sent unregistered.
# fmt: off
_REFUSED = frozenset({
    "br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm",
    "bzip2", "x-bzip2", "xz", "x-xz", "lzma", "x-lzma", "lz4", "snappy", "x-snappy-framed", "zip", "sdch",
})
# fmt: on
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


def compressions_in(encoding: str) -> list[str]:
    """What of a `Content-Encoding` compresses, in lower case; what encodes nothing is left out."""
    codings = (name.strip().lower() for name in encoding.split(","))
    return [name for name in codings if name in _INFLATED or name in _REFUSED]


def decoded(chunks: Iterable[bytes], encoding: str, *, piece: int) -> Iterator[bytes]:
    """The pieces of a body without its encoding, of at most `piece` bytes where it was compressed.

    Raises FetchError: COMPRESSED before anything is read, BAD_RESPONSE for what is no whole gzip.
    """
    compressions = compressions_in(encoding)
    if not compressions:
        return iter(chunks)
    if len(compressions) > 1 or compressions[0] in _REFUSED:
        raise FetchError(FetchProblem.COMPRESSED)
    return _inflated(iter(chunks), compressions[0], piece)


def _inflated(chunks: Iterator[bytes], coding: str, piece: int) -> Iterator[bytes]:
    first = next(chunks, b"")
    form = _form(first, coding)
    if form is None:  # the server says so of plain bytes
        if first:
            yield first
        yield from chunks
        return
    inflater, compressed = zlib.decompressobj(form), first
    try:
        while compressed:
            yield inflater.decompress(compressed, piece)
            if not inflater.eof:
                compressed = inflater.unconsumed_tail or next(chunks, b"")
                continue
            # One gzip may follow another; what follows otherwise is padding.
            compressed = inflater.unused_data or next(chunks, b"")
            if form != _GZIP or not compressed.startswith(_GZIP_MAGIC):
                return
            inflater = zlib.decompressobj(form)
    except zlib.error:
        raise FetchError(FetchProblem.BAD_RESPONSE) from None
    raise FetchError(FetchProblem.BAD_RESPONSE)


def _form(first: bytes, coding: str) -> int | None:
    """How the beginning of a body is compressed; None where it is not."""
    if first.startswith(_GZIP_MAGIC):
        return _GZIP
    if len(first) >= 2 and first[0] & 0x0F == 8 and int.from_bytes(first[:2]) % 31 == 0:
        return _ZLIB
    if coding == "deflate" and _is_raw_deflate(first):
        return _RAW
    return None


def _is_raw_deflate(first: bytes) -> bool:
    try:
        return bool(zlib.decompressobj(_RAW).decompress(first, 1))
    except zlib.error:
        return False
