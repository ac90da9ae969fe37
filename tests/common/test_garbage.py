"""What is loaded when a process begins is never looked through for garbage."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.script_server import PROJECT

# What is printed: how many objects the collector still comes by, of a hundred that are there, once the garbage that
# importing has left is gone.
_PRINT = """
import gc
gc.collect()
left = len(gc.get_objects())
print(round(100 * left / (left + gc.get_freeze_count())))
"""
PROCESSES = {
    "web": "import tether_calls.wsgi",
    "embedded and socket": "import tether_calls.asgi",
    "worker": """
import tether_calls.celery
from celery.signals import worker_init
worker_init.send(sender=None)
""",
}


@pytest.mark.parametrize("program", PROCESSES.values(), ids=list(PROCESSES))
def test_a_process_that_stays_leaves_what_it_has_loaded_out_of_its_looks_for_garbage(program: str) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "tether_calls.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", program + _PRINT],
        cwd=PROJECT, env=os.environ | settings, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert int(done.stdout.splitlines()[-1]) < 5
