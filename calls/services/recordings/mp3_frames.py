"""MPEG layer III frames: what is in a header, where a run of frames starts in a file, and how long the runs play.

Every frame is followed to the end of the file. The first frame alone tells neither a variable bitrate, of a second
MP3 that was joined on, or of a file that was cut off.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from calls.services.recordings.mp3_source import Mp3Source

# A recorder that joins a running stream starts inside a frame: up to the largest frame that there is (MPEG-1, 320
# kbit/s, 32 kHz, padded) may lead without raising a doubt.
_ONE_FRAME = 1441
# A run is believed after this many frames. Each one that agrees makes an accident 2**17 times less likely;
# eight of them also outlast the packets in which a video carries its sound.
_ENOUGH_FRAMES = 8
# Where the audio ends before that, fewer are enough: the shortest file that an encoder writes has two or three. What
# starts behind more than one frame of junk has to show more.
_FEWEST_FRAMES = 2
_FEWEST_BEHIND_JUNK = 4
# What is read at once, and how much of it is read again, so that no run is cut where it is judged: eight frames of
# the largest free format (640 kbit/s at 8 kHz).
_WINDOW = 128 * 1024
_OVERLAP = _ENOUGH_FRAMES * 5764
_LONGEST_FREE_FRAME = 5761
_SHORTEST_FRAME = 24
_MOST_FREE_SIZES = 4
# Frames of one bitrate, one behind the other, from which on the next are looked for together too.
_WORTH_IT = 8

# Version, layer and sample rate stay the same from the first frame of a stream to its last; the rest may change.
_STEADY_BITS = 0xFFFE0C00
_HEADER = struct.Struct(">I")
_SYNC_BITS, _LAYER_THREE = 0x7FF, 0b01
# Every layer III header: the sync with version and protection, then bitrate (15 is none) and rate (3 is none).
_CANDIDATE = re.compile(
    rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb](?=[" + b"".join(b"\\x%x0-\\x%xb" % (high, high) for high in range(15)) + rb"])"
)
# The encoder's note of how long its stream plays, in place of the first frame's sound, and where in it that note may
# lie: behind the header, a checksum and the side information of one or two channels.
NOTES = (b"Xing", b"Info", b"VBRI")
_NOTE_OFFSETS = (13, 15, 21, 23, 36, 38)
# What may follow the last frame of a stream, beside the end of the file and the next stream.
_AFTER_AUDIO = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"\0\0\0\0")


class Frame(NamedTuple):
    size: int  # bytes, header included
    seconds: float


Frames = Mapping[int, Frame]


class PlacedFrame(NamedTuple):
    """A frame of a file; `is_note`: it holds an encoder's note, and plays nothing."""

    position: int
    header: int
    size: int
    is_note: bool


@dataclass(frozen=True)
class Run:
    """Frames that agree, one behind the other: where the first is, and what each possible header means."""

    start: int
    header: int
    frames: Frames

    @property
    def frame_seconds(self) -> float:
        return self.frames[self.header >> 9].seconds


def _layer_three_frames() -> tuple[dict[int, Frame], dict[int, Frame]]:
    """Every legal layer III header without its last nine bits, which say nothing of the size; and those of free format.

    Free format has no bitrate, so its frames do not tell their size: they are listed with what the padding adds.
    """
    mpeg1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    mpeg2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    versions = (
        (0b11, 1152, mpeg1, (44_100, 48_000, 32_000)),
        (0b10, 576, mpeg2, (22_050, 24_000, 16_000)),
        (0b00, 576, mpeg2, (11_025, 12_000, 8_000)),
    )
    frames, free = {}, {}
    for version, samples, bitrates, rates in versions:
        for unprotected in (0, 1):
            front = _SYNC_BITS << 5 | version << 3 | _LAYER_THREE << 1 | unprotected
            for rate_index, rate in enumerate(rates):
                for padding in (0, 1):
                    # Behind the front: 4 bits of bitrate, 2 of rate, 1 of padding.
                    key = front << 7 | rate_index << 1 | padding
                    free[key] = Frame(padding, samples / rate)
                    for bitrate_index, kilobits in enumerate(bitrates, start=1):
                        size = samples // 8 * kilobits * 1000 // rate + padding
                        frames[key | bitrate_index << 3] = Frame(size, samples / rate)
    return frames, free


