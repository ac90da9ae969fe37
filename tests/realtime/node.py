"""Node, whose WebSocket is the one of browsers, as strict as theirs."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

from tests.waiting import PATIENCE

# Before Node 22 it has to be asked for; later ones know the option still.
NODE = ("node", "--no-warnings", "--experimental-websocket")


@cache
def has_websocket_of_browsers() -> bool:
    if shutil.which("node") is None:
        return False
    asked = subprocess.run(
        [*NODE, "-p", "typeof WebSocket"], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    return asked.stdout.strip() == "function"
