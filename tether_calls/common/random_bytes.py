"""Random bytes of the system, asked for by the kilobyte.

Each question is a system call during which Python hands the interpreter to another thread: of the eight that ids and
names of one pushed call would need, each costs a switch of threads under load.
"""

from __future__ import annotations

import os
import threading

_AT_ONCE = 4096
_lock = threading.Lock()
_waiting = bytearray()


def random_hex(count: int) -> str:
    """As `secrets.token_hex`: `count` bytes that nobody can guess and nobody else was given."""
    with _lock:
        if len(_waiting) < count:
            _waiting.extend(os.urandom(_AT_ONCE + count))
        # From the end, which moves nothing.
        taken = _waiting[-count:].hex()
        del _waiting[-count:]
    return taken


def _begin_anew() -> None:
    """A child process has its parent's bytes, and may have a lock that nobody there gives back."""
    global _lock
    _lock = threading.Lock()
    _waiting.clear()


os.register_at_fork(after_in_child=_begin_anew)
