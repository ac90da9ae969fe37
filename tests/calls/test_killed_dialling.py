"""Workers killed while they dial what is due: nobody is dialled twice, and what was lost is known."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator
from calls.models import Call, PhoneNumber, ScheduledCall, VoiceAccount
from contacts.models import Contact
from tests.factories import make_prompt
from tests.script_server import PROJECT, Seeded, environment, in_the_database
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import Organization, User

CALLS, WORKERS = 1_000, 3
# Dials after which all workers are killed.
KILLED_AFTER = (150, 400, 700)
# Of fewer calls, where several workers write at the same time.
FEW, FEW_KILLED_AFTER = 120, 40
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


def account() -> ElevenLabsAccount:
    number = ElevenLabsNumber(phone_number_id="phnum_1", phone_number=OUR_NUMBER)
    return ElevenLabsAccount(api_key="sk_test", agents={"agent_1": "Mia"}, phone_numbers=(number,))


def of_folder(data: Path) -> dict[str, str]:
    """The environment of a process that has the database of a data folder."""
    return {"PATH": os.environ["PATH"], **environment(data), "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base"}


def of_this_test() -> dict[str, str]:
    """The same of the database of this test, on its server."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tether_calls.settings.test"}


def start(env: Mapping[str, str], code: str) -> subprocess.Popen[bytes]:
    """A process of its own."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=PROJECT,
        env=env,
        stdout=subprocess.DEVNULL,
    )


def has_dialled(simulator: Simulator, dials: int) -> bool:
    return bool(simulator.happened()["dials"] >= dials)


def kill_workers(env: Mapping[str, str], simulator: Simulator, *, after: int) -> None:
    """As many workers as may dial at once, killed together when so many have been dialled."""
    workers = [start(env, WORK) for _ in range(WORKERS)]
    wait_until(partial(has_dialled, simulator, after))
    for worker in workers:
        worker.kill()
    assert [worker.wait(PATIENCE) for worker in workers] == [-signal.SIGKILL] * WORKERS


def finish(env: Mapping[str, str]) -> None:
    workers = [start(env, WORK) for _ in range(WORKERS)]
    assert [worker.wait(PATIENCE) for worker in workers] == [0] * WORKERS


def assert_each_was_dialled_once(happened: Any, rows: Iterable[tuple[Any, ...]], *, calls: int, kills: int) -> None:
    """By number, state, attempts, and status and provider's id of the call."""
    rows = list(rows)
    dialled = Counter(call["to"] for call in happened["calls"])
    assert set(dialled.values()) == {1}
    assert happened["dials"] == len(dialled)
    assert len(rows) == calls
    assert {(state, attempts, status) for _, state, attempts, status, _ in rows} == {("in_progress", 1, "initiated")}
    # Whom a worker was about to dial when it was killed is not dialled by another one, which could not know whether it
    # was done: the call is there, without a name at its provider, which is asked.
    lost = [provider_id for number, _, _, _, provider_id in rows if number not in dialled]
    assert len(lost) <= kills * WORKERS
    assert set(lost) <= {None}


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="has a data folder of its own")
def test_of_a_thousand_calls_that_are_due_at_once_each_is_dialled_once(seeded: Seeded, tmp_path: Path) -> None:
    data = seeded.copy_to(tmp_path / "data")
    env = of_folder(data)
    with Simulator(account(), pace=Pace.quick(0.001)) as simulator:
        planning = start(env, PLAN.format(url=simulator.url, number=OUR_NUMBER, calls=CALLS))
        assert planning.wait(PATIENCE) == 0

        for dials in KILLED_AFTER:
            kill_workers(env, simulator, after=dials)
            # As if a minute and a half had passed.
            end = "UPDATE calls_scheduledcall SET leased_until = '2000-01-01 00:00:00' WHERE lease IS NOT NULL"
            in_the_database(data, end)
        finish(env)
        happened = simulator.happened()

    rows = in_the_database(
        data,
        "SELECT p.phone_number, p.state, p.attempts, c.status, c.provider_call_id FROM calls_scheduledcall p"
        " LEFT JOIN calls_call c ON c.id = p.last_call_id",
    )
    assert_each_was_dialled_once(happened, rows, calls=CALLS, kills=len(KILLED_AFTER))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="several write at the same time on PostgreSQL only")
def test_workers_that_write_at_the_same_time_and_are_killed_dial_each_once(user: User, home: Organization) -> None:
    now = timezone.now()
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")
    PhoneNumber.objects.create(
        organization=home,
        user=user,
        provider="sinch",
        phone_number=OUR_NUMBER,
        ai_enabled=True,
        elevenlabs_phone_number_id="phnum_1",
    )
    numbers = [f"+1212{2_000_000 + 10 * position}" for position in range(FEW)]
    contacts = Contact.objects.bulk_create(Contact(organization=home, phone_number=number) for number in numbers)
    ScheduledCall.objects.bulk_create(
        ScheduledCall(
            organization=home,
            user=user,
            source="user",
            agent=agent,
            contact=contact,
            phone_number=contact.phone_number,
            not_before=now - timedelta(minutes=1),
            next_at=now,
            delays_minutes=[15],
            retry_on=["busy"],
        )
        for contact in contacts
    )
    with Simulator(account(), pace=Pace.quick(0.001)) as simulator:
        secrets: Any = {"api_key": "sk_test"}
        VoiceAccount.objects.create(organization=home, provider="elevenlabs", secrets=secrets, base_url=simulator.url)
        env = of_this_test()

        kill_workers(env, simulator, after=FEW_KILLED_AFTER)
        ScheduledCall.objects.filter(lease__isnull=False).update(leased_until=datetime(2000, 1, 1, tzinfo=UTC))
        finish(env)
        happened = simulator.happened()

    calls = Call.objects.in_bulk(list(ScheduledCall.objects.values_list("last_call_id", flat=True)))
    rows = [
        (planned.phone_number, planned.state, planned.attempts, call.status, call.provider_call_id)
        for planned in ScheduledCall.objects.all()
        for call in (calls[str(planned.last_call_id)],)
    ]
    assert_each_was_dialled_once(happened, rows, calls=FEW, kills=1)
