"""How recordings are named, and the folder that stands in for R2 in the embedded default."""

from calls.storage.local import LocalRecordings
from calls.storage.names import disposition_of, new_recording_name

__all__ = ["LocalRecordings", "disposition_of", "new_recording_name"]
