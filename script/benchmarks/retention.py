"""`script/bench retention`: a rule of one day for calls of a year, and ingest while its job erases what is past it.

The rule is for recordings first, then for words. One server takes pushed calls, before the job begins and while it
works; the job is cut off after a while, and `hoursForAll` says how long all of it would take at that pace. The server
is on the first core; PostgreSQL, the load generator and the job share the second. Every other call has a recording,
whose file is not there: what a storage takes to delete one is not measured.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from script.benchmarks.beside import loaded_beside, run
from script.benchmarks.ingest import OURS, bodies, make_keys, serving
from script.benchmarks.reads_rows import AGENTS, USERS, make_calls

_RECORDINGS = """
INSERT INTO calls_recording (id, call_id, file, content_type, size, sha256, peaks, is_to_be_silenced, created_at)
SELECT id, id, organization_id || '/2026-05-15/' || id || '.mp3', 'audio/mpeg', 50000, repeat('0', 64), 'kept', false,
    now()
FROM calls_call WHERE ai_agent_id IS NOT NULL
"""
_WORDS = """
INSERT INTO calls_callwords (call_id, organization_id, start_time, version, words)
SELECT id, organization_id, start_time, 1, to_tsvector('simple', '¤' || organization_id || ' ' || ai_summary)
FROM calls_call
"""


def make_year(calls: int) -> None:
    """So many calls of a year that ended two days ago, with their words and recordings, and the rule."""
    from django.db import connection

    from calls.models import Prompt, RetentionRule
    from tether_calls.accounts.models import Organization, User

    home = Organization.objects.get()
    users = [User.objects.create_user(f"b{n}@example.com", "-", organization=home).pk for n in range(USERS)]
    agents = [Prompt.objects.create(organization=home, name=f"Agent {n}").pk for n in range(AGENTS)]
    until = datetime.now(UTC) - timedelta(days=2)
    with connection.cursor() as cursor:  # wall: the benchmark's own database
        people = {"users": users, "agents": agents}
        make_calls(cursor, mark=1, organization=home.pk, people=people, calls=calls, until=until)
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_RECORDINGS)
        cursor.execute(_WORDS)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    RetentionRule.objects.create(organization=home, audio_days=1)


def expire(chosen: argparse.Namespace) -> None:
    """The job, in a process of its own, cut off after so many seconds: prints what it did."""
    import django

    django.setup()
    from django.utils import timezone

    from calls.services.privacy.expire_content import expire_step_by_step
    from tether_calls.common.garbage import leave_out_what_is_loaded

    leave_out_what_is_loaded()
    began = last = time.monotonic()
    slices: list[tuple[float, int]] = []
    for erased in expire_step_by_step(now=timezone.now()):
        now = time.monotonic()
        # With the pause behind the slice before it, which is as long as that took.
        slices.append((now - last, erased.calls))
        last = now
        if now - began > chosen.seconds:
            break
    sys.stdout.write(json.dumps(slices))


def measured(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    key = make_keys()[OURS]
    make_year(chosen.calls)
    found: dict[str, Any] = {"calls": chosen.calls}
    worker = ("retention", "--seconds", str(2 * chosen.seconds))
    ratios, hours = [], 0.0
    with serving(OURS, chosen.port, key) as server:
        body = next(iter(bodies(folder).values()))
        server.load(body, 2)
        for part in ("audio", "transcript"):
            due = _have_erased(part)
            slices: list[tuple[float, int]] = []
            for _ in range(chosen.rounds):
                alone = server.load(body, chosen.seconds)["perSecond"]
                loaded, erased = loaded_beside(server, body, chosen.seconds, *worker)
                ratios.append(loaded / alone)
                slices += erased
            pace = sum(count for _, count in slices) / sum(taken for taken, _ in slices)
            hours += due / pace / 3600
            found |= {
                f"{part}Due": due,
                f"{part}PerSecond": round(pace),
                f"{part}MedianSliceMilliseconds": round(1000 * statistics.median(taken for taken, _ in slices)),
                f"{part}LongestSliceMilliseconds": round(1000 * max(taken for taken, _ in slices)),
            }
    return found | {"ingestBesideIt": round(statistics.median(ratios), 2), "hoursForAll": round(hours, 1)}


def _have_erased(part: str) -> int:
    """Have the rule be for this part alone; returns of how many calls it is due."""
    from django.utils import timezone

    from calls.models import RetentionRule
    from calls.selectors.privacy.expired import expired

    # wall: the benchmark's own database, which has one rule
    RetentionRule.objects.update(**{f"{each}_days": 1 if each == part else None for each in ("audio", "transcript")})
    rule = RetentionRule.objects.get()  # wall: the same
    due = expired(rule, part, now=timezone.now(), holds=[], others=[])
    assert due is not None
    return due.count()


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench retention", description=__doc__)
    options.add_argument("--calls", type=int, default=1_000_000, help="calls of a year (1000000)")
    run(options, seconds=20.0, port=22195, work=expire, measured=measured)


if __name__ == "__main__":
    main()