_FRAMES, _FREE_FRAMES = _layer_three_frames()


def next_run(source: Mp3Source, position: int, *, most_junk: int) -> Run | None:
    """The first believable run at or behind a position, past what is none; None where there is none.

    Not more than `most_junk` bytes are looked through, tags and zeros not counted.
    """
    position = source.skip_tags(position)
    first = position
    while position < source.size and position - first < most_junk:
        window = source.read(position, _WINDOW)
        is_last = position + len(window) >= source.size
        reach = min(len(window) if is_last else len(window) - _OVERLAP, first + most_junk - position)
        for match in _CANDIDATE.finditer(window, 0, reach):
            if not source.may_try():
                return None
            junk = position + match.start() - first
            fewest = _FEWEST_FRAMES if junk < _ONE_FRAME else _FEWEST_BEHIND_JUNK
            if frames := _judge(window, match.start(), is_last, fewest, may_be_free=junk == 0):
                return Run(position + match.start(), _header_at(window, match.start()), frames)
        position += reach
    return None


def play(source: Mp3Source, run: Run) -> tuple[float, int]:
    """The seconds that a run plays, and where it ends; a frame that holds an encoder's note plays nothing."""
    frames, steady, position, counted = run.frames, run.header & _STEADY_BITS, run.start, 0
    unpack = _HEADER.unpack_from
    while position + 4 <= source.size:
        window = source.read(position, _WINDOW)
        notes = _frames_with_notes(window)
        # Looked up, not gone through: a file of nothing but notes has more of them than frames.
        in_order = sorted(notes)
        offset, last, is_steady = 0, len(window) - 4, True
        while offset <= last:
            (header,) = unpack(window, offset)
            frame = frames.get(header >> 9)
            if frame is None or header & _STEADY_BITS != steady:
                return counted * run.frame_seconds, position + offset
            counted += not (notes and offset in notes)
            offset += frame[0]
            if not is_steady:
                continue
            alike, length = _frames_alike(window, offset, header, frames)
            # Of changing bitrates there are a few alike here and there, which are not worth looking for.
            is_steady = alike >= _WORTH_IT
            following = bisect_left(in_order, offset)
            if following == len(in_order) or in_order[following] >= offset + length:
                counted += alike
                offset += length
        position += offset
    return counted * run.frame_seconds, min(position, source.size)


def _frames_alike(window: bytes, offset: int, header: int, frames: Frames) -> tuple[int, int]:
    """How many whole frames of this header's bitrate stand one behind the other at a place, and their bytes.

    Most MP3s are of nothing else, and a pattern passes over a frame in a twentieth of the time.
    """
    key = header >> 9 & ~1
    if key not in frames or key | 1 not in frames:
        return 0, 0
    size = frames[key].size
    # Some have a byte of padding: of no more than `size` frames their bytes tell how many they are.
    found = _alike(key, size).match(window, offset, min(len(window) - 4, offset + size * size))
    length = found.end() - offset if found is not None else 0
    return length // size, length


@lru_cache(maxsize=64)
def _alike(key: int, size: int) -> re.Pattern[bytes]:
    """Frames with this header, of so many bytes, and those with a byte of padding more."""
    first, second, third = key >> 15, key >> 7 & 0xFF, key << 1 & 0xFC
    begin = b"\\x%02x\\x%02x" % (first, second)
    unpadded, padded = (b"[\\x%02x\\x%02x]" % (third | low, third | low | 1) for low in (0, 2))
    rest = b".{%d}" % (size - 3)
    return re.compile(b"(?:%s(?:%s|%s.)%s)++" % (begin, unpadded, padded, rest), re.DOTALL)


