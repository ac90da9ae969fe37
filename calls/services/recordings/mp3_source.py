"""The bytes of what may be an MP3: read in windows, past the tags and zeros that lie in front, between and behind."""

from __future__ import annotations

import re
from typing import BinaryIO

_CHUNK = 64 * 1024
# How many places are looked at, as the start of a run or as a tag, before the rest of a file is given up: a file of
# nothing but headers, or of empty tags, would be a long read.
_MOST_TRIES = 20_000

_ID3_HEAD = 10
_ID3_HAS_FOOTER = 0x10
_ID3V1_BYTES, _ID3V1_EXTENDED_BYTES = 128, 227
_APE_HEAD = 32
# What may lie behind a tag whose size is right.
_AFTER_TAG = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]|ID3|APETAGEX|TAG|\0\0\0\0|RIFF|OggS|fLaC", re.DOTALL)


class Mp3Source:
    """A file with its size in bytes, and how many more places in it may be looked at.

    `tag_is_too_long`: an ID3 tag was met that claims more bytes than the file has.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.tag_is_too_long = False
        self._tries = _MOST_TRIES

    def may_try(self) -> bool:
        """Whether one more place may be looked at."""
        self._tries -= 1
        return self._tries >= 0

    def read(self, position: int, length: int) -> bytes:
        """At most so many bytes from a position on; fewer only at the end."""
        self._file.seek(position)
        return self._file.read(length)

    def skip_tags(self, position: int) -> int:
        """Where the tags (ID3v1, ID3v2, APE) and zeros that start at a position end."""
        while position < self.size and self.may_try():
            following = self._after_one(position)
            if following == position:
                break
            position = following
        return min(position, self.size)

    def _after_one(self, position: int) -> int:
        head = self.read(position, _APE_HEAD)
        if head.startswith(b"ID3") and len(head) >= _ID3_HEAD and 0xFF not in head[3:5]:
            return self._after_id3(position, head)
        if head.startswith(b"APETAGEX") and len(head) == _APE_HEAD:
            # The size is that of the items and the footer; a footer on its own has its items in front.
            is_header = bool(head[23] & 0x20)
            return position + _APE_HEAD + (int.from_bytes(head[12:16], "little") if is_header else 0)
        if head.startswith(b"TAG"):
            return position + (_ID3V1_EXTENDED_BYTES if head.startswith(b"TAG+") else _ID3V1_BYTES)
        if head.startswith(b"\0"):
            return self._after_zeros(position)
        return position

    def _after_zeros(self, position: int) -> int:
        while chunk := self.read(position, _CHUNK):
            rest = chunk.lstrip(b"\0")
            position += len(chunk) - len(rest)
            if rest:
                break
        return position

    def _after_id3(self, position: int, head: bytes) -> int:
        """Where an ID3v2 tag ends: its size is four bytes of seven bits each or, by some writers' mistake, eight."""
        start = position + _ID3_HEAD + (_ID3_HEAD if head[5] & _ID3_HAS_FOOTER else 0)
        plain = start + int.from_bytes(head[6:10])
        is_legal = max(head[6:10]) < 0x80
        legal = start + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) if is_legal else plain
        for end in (legal, plain):
            if end == self.size or _AFTER_TAG.match(self.read(end, 8)):
                return end
        if legal <= self.size:
            return legal
        self.tag_is_too_long = is_legal
        # A size that is none by either reading: the frames are looked for right behind it.
        return self.size if is_legal else position + _ID3_HEAD
