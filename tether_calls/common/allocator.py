"""What the C library does with memory that is no longer needed."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

# https://man7.org/linux/man-pages/man3/mallopt.3.html
_M_MMAP_THRESHOLD = -3
_LARGE = 1024 * 1024


def return_large_blocks() -> None:
    """Have glibc give blocks of a megabyte and more back to the system as soon as they are free.

    It takes the size of a large block that was freed for an ordinary one from then on, and keeps such blocks, those of
    each thread apart: after some recordings of ten megabytes a process stays hundreds of megabytes larger. Elsewhere,
    and where `MALLOC_MMAP_THRESHOLD_` says otherwise, nothing happens.
    """
    if "MALLOC_MMAP_THRESHOLD_" not in os.environ:
        with suppress(AttributeError, OSError):
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)