def frames_of(source: Mp3Source, run: Run) -> Iterator[PlacedFrame]:
    """The frames of a run, one behind the other, as `play` counts them; the last may be cut off."""
    frames, steady, position = run.frames, run.header & _STEADY_BITS, run.start
    while position + 4 <= source.size:
        window = source.read(position, _WINDOW)
        notes = _frames_with_notes(window)
        offset, last = 0, len(window) - 4
        while offset <= last:
            header = _header_at(window, offset)
            frame = frames.get(header >> 9)
            if frame is None or header & _STEADY_BITS != steady:
                return
            yield PlacedFrame(position + offset, header, frame.size, offset in notes)
            offset += frame.size
        position += offset


def _frames_with_notes(window: bytes) -> set[int]:
    """Where frames would start whose sound is an encoder's note."""
    found = [match.start() for note in NOTES if note in window for match in re.finditer(note, window)]
    return {start - back for start in found for back in _NOTE_OFFSETS}


def _judge(window: bytes, start: int, is_last: bool, fewest: int, *, may_be_free: bool) -> Frames | None:
    """What the headers of the run at a place mean, if it is long enough to be no accident.

    Free format is looked for where nothing is in front of it: any bytes that repeat, such as a tone in raw samples,
    hold something like its headers somewhere.
    """
    key = _header_at(window, start) >> 9
    for frames in [_FRAMES] if key in _FRAMES else _free_frames(window, start) if may_be_free else []:
        count, end = _follow(window, start, frames, _ENOUGH_FRAMES)
        if count == _ENOUGH_FRAMES or (count >= fewest and _ends_well(window, end, is_last)):
            return frames
    return None


def _header_at(window: bytes, offset: int) -> int:
    header: int = _HEADER.unpack_from(window.ljust(offset + 4, b"\0"), offset)[0]
    return header


def _free_frames(window: bytes, start: int) -> list[Frames]:
    """What the headers of a run of free format mean: its frames are as long as it is to the next header like its first.

    Sound may look like a header by accident, so the first few that are found are all answers.
    """
    key = _header_at(window, start) >> 9
    own = _FREE_FRAMES.get(key)
    if own is None:
        return []
    # Protection, version and rate are the same in all of a stream; padding and the private bit are not.
    alike = re.compile(re.escape(window[start : start + 2]) + b"[%s]" % _third_bytes(key))
    found = alike.finditer(window, start + 4, start + _LONGEST_FREE_FRAME + 3)
    sizes = [match.start() - start - own.size for match in islice(found, _MOST_FREE_SIZES)]
    if sizes and sizes[0] < _SHORTEST_FRAME:
        return []  # one header behind the other, and no sound between them
    return [
        {alike_key: Frame(size + _FREE_FRAMES[alike_key].size, own.seconds) for alike_key in (key & ~1, key | 1)}
        for size in sizes
    ]


def _third_bytes(key: int) -> bytes:
    rate = key >> 1 & 0b11
    return b"".join(b"\\x%02x" % (rate << 2 | low) for low in range(4))


def _follow(window: bytes, start: int, frames: Frames, most: int) -> tuple[int, int]:
    """How many frames agree with the first, up to `most`, and where the next would start."""
    position, count, steady = start, 0, None
    while count < most and position + 4 <= len(window):
        (header,) = _HEADER.unpack_from(window, position)
        frame = frames.get(header >> 9)
        if frame is None or steady not in (None, header & _STEADY_BITS):
            break
        steady = header & _STEADY_BITS
        position += frame.size
        count += 1
    return count, position


def _ends_well(window: bytes, end: int, is_last: bool) -> bool:
    """Whether what follows a run may follow audio: nothing, a tag, padding, or the next stream."""
    if end + 4 > len(window):
        return is_last
    return window.startswith(_AFTER_AUDIO, end) or _follow(window, end, _FRAMES, 2)[0] == 2
