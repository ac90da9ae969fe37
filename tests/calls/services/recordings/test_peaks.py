"""Peaks: how loud a recording is, read from its bytes by a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from calls.services.recordings import peak_reader
from calls.services.recordings.peak_reader import NoReader, PeakReader
from tests.script_server import PROJECT
from tests.waiting import PATIENCE

AUDIO = Path(__file__).parents[3] / "fixtures" / "audio"
DEMO = Path(__file__).parents[4] / "calls" / "demo" / "audio"


def peaks_of(path: Path) -> bytes:
    with PeakReader() as reader:
        return reader.read(path)


def pairs(peaks: bytes) -> list[tuple[int, int]]:
    return list(zip(peaks[::2], peaks[1::2], strict=True))


@pytest.mark.parametrize("name", ["call-8khz-mono", "call-44khz-stereo", "vbr-without-header", "free-format"])
def test_each_tenth_of_a_second_has_two_bytes(name: str) -> None:
    seconds = 2 if name.startswith("vbr") else 1
    found = pairs(peaks_of(AUDIO / f"{name}.mp3"))
    # An encoder adds a few frames of its own.
    assert 10 * min(seconds, 1) <= len(found) <= 10 * seconds + 2


def test_the_peak_is_never_below_the_mean() -> None:
    found = pairs(peaks_of(DEMO / "delivery.mp3"))
    assert all(peak >= mean for peak, mean in found)
    assert max(found)[0] > 100


def test_silence_is_quiet() -> None:
    assert set(peaks_of(AUDIO / "silence.mp3")) == {0}


def test_the_last_tenth_counts_what_there_is_of_it(tmp_path: Path) -> None:
    # Its mean is not made small by what lies behind the end.
    tone = pairs(peaks_of(AUDIO / "call-44khz-stereo.mp3"))
    assert tone[-1][1] > 0


def test_a_long_call_takes_little_memory(tmp_path: Path) -> None:
    long = tmp_path / "long.mp3"
    long.write_bytes((DEMO / "invoice.mp3").read_bytes() * 60)
    with PeakReader() as reader:
        assert len(reader.read(long)) > 2 * 10 * 25 * 60
        assert reader._process is not None
        # Of that process: the most that it ever held, in kilobytes.
        [held] = re.findall(
            r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{reader._process.pid}/status").read_text(), re.MULTILINE
        )
    assert int(held) < 400_000


@pytest.mark.parametrize(
    "content", [b"", b"no sound", b"\xff\xfb\x90\x00" * 50, bytes(100_000)], ids=["empty", "text", "headers", "zeros"]
)
def test_what_cannot_be_decoded_has_none(content: bytes, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(content)
    assert set(peaks_of(broken)) <= {0}


def test_of_a_file_that_is_cut_off_there_is_what_was_decoded(tmp_path: Path) -> None:
    whole = (DEMO / "invoice.mp3").read_bytes()
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(whole[: len(whole) // 2])
    assert 0 < len(peaks_of(cut)) < len(peaks_of(DEMO / "invoice.mp3"))


def test_no_file_has_none(tmp_path: Path) -> None:
    assert peaks_of(tmp_path / "nothing.mp3") == b""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of the decoder: what the test writes into it."""
    path = tmp_path / "program.py"
    monkeypatch.setattr(peak_reader, "_PROGRAM", path)
    return path


READS_ONE = """
import sys
sys.stdout.buffer.write(b"ready\\n"); sys.stdout.flush()
line = sys.stdin.readline()
if "good" in line:
    sys.stdout.buffer.write((2).to_bytes(4, "big") + b"ok"); sys.stdout.flush()
    line = sys.stdin.readline()
"""


def test_a_decoder_that_crashes_takes_only_one_recording_along(program: Path) -> None:
    program.write_text(f"{READS_ONE}\nimport os; os.kill(os.getpid(), 11)\n")
    with PeakReader() as reader:
        read = [reader.read(Path(name)) for name in ("good", "bad", "good", "bad", "bad")]
    assert read == [b"ok", b"", b"ok", b"", b""]


def test_a_decoder_that_turns_in_circles_is_ended(program: Path) -> None:
    program.write_text(f"{READS_ONE}\nif line: \n    while True: pass\n")
    with PeakReader(seconds=2) as reader:
        assert [reader.read(Path(name)) for name in ("bad", "good")] == [b"", b"ok"]


def test_what_ends_the_service_is_not_blamed_on_a_recording() -> None:
    with PeakReader() as reader:
        before = reader.read(AUDIO / "call-8khz-mono.mp3")
        assert reader._process is not None
        for ending in (signal.SIGINT, signal.SIGTERM):
            reader._process.send_signal(ending)
        assert reader.read(AUDIO / "call-8khz-mono.mp3") == before != b""


def test_the_decoder_ends_when_the_process_that_started_it_is_gone() -> None:
    with PeakReader() as reader:
        reader.read(AUDIO / "call-8khz-mono.mp3")
        process = reader._process
        assert process is not None
        assert process.stdin is not None
        # Which a system does for a process that was killed.
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        process.stdout.close()
        reader._process = None


def test_where_the_decoder_is_not_installed_no_recording_is_to_blame(program: Path) -> None:
    program.write_text("import no_such_package")
    with PeakReader() as reader, pytest.raises(NoReader):
        reader.read(AUDIO / "call-8khz-mono.mp3")


def test_the_decoder_is_no_part_of_this_process() -> None:
    """Asked in one of its own: here another test may have imported it."""
    program = (
        "import sys; from pathlib import Path; from calls.services.recordings.peak_reader import PeakReader\n"
        f"with PeakReader() as reader: reader.read(Path({str(AUDIO / 'call-8khz-mono.mp3')!r}))\n"
        "assert 'soundfile' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True)
