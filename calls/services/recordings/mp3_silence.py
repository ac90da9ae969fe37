"""Spans of an MP3 become silent: frame by frame, each replaced by a silent one with the same header and length.

No decoder is needed, nothing else of the file changes, and it plays as long as before. ISO/IEC 11172-3, 2.4.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import SEEK_END
from typing import BinaryIO, Final

from calls.redaction.sound import Span
from calls.services.recordings.mp3_frames import PlacedFrame, frames_of, next_run
from calls.services.recordings.mp3_source import Mp3Source

# What a decoder holds back, and what sounds on from the frames in front: so many more are silent on both sides.
_AROUND: Final = 4
_HEADER: Final = 4
# Frames with a checksum have it behind the header.
_CHECKSUM: Final = 2


def silence(file: BinaryIO, spans: Sequence[Span]) -> int:
    """Silence spans of seconds in an MP3, in place; how many frames are silent now. Leaves `file` at its start.

    Sound of a frame may lie at the end of the frames in front of it: of these bytes those stay that the first frame
    behind a span needs, which no silent frame reads.
    """
    source = Mp3Source(file, file.seek(0, SEEK_END))
    patches: list[tuple[int, bytes]] = []
    at, position = 0.0, source.skip_tags(0)
    while (run := next_run(source, position, most_junk=source.size)) is not None:
        seconds, position = run.frame_seconds, run.start
        margin = _AROUND * seconds
        silent: list[PlacedFrame] = []
        for frame in frames_of(source, run):
            position = frame.position + frame.size
            if frame.is_note:
                continue
            if any(span.begin - margin < at + seconds and at < span.end + margin for span in spans):
                silent.append(frame)
            elif silent:
                patches += _silenced(source, silent, needed=_borrowed(source, frame))
                silent = []
            at += seconds
        patches += _silenced(source, silent, needed=0)
        if position >= source.size:
            break
    for place, content in patches:
        file.seek(place)
        file.write(content)
    file.seek(0)
    return len(patches)


def _silenced(source: Mp3Source, frames: Sequence[PlacedFrame], *, needed: int) -> Iterator[tuple[int, bytes]]:
    """The frames of one span, and where they stand; the last `needed` bytes are the next frame's."""
    for frame in reversed(frames):
        kept = min(needed, frame.size - _front(frame))
        needed -= kept
        yield frame.position, _silent(source, frame, kept=kept)


def _side_information(frame: PlacedFrame) -> int:
    """Bytes: by MPEG version and channels."""
    is_mono = frame.header >> 6 & 0b11 == 0b11
    if frame.header >> 19 & 0b11 == 0b11:
        return 17 if is_mono else 32
    return 9 if is_mono else 17


def _has_checksum(frame: PlacedFrame) -> bool:
    return frame.header >> 16 & 1 == 0


def _front(frame: PlacedFrame) -> int:
    return _HEADER + (_CHECKSUM if _has_checksum(frame) else 0) + _side_information(frame)


def _borrowed(source: Mp3Source, frame: PlacedFrame) -> int:
    """Bytes of its sound that lie in front of it: the first bits of the side information, nine, or eight of MPEG-2."""
    begin = frame.position + _HEADER + (_CHECKSUM if _has_checksum(frame) else 0)
    first = source.read(begin, 2).ljust(2, b"\0")
    return int.from_bytes(first) >> 7 if frame.header >> 19 & 0b11 == 0b11 else first[0]


def _silent(source: Mp3Source, frame: PlacedFrame, *, kept: int) -> bytes:
    """Side information of nothing but zeros: no sound is described, and none is borrowed."""
    header = frame.header.to_bytes(_HEADER)
    side = bytes(_side_information(frame))
    checksum = _crc16(header[2:] + side).to_bytes(_CHECKSUM) if _has_checksum(frame) else b""
    front = (header + checksum + side).ljust(frame.size - kept, b"\0")
    return (front + source.read(frame.position + frame.size - kept, kept))[: source.size - frame.position]


def _crc16(content: bytes) -> int:
    """ISO/IEC 11172-3, 2.4.3.1: polynomial 0x8005, all ones at first."""
    crc = 0xFFFF
    for byte in content:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc
