"""How loud an MP3 is, moment by moment: a process of its own, which knows nothing of the application.

Decoders are C, and what they decode was made by strangers. Here one that crashes, turns in circles or wants all memory
takes nothing along, and the processes that answer requests never load it. `peak_reader.py` starts this file, writes the
path of an MP3 a line, and reads for each a length (four bytes, the first being the most) and so many bytes.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import Any

import numpy
import soundfile

# What is told of each tenth of a second: the loudest sample and the root of the mean square, 0 to 255 each.
PER_SECOND = 10
_LOUDEST = 255
# Decoded at once, in tenths of a second: five megabytes at most.
_TENTHS = 128
# No recording is longer: 64 MB at 8 kbit/s are eighteen hours.
_MOST_TENTHS = 24 * 3600 * PER_SECOND
_MEMORY_BYTES = 1024 * 1024 * 1024


def peaks_of(path: str) -> bytes:
    """Two bytes for each tenth of a second: the peak and the root of the mean square, of the loudest channel.

    The last tenth may be shorter. Empty where nothing can be decoded. What was decoded before a fault counts.
    """
    peaks = bytearray()
    try:
        with soundfile.SoundFile(path) as sound:
            tenth = max(sound.samplerate // PER_SECOND, 1)
            while len(peaks) < _MOST_TENTHS * 2:
                samples = sound.read(tenth * _TENTHS, dtype="float32", always_2d=True)
                if not len(samples):
                    break
                peaks += _levels(samples, tenth)
    except (soundfile.SoundFileError, RuntimeError, MemoryError):
        pass
    return bytes(peaks)


def _levels(samples: Any, tenth: int) -> bytes:
    count = -(-len(samples) // tenth)
    flat = numpy.zeros(count * tenth, dtype="float32")
    numpy.square(samples).max(axis=1, out=flat[: len(samples)])
    squares = flat.reshape(count, tenth)
    # The last tenth of all may be shorter.
    sizes = numpy.full(count, tenth)
    sizes[-1] = len(samples) - (count - 1) * tenth
    levels = numpy.stack((squares.max(axis=1), squares.sum(axis=1) / sizes), axis=1)
    # Damaged frames can decode to what is no number.
    loud = numpy.nan_to_num(numpy.sqrt(levels), nan=0, posinf=1)
    found: bytes = (numpy.clip(loud, 0, 1) * _LOUDEST).round().astype("uint8").tobytes()
    return found


def main() -> None:
    """Serve until the input ends."""
    # Who ends the service ends what started this, and with it the input: a recording is not to blame for that.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    # Of a decoder that crashes no file is left behind.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    # That everything is here which is needed.
    out.write(b"ready\n")
    out.flush()
    for line in sys.stdin.buffer:
        peaks = peaks_of(os.fsdecode(line.rstrip(b"\n")))
        out.write(len(peaks).to_bytes(4) + peaks)
        out.flush()


if __name__ == "__main__":
    main()
