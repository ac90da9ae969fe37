"""Workers killed while they dial what is due: nobody is dialled twice, and what was lost is known."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator
from tests.script_server import PROJECT, Seeded, environment, in_the_database
from tests.waiting import PATIENCE, wait_until

CALLS, WORKERS = 1_000, 3
# Dials after which all workers are killed.
KILLED_AFTER = (150, 400, 700)
OUR_NUMBER = "+12025550100"

PLAN = """
from datetime import timedelta
from django.utils import timezone
from calls.models import PhoneNumber, ScheduledCall, VoiceAccount
from contacts.models import Contact
from tests.factories import make_prompt, make_user
user = make_user()
home, now = user.organization, timezone.now()
VoiceAccount.objects.create(
    organization=home, provider="elevenlabs", secrets={{"api_key": "sk_test"}}, base_url="{url}"
)
agent = make_prompt(home, elevenlabs_agent_id="agent_1")
PhoneNumber.objects.create(
    organization=home, user=user, provider="sinch", phone_number="{number}", ai_enabled=True,
    elevenlabs_phone_number_id="phnum_1",
)
numbers = [f"+1212{{2_000_000 + 10 * position}}" for position in range({calls})]
contacts = Contact.objects.bulk_create(Contact(organization=home, phone_number=number) for number in numbers)
ScheduledCall.objects.bulk_create(
    ScheduledCall(
        organization=home, user=user, source="user", agent=agent, contact=contact, phone_number=contact.phone_number,
        not_before=now - timedelta(minutes=1), next_at=now, delays_minutes=[15], retry_on=["busy"],
    )
    for contact in contacts
)
"""

WORK = """
import time
from django.conf import settings
from calls.models import ScheduledCall
from calls.services.agent_calls.dial_due import dial_scheduled_calls
for name in ("USER_MINUTE", "ORGANIZATION_HOUR", "ORGANIZATION_DAY"):
    setattr(settings, f"TETHER_DIALS_PER_{name}", 1_000_000)
while ScheduledCall.objects.filter(state__in=("scheduled", "dialling")).exists():
    dial_scheduled_calls()
    time.sleep(0.05)
"""


def start(data: Path, code: str) -> subprocess.Popen[bytes]:
    """A process of its own in the data folder."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **environment(data), "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base"},
        stdout=subprocess.DEVNULL,
    )


def has_dialled(simulator: Simulator, dials: int) -> bool:
    return bool(simulator.happened()["dials"] >= dials)


def end_leases(data: Path) -> None:
    """As if a minute and a half had passed."""
    in_the_database(data, "UPDATE calls_scheduledcall SET leased_until = '2000-01-01 00:00:00' WHERE lease IS NOT NULL")


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="has a data folder of its own")
def test_of_a_thousand_calls_that_are_due_at_once_each_is_dialled_once(seeded: Seeded, tmp_path: Path) -> None:
    data = seeded.copy_to(tmp_path / "data")
    number = ElevenLabsNumber(phone_number_id="phnum_1", phone_number=OUR_NUMBER)
    account = ElevenLabsAccount(api_key="sk_test", agents={"agent_1": "Mia"}, phone_numbers=(number,))
    with Simulator(account, pace=Pace.quick(0.001)) as simulator:
        planning = start(data, PLAN.format(url=simulator.url, number=OUR_NUMBER, calls=CALLS))
        assert planning.wait(PATIENCE) == 0

        for dials in KILLED_AFTER:
            workers = [start(data, WORK) for _ in range(WORKERS)]
            wait_until(partial(has_dialled, simulator, dials))
            for worker in workers:
                worker.kill()
            assert [worker.wait(PATIENCE) for worker in workers] == [-signal.SIGKILL] * WORKERS
            end_leases(data)
        workers = [start(data, WORK) for _ in range(WORKERS)]
        assert [worker.wait(PATIENCE) for worker in workers] == [0] * WORKERS
        happened = simulator.happened()

    dialled = Counter(call["to"] for call in happened["calls"])
    assert set(dialled.values()) == {1}
    assert happened["dials"] == len(dialled)
    rows = in_the_database(
        data,
        "SELECT p.phone_number, p.state, p.attempts, c.status, c.provider_call_id FROM calls_scheduledcall p"
        " LEFT JOIN calls_call c ON c.id = p.last_call_id",
    )
    assert len(rows) == CALLS
    assert {(state, attempts, status) for _, state, attempts, status, _ in rows} == {("in_progress", 1, "initiated")}
    # Whom a worker was about to dial when it was killed is not dialled by another one, which could not know whether it
    # was done: the call is there, without a name at its provider, which is asked.
    lost = [provider_id for number, _, _, _, provider_id in rows if number not in dialled]
    assert len(lost) <= len(KILLED_AFTER) * WORKERS
    assert set(lost) <= {None}
