"""Workers of erasures killed as the kernel kills them: nothing is left, and the certificate is true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.script_server import PROJECT, Seeded, environment
from tests.waiting import PATIENCE

ASK = """
from tests.calls.canary import NUMBER, plant
from tests.factories import make_user
from calls.services.privacy.ask import ask
user = make_user()
plant(user)
print(ask(user=user, organization_id=user.home_id, kind="erase", phone_number=NUMBER).pk)
"""

# The signal comes between what a slice has erased and the note that it has. Each worker is a child of one process: as
# dead as others, with nothing to import. It comes one note further than the last one; else the next is killed later.
WORK = """
import os, signal
from django.db import connections
from django.utils import timezone
from calls.models import PrivacyRequest
from calls.services.privacy import work
write = work.hold
def killed_at(step):
    def killed(*args, done=[], **values):
        done.append(1)
        if len(done) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        write(*args, **values)
    return killed
def stands():
    PrivacyRequest.objects.update(leased_until=timezone.now(), next_turn_at=timezone.now(), failures=0)
    return PrivacyRequest.objects.values_list("position", "cursor", "rounds").get(kind="erase")
step, kills, stood = 1, 0, stands()
while True:
    connections.close_all()
    child = os.fork()
    if not child:
        work.hold = killed_at(step)
        work.do_privacy_requests()
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    if not os.WIFSIGNALED(ended):
        break
    kills += 1
    now = stands()
    step, stood = (2 * step if now == stood else 2), now
print(kills, os.WEXITSTATUS(ended))
"""

LOOK = """
import json, pathlib, tempfile
from calls.models import PrivacyRequest
from calls.services.privacy.certificates import verified
from tests.calls.canary import where_it_is
request = PrivacyRequest.objects.get(kind="erase")
told = verified(request.certificate)["places"]
left = where_it_is(pathlib.Path(tempfile.mkdtemp()))
print(json.dumps([request.state, {each["place"]: [each["found"], each["done"]] for each in told}, left]))
"""


def run(data: Path, code: str) -> subprocess.CompletedProcess[str]:
    """A process of its own in the data folder."""
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **environment(data), "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="has a data folder of its own")
def test_workers_that_are_killed_at_each_step_leave_nothing_and_a_true_certificate(
    seeded: Seeded, tmp_path: Path
) -> None:
    data = seeded.copy_to(tmp_path / "data")
    asked = run(data, ASK)
    assert asked.returncode == 0, asked.stderr

    worked = run(data, WORK)
    assert worked.returncode == 0, worked.stderr
    kills, status = map(int, worked.stdout.split())

    looked = run(data, LOOK)
    assert looked.returncode == 0, looked.stderr
    state, told, left = json.loads(looked.stdout)
    assert status == 0
    assert kills > 30
    assert state == "done"
    assert left == {}
    assert told["calls"] == told["recordings"] == [2, 2]
    assert told["contacts"] == [1, 1]
