"""Spans of an MP3 that become silent: decoded, they are; the rest sounds and lasts as before."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from calls.redaction.sound import Span
from calls.services.recordings.mp3 import inspect_mp3
from calls.services.recordings.mp3_silence import silence

AUDIO = Path(__file__).parents[3] / "fixtures" / "audio"
SECONDS, SPAN = 9, Span(3.0, 5.5)
SILENT = 10 ** (-60 / 20)


def sound(*, rate: int, channels: int, level: float) -> bytes:
    """An MP3 of noise and a tone, at a bitrate that changes from frame to frame."""
    times = np.arange(rate * SECONDS) / rate
    noise = np.random.default_rng(4).normal(0, 0.1, len(times))
    told = noise * (np.sin(times * 5) > 0) + 0.3 * np.sin(2 * np.pi * 440 * times)
    samples = np.stack([told] * channels, axis=1)
    file = BytesIO()
    soundfile.write(
        file, samples, rate, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="VARIABLE", compression_level=level
    )
    return file.getvalue()


def decoded(content: bytes) -> tuple[Any, int]:
    samples, rate = soundfile.read(BytesIO(content), always_2d=True)
    return samples, rate


def silenced(content: bytes, *spans: Span) -> bytes:
    file = BytesIO(content)
    assert silence(file, spans) > 0
    return file.getvalue()


def loudest(samples: Any, rate: int, begin: float, end: float) -> float:
    return float(np.abs(samples[int(begin * rate) : int(end * rate)]).max())


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 1), (22_050, 2), (44_100, 1), (44_100, 2)])
@pytest.mark.parametrize("level", [0.1, 0.9])
def test_a_span_is_below_60_dbfs_and_the_rest_is_as_it_was(rate: int, channels: int, level: float) -> None:
    content = sound(rate=rate, channels=channels, level=level)

    after = silenced(content, SPAN)

    (before, _), (samples, its_rate) = decoded(content), decoded(after)
    assert (len(samples), its_rate, len(after)) == (len(before), rate, len(content))
    assert loudest(before, rate, *SPAN) > 0.2
    assert loudest(samples, rate, *SPAN) < SILENT
    for begin, end in ((0.0, SPAN.begin - 0.8), (SPAN.end + 0.8, SECONDS - 0.5)):
        part = slice(int(begin * rate), int(end * rate))
        assert float(np.abs(samples[part] - before[part]).max()) < 0.01


@pytest.mark.parametrize("name", [path.name for path in sorted(AUDIO.glob("*.mp3"))])
def test_any_file_can_be_silent_from_end_to_end_and_plays_as_long(name: str) -> None:
    content = (AUDIO / name).read_bytes()

    after = silenced(content, Span(0, 3600))

    samples, rate = decoded(after)
    assert loudest(samples, rate, 0, 3600) < SILENT
    assert len(after) == len(content)
    assert inspect_mp3(BytesIO(after)) == inspect_mp3(BytesIO(content))


def test_two_streams_in_one_file_are_one_recording() -> None:
    content = sound(rate=16_000, channels=1, level=0.5)

    after = silenced(content + content, Span(SECONDS + 3.0, SECONDS + 5.0))

    assert after[: len(content)] == content
    samples, rate = decoded(after[len(content) :])
    assert loudest(samples, rate, 3.2, 4.8) < SILENT
    assert loudest(samples, rate, 6, 8) > 0.2


def test_no_span_changes_nothing() -> None:
    content = (AUDIO / "call-44khz-stereo.mp3").read_bytes()
    file = BytesIO(content)

    assert silence(file, []) == 0
    assert file.getvalue() == content
