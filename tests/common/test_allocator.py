"""Memory that is free is the system's again."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.script_server import PROJECT

# Blocks of several sizes, in threads, as recordings are: freed, they leave holes between small ones that stay.
PROGRAM = """
import os, re, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tether_calls.common.allocator import return_large_blocks

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

return_large_blocks()
before, kept = resident(), []
def work(number):
    for size in range(8, 3, -1):
        block = b"x" * (size * 2**20 + number)
        kept.append(b"y" * 5_000)
        del block
with ThreadPoolExecutor(8) as threads:
    list(threads.map(work, range(40)))
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_large_blocks_are_given_back_when_they_are_free() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert int(done.stdout) < 6  # megabytes; a block that is kept is more
