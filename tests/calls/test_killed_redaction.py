"""Workers of a redaction of old calls killed as the kernel kills them: all is masked once, and what is told is true."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.calls.test_killed_erasure import run
from tests.script_server import Seeded

CARD = "4539578763621486"
BEGIN = f"""
from calls.services.redacting.start import start_redaction
from contacts.models import ContactNote
from conversations.models import Message
from tests.factories import make_call, make_contact, make_conversation, make_user
from tether_calls.accounts.models import AccessRole, Organization
user = make_user(access_role=AccessRole.ADMIN)
contact = make_contact(user.organization)
conversation = make_conversation(contact)
for number in range(60):
    said = [{{"role": "user", "message": "It is {CARD}" if number % 2 else "It is Monday"}}]
    call = make_call(user, contact=contact, ai_transcript=said, ai_summary="Pays by {CARD}")
    ContactNote.objects.create(organization=user.organization, contact=contact, call_id=call.pk, note="{CARD}")
Organization.objects.filter(pk=user.home_id).update(redacted_kinds="card")
print(start_redaction(user=user, organization_id=user.home_id).run.pk)
"""
# The signal comes between what a slice has masked and the note that it has, as in the test of killed erasures.
WORK = """
import os, signal
from django.db import connections
from django.utils import timezone
from calls.models import RedactionRun
from calls.services.redacting import work
keep = work.hold
def killed_at(step):
    def killed(*args, done=[], **values):
        done.append(1)
        if len(done) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        keep(*args, **values)
    return killed
def stands():
    RedactionRun.objects.update(leased_until=timezone.now(), next_turn_at=timezone.now(), failures=0)
    return RedactionRun.objects.values_list("position", "cursor").get()
step, kills, stood = 1, 0, stands()
while True:
    connections.close_all()
    child = os.fork()
    if not child:
        work._LONGEST_PAUSE = 0.0
        work.hold = killed_at(step)
        work.redact_old_calls()
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    if not os.WIFSIGNALED(ended):
        break
    kills += 1
    now = stands()
    step, stood = (2 * step if now == stood else 2), now
print(kills, os.WEXITSTATUS(ended))
"""
LOOK = f"""
import json
from calls.models import Call, RedactionRun
from contacts.models import ContactNote
run = RedactionRun.objects.get()
told = {{each["place"]: [each["total"], each["done"], each["changed"]] for each in run.places if each["total"]}}
kept = [f"{{row}}" for model in (Call, ContactNote) for row in model.objects.values() if "{CARD}" in f"{{row}}"]
print(json.dumps([run.state, told["calls"], told["notes"], all(t == d for t, d, _ in told.values()), len(kept)]))
"""


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="has a data folder of its own")
def test_workers_that_are_killed_at_each_step_mask_all_of_it_once(seeded: Seeded, tmp_path: Path) -> None:
    data = seeded.copy_to(tmp_path / "data")
    begun = run(data, BEGIN)
    assert begun.returncode == 0, begun.stderr

    worked = run(data, WORK)

    assert worked.returncode == 0, worked.stderr
    kills, ended = map(int, worked.stdout.split())
    assert (kills > 10, ended) == (True, 0)
    looked = run(data, LOOK)
    assert json.loads(looked.stdout) == ["done", [60, 60, 60], [60, 60, 60], True, 0], looked.stdout + looked.stderr
