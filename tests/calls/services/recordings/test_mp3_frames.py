"""`play` passes over frames of one bitrate together: as many as are there when each is looked at."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator

import pytest

from calls.services.recordings import mp3_frames
from calls.services.recordings.mp3_frames import _FRAMES, _STEADY_BITS, frames_of, next_run, play
from calls.services.recordings.mp3_source import Mp3Source

SMALLEST, LARGEST = min(_FRAMES, key=lambda key: _FRAMES[key].size), max(_FRAMES, key=lambda key: _FRAMES[key].size)
# MPEG-1 at 44.1 kHz, of 128 kbit/s and of 64.
USUAL, SMALL = 0xFFFB90 >> 1, 0xFFFB50 >> 1


def stream(key: int, *, seed: int, changes: float, notes: float) -> bytes:
    """Frames of one rate, some of them padded; `changes` and `notes`: shares of other bitrates, and of notes."""
    chance = random.Random(seed)
    alike = [each for each in _FRAMES if not (each ^ key) & _STEADY_BITS >> 9]
    frames = []
    for _ in range(700):
        chosen = chance.choice(alike) if chance.random() < changes else key & ~1 | chance.randrange(2)
        frame = bytearray(_FRAMES[chosen].size)
        frame[:4] = struct.pack(">I", chosen << 9 | chance.getrandbits(9))
        if len(frame) > 60 and chance.random() < notes:
            frame[36:40] = b"Info"
        frames.append(bytes(frame))
    return b"".join(frames)


@pytest.mark.parametrize("notes", [0, 0.02])
@pytest.mark.parametrize("changes", [0, 0.01, 0.6])
@pytest.mark.parametrize("key", [USUAL, SMALL, SMALLEST, LARGEST])
def test_frames_together_are_as_many_as_one_by_one(key: int, changes: float, notes: float) -> None:
    content = stream(key, seed=key, changes=changes, notes=notes)
    source = Mp3Source(io.BytesIO(content), len(content))
    run = next_run(source, 0, most_junk=0x10000)
    assert run is not None
    one_by_one = [frame for frame in frames_of(source, run) if not frame.is_note]

    seconds, end = play(source, run)

    assert seconds == len(one_by_one) * run.frame_seconds
    assert end == len(content)


def test_notes_are_not_gone_through_for_each_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    gone_through = []

    class Notes(set[int]):
        def __iter__(self) -> Iterator[int]:
            for note in super().__iter__():
                gone_through.append(note)
                yield note

    notes = mp3_frames._frames_with_notes
    monkeypatch.setattr(mp3_frames, "_frames_with_notes", lambda window: Notes(notes(window)))
    size = _FRAMES[SMALLEST & ~1].size
    content = 1_000 * (struct.pack(">I", (SMALLEST & ~1) << 9) + b"Info" * size)[:size]
    source = Mp3Source(io.BytesIO(content), len(content))
    run = next_run(source, 0, most_junk=0x10000)
    assert run is not None

    _, end = play(source, run)

    assert end == len(content)
    assert len(gone_through) == len(notes(content))
