"""Is it an MP3, and how long does it play: judged by its bytes, never by its name.

The run of frames is followed here, because mutagen accepts any two headers in the first megabyte, of any
layer and whether or not they agree; mutagen then reads what an encoder left in the first frame (Xing, LAME,
VBRI).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import BinaryIO, NamedTuple

from mutagen import MutagenError
from mutagen.mp3 import BitrateMode, MPEGInfo


class NotAnMp3(ValueError):
    """The bytes are not an MP3; the message is one sentence that quotes nothing of them."""


@dataclass(frozen=True)
class Mp3Facts:
    """What the bytes of an MP3 tell: `duration` in seconds, always above zero."""

    duration: float


# What is read of any file, however long: 16 s of audio at 32 kbit/s.
_WINDOW = 64 * 1024
# A recorder that joins a running stream starts inside a frame, so this much may lead: the largest frame that
# there is (MPEG-1, 320 kbit/s, 32 kHz, padded).
_MOST_JUNK = 1441
# Windows Media Player stacks ID3 tags; without a limit a file of empty tags would be a long read.
_MOST_TAGS = 8
# A run is believed after this many frames. Each one that agrees makes an accident 2**17 times less likely;
# eight of them also outlast the packets in which a video carries its sound.
_ENOUGH_FRAMES = 8
# Where the audio ends before that, two are enough: the shortest file that an encoder writes has two or three.
_FEWEST_FRAMES = 2
# What may follow the last frame: ID3v1, APE and Lyrics3 tags, the tag of a second MP3 joined on, padding.
_AFTER_AUDIO = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"\0\0\0\0")
# No MP3 plays at less than 8 kbit/s, which bounds the duration that a false header can claim.
_LOWEST_BITRATE = 8_000

# Files that carry MP3 frames and are none, or that deserve a clearer sentence than "no frames".
_OTHER_FORMATS = {
    b"RIFF": "a WAV or AVI file",
    b"RIFX": "a WAV file",
    b"RF64": "a WAV file",
    b"FORM": "an AIFF file",
    b"OggS": "an Ogg file",
    b"fLaC": "a FLAC file",
    b"FLV": "a Flash video",
    b"\x1aE\xdf\xa3": "a Matroska or WebM file",
    b"\x00\x00\x01\xba": "an MPEG video",
    b"\x89PNG": "a PNG image",
    b"%PDF": "a PDF document",
    b"<!": "an HTML page",
    b"<html": "an HTML page",
    b"<?xml": "an XML document",
    b'{"': "a JSON document",
}

# Version, layer and sample rate stay the same from the first frame to the last; the rest may change.
_STEADY_BITS = 0xFFFE0C00
_HEADER = struct.Struct(">I")

# What mutagen lets out of a header of hostile bytes, beside its own errors.
_PARSER_FAILURES = (
    MutagenError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


class _Frame(NamedTuple):
    size: int  # bytes, header included
    seconds: float


class _Run(NamedTuple):
    frames: int
    end: int  # where the next frame would start: past the window when the last one is cut off
    seconds: float
    is_whole: bool  # the audio ends with it, or the window does


def _layer_three_frames() -> dict[int, _Frame]:
    """Every legal layer III header without its last nine bits, which say nothing of the size.

    Free format (bitrate 0) is left out: its frames do not tell their size, and no telephone system writes it.
    """
    mpeg1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    mpeg2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    versions = (
        (0b11, 1152, mpeg1, (44_100, 48_000, 32_000)),
        (0b10, 576, mpeg2, (22_050, 24_000, 16_000)),
        (0b00, 576, mpeg2, (11_025, 12_000, 8_000)),
    )
    frames = {}
    for version, samples, bitrates, rates in versions:
        for unprotected in (0, 1):
            for bitrate_index, kilobits in enumerate(bitrates, start=1):
                for rate_index, rate in enumerate(rates):
                    for padding in (0, 1):
                        # 11 bits of sync, 2 of version, 2 of layer, 1 of protection; then 4, 2 and 1.
                        front = 0x7FF << 5 | version << 3 | 0b01 << 1 | unprotected
                        header = front << 7 | bitrate_index << 3 | rate_index << 1 | padding
                        size = samples // 8 * kilobits * 1000 // rate + padding
                        frames[header] = _Frame(size, samples / rate)
    return frames


_FRAMES = _layer_three_frames()


def inspect_mp3(file: BinaryIO) -> Mp3Facts:
    """Tell how long an MP3 plays, in seconds, from at most its first 64 KB after the tags and the padding.

    The duration is the encoder's own where it left one that the bytes bear out, counted where the whole file
    was read, else projected from what was. Leaves `file` at its start. Raises NotAnMp3; an OSError passes.
    """
    try:
        return _inspect(file)
    finally:
        file.seek(0)


def _inspect(file: BinaryIO) -> Mp3Facts:
    size = file.seek(0, SEEK_END)
    if size == 0:
        raise NotAnMp3("The file is empty.")

    offset = _skip_id3(file, size)
    window = _read_at(file, offset)
    if not window:
        raise NotAnMp3("The file holds an ID3 tag and no audio.")
    _refuse_other_formats(window)
    padding = len(window) - len(window.lstrip(b"\0"))
    if padding:
        offset += padding
        window = _read_at(file, offset)

    start = _find_audio(window)
    if start is None:
        raise NotAnMp3("The file is not an MP3: it does not start with MPEG layer III frames.")
    return Mp3Facts(_duration(window[start:], size - offset - start))


def _read_at(file: BinaryIO, offset: int) -> bytes:
    file.seek(offset)
    return file.read(_WINDOW)


def _skip_id3(file: BinaryIO, size: int) -> int:
    """Where the ID3v2 tags in front end; the footer that one may have counts as leading junk."""
    offset = 0
    for _ in range(_MOST_TAGS):
        file.seek(offset)
        head = file.read(10)
        if len(head) < 10 or not head.startswith(b"ID3") or max(head[6:]) > 0x7F:
            break
        # Four bytes of seven bits each, so that a size never looks like a sync.
        offset += 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
        if offset > size:
            raise NotAnMp3("The ID3 tag claims more bytes than the file has.")
    return offset


def _refuse_other_formats(window: bytes) -> None:
    if window[4:8] == b"ftyp":
        raise NotAnMp3("The file is an MP4 or M4A file, not an MP3.")
    for magic, name in _OTHER_FORMATS.items():
        if window.startswith(magic):
            raise NotAnMp3(f"The file is {name}, not an MP3.")


def _find_audio(window: bytes) -> int | None:
    """Where the first run of frames starts that is long enough to be no accident."""
    start = window.find(b"\xff", 0, _MOST_JUNK)
    while start != -1:
        run = _follow(window, start, _ENOUGH_FRAMES)
        if run.frames == _ENOUGH_FRAMES or (run.frames >= _FEWEST_FRAMES and run.is_whole):
            return start
        start = window.find(b"\xff", start + 1, _MOST_JUNK)
    return None


def _follow(window: bytes, start: int, most: int) -> _Run:
    """Go from frame to frame, for as long as they agree with the first one and are not more than `most`."""
    position, frames, steady, seconds_each = start, 0, None, 0.0
    while frames < most and position + 4 <= len(window):
        (header,) = _HEADER.unpack_from(window, position)
        frame = _FRAMES.get(header >> 9)
        if frame is None or steady not in (None, header & _STEADY_BITS):
            is_whole = window.startswith(_AFTER_AUDIO, position)
            break
        steady = header & _STEADY_BITS
        size, seconds_each = frame
        position += size
        frames += 1
    else:
        is_whole = position + 4 > len(window)
    return _Run(frames, position, frames * seconds_each, is_whole)


def _duration(audio: bytes, size: int) -> float:
    """Seconds that `size` bytes of MP3 play, of which `audio` are the first."""
    told = _read_encoder_header(audio)
    if told is None:
        return _measure(audio, size)
    length, bitrate = told
    held = size * 8 / max(bitrate, _LOWEST_BITRATE)
    # A header that tells of much less than there is lies, or belongs to the first of several MP3s joined
    # together; one that tells of more belongs to a file that was cut off.
    if held > length * 1.1 + 1:
        return held
    return min(length, held)


def _read_encoder_header(audio: bytes) -> tuple[float, int] | None:
    """The seconds and the mean bit/s that the encoder left in the first frame, if it left any."""
    try:
        info = MPEGInfo(BytesIO(audio))
    except _PARSER_FAILURES:
        return None
    # Without such a header mutagen projects the bitrate of the first frame, which in a VBR file says nothing.
    if info.bitrate_mode == BitrateMode.UNKNOWN or info.length <= 0:
        return None
    return float(info.length), int(info.bitrate)


def _measure(audio: bytes, size: int) -> float:
    run = _follow(audio, 0, most=len(audio))
    if run.is_whole and len(audio) == size:
        return run.seconds
    return run.seconds * size / run.end
