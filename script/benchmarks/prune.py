"""`script/bench prune`: ingest while old rows are pruned, beside ingest without, and the longest slice.

Rounds measure both in turns, on one PostgreSQL; what prunes is cut off after each. The server is on the first core;
PostgreSQL, the load generator and what prunes share the second, which is harder on ingest than a worker on a machine of
its own would be. Old rows are events, deliveries of 2 KB and webhook messages of 2 KB with an attempt each, in the
proportions of a call.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from script.benchmarks.beside import loaded_beside, run
from script.benchmarks.ingest import OURS, bodies, make_keys, serving

# Of 10 rows that a call leaves in these tables.
SHARES = {"events": 6, "deliveries": 2, "webhooks": 1, "attempts": 1}
# A day of calls two months ago: ids that begin with that time, in order.
_ID = "to_hex(extract(epoch FROM now() - interval '60 days')::bigint) || lpad(to_hex(n), 16, '0')"
_BODY = "repeat(md5(n::text), 64)"
_INSERTS = {
    "events": f"""INSERT INTO realtime_eventlog (id, organization_id, call_id, name, data, created_at)
        SELECT {_ID}, %s, lpad(to_hex(n), 24, '0'), 'call_ended', jsonb_build_object('callId', n, 'summary', {_BODY}),
               now() - interval '60 days'""",
    "deliveries": f"""INSERT INTO calls_delivery (id, organization_id, endpoint, provider, kind, provider_call_id,
            state, verdict, url, content_type, headers, body, error, attempts, received_at)
        SELECT {_ID}, %s, 'sinch/ice', 'sinch', 'ice', n::text, 'done', 'valid', 'https://calls.example', '',
               '{{}}', {_BODY}::bytea, '', 1, now() - interval '60 days'""",
    "webhooks": f"""INSERT INTO calls_webhookmessage (id, subscription_id, event_type, key, body, state, attempts,
            next_attempt_at, created_at)
        SELECT {_ID}, %s, 'call.ended', n::text, {_BODY}, 'delivered', 1, now(), now() - interval '60 days'""",
    # Each of the message with the same number.
    "attempts": f"""INSERT INTO calls_webhookattempt (id, message_id, started_at, response, error)
        SELECT {_ID}, {_ID}, now(), '', ''""",
}


def make_old(rows: int) -> None:
    """So many rows in all."""
    from django.db import connection, transaction

    from tether_calls.accounts.models import Organization

    home = Organization.objects.get().pk
    for_each: dict[str, Any] = {"events": home, "deliveries": home, "webhooks": _subscription(home)}
    # In one transaction, which has one now().
    with transaction.atomic(), connection.cursor() as cursor:  # wall: the benchmark's own database
        # What foreign keys name is there: looking it up for each row would take longer than the rows.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, share in SHARES.items():
            count = rows * share // sum(SHARES.values())
            parameters = [for_each[table], count] if table in for_each else [count]
            cursor.execute(f"{_INSERTS[table]} FROM generate_series(1, %s) AS n", parameters)
    # As it is after two months; else PostgreSQL does both in the middle of the measurement, on the same core.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


def _subscription(organization_id: str) -> str:
    from calls.models import WebhookSubscription

    # Inactive: what ingest makes is not to be sent anywhere.
    found, _ = WebhookSubscription.objects.of_organization(organization_id).get_or_create(
        organization_id=organization_id,
        name="Benchmark",
        defaults={"url": "https://crm.example/hook", "subscribed_events": ["call.ended"], "is_active": False},
    )
    return str(found.pk)


def prune_for_a_while(chosen: argparse.Namespace) -> None:
    """The worker, in a process of its own, cut off after so many seconds: prints what it did."""
    import django

    django.setup()
    from calls.services.prune import prune_in_turns
    from tether_calls.background.jobs import load_jobs
    from tether_calls.common.garbage import leave_out_what_is_loaded

    load_jobs()
    leave_out_what_is_loaded()
    began = time.monotonic()
    deleted: dict[str, int] = {}
    slices: list[tuple[float, str]] = []
    for progress in prune_in_turns():
        if progress.deleted > deleted.get(progress.title, 0):
            number = sum(name.startswith(progress.title) for _, name in slices) + 1
            slices.append((progress.seconds, f"{progress.title}, slice {number}"))
        deleted[progress.title] = progress.deleted
        if time.monotonic() - began > chosen.seconds:
            break
    found = {"rows": sum(deleted.values()), "seconds": time.monotonic() - began, "slices": sorted(slices)}
    sys.stdout.write(json.dumps(found))


def measured(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    key, rows = make_keys()[OURS], chosen.rows
    alone, beside, pruned = [], [], []
    make_old(rows)
    worker = ("prune", "--seconds", str(chosen.seconds + 5))
    with serving(OURS, chosen.port, key) as server:
        body = next(iter(bodies(folder).values()))
        server.load(body, 2)
        for _ in range(chosen.rounds):
            alone.append(server.load(body, chosen.seconds)["perSecond"])
            loaded, answer = loaded_beside(server, body, chosen.seconds, *worker)
            beside.append(loaded)
            pruned.append(answer)
    slices = sorted(piece for one in pruned for piece in one["slices"])
    return {
        "rows": rows,
        "ingestsPerSecond": round(statistics.median(alone)),
        "whilePruning": round(statistics.median(beside)),
        "ratio": round(statistics.median(one / other for one, other in zip(beside, alone, strict=True)), 2),
        "prunedPerSecond": round(sum(one["rows"] for one in pruned) / sum(one["seconds"] for one in pruned)),
        "slices": len(slices),
        "medianSliceMilliseconds": round(1000 * slices[len(slices) // 2][0], 1),
        "p99SliceMilliseconds": round(1000 * slices[len(slices) * 99 // 100][0], 1),
        "longestSliceMilliseconds": round(1000 * slices[-1][0], 1),
        "longestSliceOf": slices[-1][1],
    }


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench prune", description=__doc__)
    options.add_argument("--rows", type=int, default=300_000, help="old rows (300000)")
    run(options, seconds=10.0, port=22194, work=prune_for_a_while, measured=measured)


if __name__ == "__main__":
    main()
