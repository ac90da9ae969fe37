"""Is it an MP3, and how long does it play: judged by its bytes, never by its name.

The run of frames is followed here, because mutagen accepts any two headers in the first megabyte, of any
layer and whether or not they agree; mutagen then reads what an encoder left in the first frame (Xing, LAME,
VBRI).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import BinaryIO

from mutagen import MutagenError
from mutagen.mp3 import BitrateMode, MPEGInfo

from calls.services.recordings.mp3_frames import NOTES, Run, next_run, play
from calls.services.recordings.mp3_source import Mp3Source


class NotAnMp3(ValueError):
    """The bytes are not an MP3; the message is one sentence that quotes nothing of them."""


@dataclass(frozen=True)
class Mp3Facts:
    """What the bytes of an MP3 tell: `duration` in seconds, always above zero."""

    duration: float


# As far as players look for the first frame behind the tags: an HTTP head that was saved along, a cover whose tag
# states a wrong size.
_MOST_JUNK = 1024 * 1024
# An encoder's delay and padding, which its note takes off the duration, are no more than so many frames.
_MOST_TRIMMED = 8
# No MP3 plays at less than 8 kbit/s, which bounds what a cut last frame can claim.
_LOWEST_BITRATE = 8_000
# What mutagen reads of a run, and where in its first frame an encoder's note starts at the latest.
_HEAD_BYTES = 16 * 1024
_NOTE_WITHIN = 64

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
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "a Windows Media file",
    b".RMF": "a RealMedia file",
    b"caff": "a Core Audio file",
    b".snd": "an AU file",
    b"#!AMR": "an AMR file",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip file",
    b"GIF8": "a GIF image",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x89PNG": "a PNG image",
    b"%PDF": "a PDF document",
    b"<!": "an HTML page",
    b"<html": "an HTML page",
    b"<?xml": "an XML document",
    b'{"': "a JSON document",
}

_MAGIC_BYTES = 16
# What an MP4, or a QuickTime film, starts with behind four bytes of size.
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")

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


def inspect_mp3(file: BinaryIO) -> Mp3Facts:
    """Tell how long an MP3 plays, in seconds: all of its frames, of all streams that were joined in it.

    An encoder's note of delay and padding is believed where the frames bear it out. Leaves `file` at its start.
    Raises NotAnMp3; an OSError passes.
    """
    try:
        return _inspect(file)
    finally:
        file.seek(0)


def _inspect(file: BinaryIO) -> Mp3Facts:
    size = file.seek(0, SEEK_END)
    if size == 0:
        raise NotAnMp3("The file is empty.")

    source = Mp3Source(file, size)
    _refuse_other_formats(source.read(0, _MAGIC_BYTES))
    start = source.skip_tags(0)
    if source.tag_is_too_long:
        raise NotAnMp3("The ID3 tag claims more bytes than the file has.")
    if start == size and source.read(0, 3) == b"ID3":
        raise NotAnMp3("The file holds an ID3 tag and no audio.")
    _refuse_other_formats(source.read(start, _MAGIC_BYTES))

    run = next_run(source, start, most_junk=_MOST_JUNK)
    if run is None:
        raise NotAnMp3("The file is not an MP3: it does not start with MPEG layer III frames.")
    return Mp3Facts(min(_duration(source, run), size * 8 / _LOWEST_BITRATE))


def _refuse_other_formats(head: bytes) -> None:
    if head[4:8] in _MP4_BOXES:
        raise NotAnMp3("The file is an MP4 or M4A file, not an MP3.")
    for magic, name in _OTHER_FORMATS.items():
        if head.startswith(magic):
            raise NotAnMp3(f"The file is {name}, not an MP3.")


def _duration(source: Mp3Source, first: Run) -> float:
    """Seconds that all runs of a file play, less what their encoders added."""
    total, run = 0.0, first
    while True:
        seconds, end = play(source, run)
        total += _trimmed(source, run, seconds)
        following = next_run(source, end, most_junk=source.size) if end < source.size else None
        if following is None:
            return max(total, first.frame_seconds)
        run = following


def _trimmed(source: Mp3Source, run: Run, seconds: float) -> float:
    """What a run plays: its encoder's word where the frames bear it out, else all of them.

    A note of a much shorter or longer time belongs to the first of several MP3s joined together, or to a file that was
    cut off; or it lies.
    """
    noted = _encoders_word(source.read(run.start, _HEAD_BYTES))
    is_borne_out = noted is not None and 0 <= seconds - noted <= _MOST_TRIMMED * run.frame_seconds
    return noted if noted is not None and is_borne_out else seconds


def _encoders_word(audio: bytes) -> float | None:
    """The seconds that the encoder left in the first frame, if it left any."""
    if not any(note in audio[:_NOTE_WITHIN] for note in NOTES):
        return None
    try:
        info = MPEGInfo(BytesIO(audio))
    except _PARSER_FAILURES:
        return None
    # Without such a note mutagen projects the bitrate of the first frame, which in a VBR file means nothing.
    if info.bitrate_mode == BitrateMode.UNKNOWN or info.length <= 0:
        return None
    return float(info.length)
