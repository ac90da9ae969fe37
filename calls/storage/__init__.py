"""How recordings and exports are named, and the folders that stand in for R2 in the embedded default."""

from calls.storage.local import LocalExports, LocalRecordings, SignedFolder
from calls.storage.names import disposition_of, new_export_name, new_recording_name, peaks_name, recording_of_peaks
from calls.storage.parts import PartsAreGone, StorageOfParts
from calls.storage.recordings import StorageOfRecordings, recording_files

__all__ = [
    "LocalExports",
    "LocalRecordings",
    "PartsAreGone",
    "SignedFolder",
    "StorageOfParts",
    "StorageOfRecordings",
    "disposition_of",
    "new_export_name",
    "new_recording_name",
    "peaks_name",
    "recording_files",
    "recording_of_peaks",
]
