"""An MP3 is known by its bytes: real files of many encoders in, everything else out."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from calls.services.recordings.mp3 import NotAnMp3, inspect_mp3

AUDIO = Path(__file__).parents[3] / "fixtures" / "audio"
DEMO = Path(__file__).parents[4] / "calls" / "demo"

# Name and seconds of audio that went into the encoder; it adds up to four frames of its own.
REAL = {
    "call-8khz-mono.mp3": 1.0,
    "call-16khz-mono.mp3": 1.0,
    "call-22khz-mono.mp3": 1.0,
    "call-24khz-mono.mp3": 1.0,
    "call-44khz-stereo.mp3": 1.0,
    "call-44khz-vbr-id3.mp3": 1.5,
    "call-48khz-mono.mp3": 1.0,
    "call-ffmpeg.mp3": 1.0,
    "free-format.mp3": 1.0,
    "vbr-without-header.mp3": 2.0,
    "blip.mp3": 0.2,
    "blip-lameenc.mp3": 0.2,
    "silence.mp3": 1.0,
}
FRAME = 108  # bytes of each frame of call-16khz-mono.mp3: 24 kbit/s, 36 ms
FRAME_SECONDS = 0.036


def audio(name: str) -> bytes:
    return (AUDIO / name).read_bytes()


def duration(content: bytes) -> float:
    return inspect_mp3(io.BytesIO(content)).duration


def refusal(content: bytes) -> str:
    with pytest.raises(NotAnMp3) as refused:
        inspect_mp3(io.BytesIO(content))
    return str(refused.value)


def id3(body: bytes, claimed: int | None = None) -> bytes:
    size = len(body) if claimed is None else claimed
    return b"ID3\x03\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + body


# --- What is an MP3 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "seconds"), REAL.items())
def test_it_accepts_what_encoders_write_and_tells_how_long_it_plays(name: str, seconds: float) -> None:
    assert seconds <= duration(audio(name)) <= seconds + 0.2


def test_it_takes_the_encoders_word_for_the_duration() -> None:
    assert duration(audio("call-44khz-vbr-id3.mp3")) == pytest.approx(1.5)


def test_it_counts_the_frames_of_a_variable_bitrate_without_a_header() -> None:
    # The bitrate of the first frame, which is all that many players look at, would give 1.0 s.
    assert duration(audio("vbr-without-header.mp3")) == pytest.approx(2.088)


def test_it_follows_every_frame_of_a_long_file() -> None:
    frames = audio("call-16khz-mono.mp3")
    assert duration(frames * 100) == pytest.approx(100 * duration(frames))


def test_it_counts_a_variable_bitrate_without_a_header_to_its_end() -> None:
    # A long silence at the start, as an encoder that writes to a pipe leaves it: the first frames are the smallest.
    quiet, loud = audio("silence.mp3"), audio("blip.mp3")
    silent = duration(quiet) * 100
    assert duration(quiet * 100 + loud * 200) == pytest.approx(silent + duration(loud) * 200)


def without_note(name: str) -> bytes:
    """A fixture's frames alone: no tag, no encoder's note."""
    content = audio(name)
    return content[content.index(b"\xff\xfb", content.index(b"Info")) :]


def test_it_counts_all_of_streams_of_different_rates_joined_together() -> None:
    announcement, call = audio("call-44khz-stereo.mp3"), audio("call-8khz-mono.mp3")
    expected = duration(announcement) + 300 * duration(call)
    assert duration(announcement + call * 300) == pytest.approx(expected)
    assert duration(call * 300 + announcement) == pytest.approx(expected)


@pytest.mark.parametrize(
    "between",
    [
        b"TAG" + bytes(125),
        b"TAG" + bytes(125) + b"TAG+" + bytes(223),
        bytes(5_000),
        random.Random(7).randbytes(5_000),
        b"LYRICSBEGININD00002000000LYRICS200",
    ],
    ids=["an ID3v1 tag", "two ID3v1 tags", "zeros", "junk", "lyrics"],
)
@pytest.mark.parametrize("name", ["call-8khz-mono.mp3", "blip-lameenc.mp3", "call-44khz-vbr-id3.mp3"])
def test_it_goes_on_behind_whatever_lies_between_two_streams(between: bytes, name: str) -> None:
    second = audio(name)
    expected = duration(audio("call-16khz-mono.mp3")) + duration(second)
    assert duration(audio("call-16khz-mono.mp3") + between + second) == pytest.approx(expected)


def test_it_goes_on_behind_a_frame_that_was_damaged() -> None:
    damaged = bytearray(audio("call-16khz-mono.mp3"))
    damaged[10 * FRAME : 10 * FRAME + 4] = b"oops"
    assert duration(bytes(damaged)) == pytest.approx(duration(audio("call-16khz-mono.mp3")) - FRAME_SECONDS)


def test_an_encoders_note_is_no_sound() -> None:
    blips = without_note("call-44khz-stereo.mp3")
    noted = audio("call-44khz-stereo.mp3")
    assert len(noted) > len(blips)
    assert duration(noted * 50) == pytest.approx(50 * duration(blips), rel=0.001)


def test_it_accepts_an_id3_tag_in_front() -> None:
    bare = audio("call-16khz-mono.mp3")
    assert duration(id3(bytes(500)) + bare) == pytest.approx(duration(bare))


def test_it_accepts_a_tag_with_a_picture_larger_than_it_reads() -> None:
    bare = audio("call-16khz-mono.mp3")
    assert duration(id3(random.Random(1).randbytes(300_000)) + bare) == pytest.approx(duration(bare))


def test_it_accepts_tags_one_after_the_other() -> None:
    bare = audio("call-16khz-mono.mp3")
    assert duration(id3(b"x" * 2_000) * 3 + bare) == pytest.approx(duration(bare))


@pytest.mark.parametrize("writer", ["of seven bits", "of eight bits"])
@pytest.mark.parametrize("size", [300_000, 0x45050])
def test_it_accepts_a_large_picture_whichever_way_its_tag_counts_the_bytes(writer: str, size: int) -> None:
    bare, picture = audio("call-16khz-mono.mp3"), random.Random(1).randbytes(size)
    tag = id3(picture) if writer == "of seven bits" else b"ID3\x03\x00\x00" + size.to_bytes(4) + picture
    assert duration(tag + bare) == pytest.approx(duration(bare))


def test_it_finds_the_audio_behind_a_tag_that_claims_less_than_it_has() -> None:
    bare = audio("call-16khz-mono.mp3")
    assert duration(id3(random.Random(8).randbytes(200_000), claimed=900) + bare) == pytest.approx(duration(bare))


def test_it_accepts_a_tag_with_a_footer() -> None:
    bare, body = audio("call-16khz-mono.mp3"), b"x" * 500
    head = id3(body)[:10]
    with_footer = head[:3] + b"\x04\x00\x10" + head[6:] + body + b"3DI\x04\x00\x10" + head[6:]
    assert duration(with_footer + bare) == pytest.approx(duration(bare))


def ape(items: bytes) -> bytes:
    def block(flags: int) -> bytes:
        numbers = (2_000, len(items) + 32, 1, flags)
        return b"APETAGEX" + b"".join(number.to_bytes(4, "little") for number in numbers) + bytes(8)

    return block(0xA0000000) + items + block(0x80000000)


@pytest.mark.parametrize("size", [10, 5_000, 300_000])
def test_it_accepts_an_ape_tag_in_front(size: int) -> None:
    bare, items = audio("call-16khz-mono.mp3"), random.Random(9).randbytes(size)
    assert duration(ape(items) + bare) == pytest.approx(duration(bare))
    assert duration(id3(items) + ape(items) + bytes(77) + bare + ape(items)) == pytest.approx(duration(bare))


@pytest.mark.parametrize("tail", [b"TAG" + bytes(125), b"APETAGEX" + bytes(300), bytes(64)])
def test_it_accepts_a_tag_or_padding_behind_and_does_not_count_it(tail: bytes) -> None:
    blip = audio("blip-lameenc.mp3")
    assert duration(blip + tail) == pytest.approx(duration(blip))


@pytest.mark.parametrize("lead", [1, 417, 5_000, 100_000, 3_000_000])
def test_it_accepts_zeros_in_front(lead: int) -> None:
    bare = audio("call-16khz-mono.mp3")
    assert duration(bytes(lead) + bare) == pytest.approx(duration(bare))


@pytest.mark.parametrize(
    "junk",
    [random.Random(10).randbytes(2_000), random.Random(11).randbytes(60_000), b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n" * 99],
    ids=["2 KB", "60 KB", "an HTTP head"],
)
@pytest.mark.parametrize("name", ["call-16khz-mono.mp3", "blip-lameenc.mp3", "call-44khz-vbr-id3.mp3"])
def test_it_accepts_junk_in_front_and_does_not_count_it(junk: bytes, name: str) -> None:
    assert duration(junk + audio(name)) == pytest.approx(duration(audio(name)))


def test_it_accepts_a_stream_joined_in_the_middle_of_a_frame() -> None:
    bare = audio("call-16khz-mono.mp3")
    assert duration(bare[50:]) == pytest.approx(duration(bare) - FRAME_SECONDS)


def test_it_accepts_a_last_frame_that_is_cut_off() -> None:
    bare = audio("call-16khz-mono.mp3")
    assert duration(bare[:-60]) == pytest.approx(duration(bare), abs=FRAME_SECONDS)


def test_it_does_not_count_the_audio_that_a_cut_off_file_lacks() -> None:
    whole = audio("call-44khz-stereo.mp3")
    assert duration(whole[: len(whole) // 2]) == pytest.approx(0.5, abs=0.1)


def test_it_counts_all_of_several_mp3s_joined_together() -> None:
    assert duration(audio("call-44khz-stereo.mp3") * 5) == pytest.approx(5, abs=0.5)


def test_a_lying_header_cannot_claim_more_than_the_bytes_hold() -> None:
    whole = audio("call-44khz-stereo.mp3")
    counts = whole.index(b"Info") + 8
    lying = whole[:counts] + b"\xff" * 8 + whole[counts + 8 :]
    assert duration(lying) <= len(lying) * 8 / 8_000


# --- What is not --------------------------------------------------------------------------------------------


def test_it_refuses_an_empty_file() -> None:
    assert refusal(b"") == "The file is empty."


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"I",
        b"ID3",
        b"Please find the recording attached.\n" * 50,
        b"\xff\xfe" + "Bitte entnehmen Sie die Aufnahme dem Anhang.".encode("utf-16-le") * 20,
        b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>",
        b'{"detail": {"status": "invalid_uid", "message": "No recording."}}',
        b"[]",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + random.Random(2).randbytes(5_000),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + random.Random(3).randbytes(5_000),
        b"\xff" * 5_000,
        b"\xff\xfb\x90\x00" * 5_000,
        b"\xff\xfb\x00\x00" * 5_000,
        b"\x10\xff\xe2\x04\x20\x30" * 5_000,
        b"PK\x03\x04" + bytes(36) + audio("call-16khz-mono.mp3"),
        bytes(200_000),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_it_refuses_what_is_no_audio(content: bytes) -> None:
    refusal(content)


def test_it_refuses_a_wav_renamed() -> None:
    assert refusal(audio("call.wav")) == "The file is a WAV or AVI file, not an MP3."


@pytest.mark.parametrize("name", ["call.ogg", "call.m4a", "call.flac"])
def test_it_refuses_another_audio_format(name: str) -> None:
    refusal(audio(name))


@pytest.mark.parametrize("name", ["mp3-inside.wav", "mp3-inside.mp4"])
def test_it_refuses_mp3_frames_in_another_container(name: str) -> None:
    refusal(audio(name))


def test_it_refuses_layer_two() -> None:
    refusal(audio("mpeg-layer2.mp2"))


def test_it_refuses_layer_one() -> None:
    # MPEG-1 layer I, 32 kbit/s, 32 kHz: 12 slots of four bytes.
    refusal((b"\xff\xff\x18\xc0" + bytes(44)) * 50)


def test_it_refuses_aac_frames() -> None:
    # ADTS has the sync of MPEG audio and a layer that MPEG audio does not have.
    refusal((b"\xff\xf1\x6c\x40\x0d\x1f\xfc" + bytes(99)) * 50)


def test_it_refuses_a_tag_without_audio() -> None:
    assert refusal(id3(bytes(500))) == "The file holds an ID3 tag and no audio."


def test_it_refuses_a_tag_that_points_past_the_end() -> None:
    lying = id3(audio("call-16khz-mono.mp3"), claimed=1_000_000)
    assert refusal(lying) == "The ID3 tag claims more bytes than the file has."


@pytest.mark.parametrize("kept", [4, FRAME // 2, FRAME - 1, FRAME])
def test_it_refuses_audio_of_not_more_than_one_frame(kept: int) -> None:
    refusal(audio("call-16khz-mono.mp3")[:kept])


def test_it_refuses_two_frames_that_are_followed_by_something_else() -> None:
    refusal(audio("call-16khz-mono.mp3")[: 2 * FRAME] + b"not a frame" * 100)


def test_it_refuses_frames_that_disagree() -> None:
    sixteen, twenty_four = audio("call-16khz-mono.mp3")[:FRAME], audio("call-24khz-mono.mp3")[:96]
    refusal((sixteen + twenty_four) * 50)


def test_it_refuses_random_bytes() -> None:
    chance = random.Random(4)
    for _ in range(300):
        refusal(chance.randbytes(chance.randrange(1_000, 200_000)))


# --- Whatever comes -----------------------------------------------------------------------------------------


def test_damaged_bytes_are_accepted_or_refused_and_nothing_else() -> None:
    chance = random.Random(5)
    originals = [path.read_bytes() for path in sorted(AUDIO.iterdir()) if path.suffix != ".md"]
    for _ in range(500):
        damaged = bytearray(chance.choice(originals))
        # Half of the variants are hit where the headers are.
        reach = len(damaged) if chance.random() < 0.5 else 300
        for _ in range(chance.choice((1, 3, 20))):
            damaged[chance.randrange(reach)] = chance.randrange(256)
        try:
            seconds = duration(bytes(damaged))
        except NotAnMp3:
            continue
        assert 0 < seconds <= len(damaged) * 8 / 8_000


@pytest.mark.parametrize("content", [audio("call-44khz-vbr-id3.mp3"), b"no audio", b""])
def test_it_leaves_the_file_at_its_start(content: bytes) -> None:
    file = io.BytesIO(content)
    file.seek(len(content) // 2)
    with suppress(NotAnMp3):
        inspect_mp3(file)
    assert file.tell() == 0


def test_the_reason_quotes_nothing_of_the_file() -> None:
    assert "secret" not in refusal(b"<!DOCTYPE html>secret")
    assert "secret" not in refusal(b"secret" * 1_000)


class CountingFile(io.BytesIO):
    """Counts what is read of it."""

    bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.bytes_read += len(content)
        return content


HOSTILE = {
    "audio": b"",
    "random bytes": random.Random(6).randbytes(1_000_000) * 4,
    "headers alone": b"\xff\xfb\x90\x00" * 1_000_000,
    "headers of free format": b"\xff\xfb\x00\x00" * 1_000_000,
    "empty tags": b"ID3\x03\x00\x00\x00\x00\x00\x00" * 400_000,
    "syncs": b"\xff" * 4_000_000,
}


@pytest.mark.parametrize("front", ["", "call-16khz-mono.mp3"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_large_file_is_read_not_much_more_than_once_and_never_held(kind: str, front: str) -> None:
    content = audio(front) if front else b""
    content += HOSTILE[kind] or audio("call-16khz-mono.mp3") * 1_250
    file = CountingFile(content)

    tracemalloc.start()
    with suppress(NotAnMp3):
        inspect_mp3(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert file.bytes_read < 2.5 * len(content)
    assert peak < 2_000_000


def test_the_demo_recordings_play_as_long_as_their_dialogues_say() -> None:
    dialogues = [*json.loads((DEMO / "dialogues.json").read_text()), *json.loads((DEMO / "tasks.json").read_text())]
    assert {dialogue["audio"] for dialogue in dialogues} == {path.name for path in DEMO.glob("audio/*.mp3")}
    for dialogue in dialogues:
        with (DEMO / "audio" / dialogue["audio"]).open("rb") as file:
            assert inspect_mp3(file).duration == pytest.approx(dialogue["duration"], abs=0.1)
        starts = [turn["timestamp"] for turn in dialogue["turns"]]
        assert starts == sorted(starts)
        assert starts[-1] < dialogue["duration"]
