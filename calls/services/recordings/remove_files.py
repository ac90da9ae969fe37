"""What there is of a recording in the storage goes together: the audio, and the peaks beside it."""

from __future__ import annotations

from calls.storage import peaks_name, recording_files


def remove_files(name: str) -> None:
    """Remove a recording by the name that its row has. What is not there is removed already.

    The audio goes last: where the storage fails in between, it is a stray that `sweep_recordings` finds.
    Raises what the storage's client raises.
    """
    files = recording_files()
    files.delete(peaks_name(name))
    files.delete(name)
