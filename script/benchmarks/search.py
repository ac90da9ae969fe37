"""`script/bench search`: searches and history's `q` in organizations of several sizes, over HTTP.

On a PostgreSQL of its own. The calls of each organization lie in one year and have 30 turns: half say a common word,
one in a hundred another, twenty in all a rare one. They are made of 500 texts by the database itself. Server and load
share the machine; each figure is a median.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from script.benchmarks.ingest import OURS, serving
from script.benchmarks.own_service import own_service

TEMPLATES, TURNS, VOCABULARY = 500, 30, 20_000
COMMON, SCARCE, RARE = "appointment", "plumber", "platypus"
READS = {
    "history, first page": ("history", {}),
    "history, q = a rare word": ("history", {"q": RARE}),
    "history, q = a scarce word": ("history", {"q": SCARCE}),
    "history, q = a common word": ("history", {"q": COMMON}),
    "history, q = nothing": ("history", {"q": "xylophone"}),
    "search, a rare word": ("search", {"q": RARE}),
    "search, a scarce word (1 %)": ("search", {"q": SCARCE}),
    "search, a common word (50 %)": ("search", {"q": COMMON}),
    "search, nothing": ("search", {"q": "xylophone"}),
    "search, common -scarce": ("search", {"q": f"{COMMON} -{SCARCE}"}),
    "search, a common phrase": ("search", {"q": f'"an {COMMON} please"'}),
    "search, a phrase nobody says": ("search", {"q": f'"{COMMON} please an"'}),
    "search, a common word by the agent": ("search", {"q": COMMON, "role": "agent"}),
    "search, a common word, status=busy": ("search", {"q": COMMON, "status": "busy"}),
    "search, a common word, of a contact": ("search", {"q": COMMON, "contactId": "{contact}"}),
    "search, a common word, a day": ("search", {"q": COMMON, "startDate": "2026-03-01", "endDate": "2026-03-02"}),
}

_CALLS = """
INSERT INTO calls_call (id, organization_id, user_id, contact_id, provider, direction, status, from_number, to_number,
    provider_phone_number, start_time, duration, agent_name, ai_transcript, ai_summary, metadata,
    provider_metadata, created_at, updated_at)
SELECT lpad(to_hex(%(offset)s + n), 24, '0'), %(organization)s, %(user)s, (%(contacts)s::text[])[n %% 1000 + 1],
    'external', 'outbound',
    CASE WHEN n %% 100 = 0 THEN 'busy' ELSE 'completed' END,
    '+1416' || lpad((n %% 700)::text, 7, '0'), '+1647' || lpad((n %% 5000)::text, 7, '0'), '+14160000000',
    moment.start, n %% 600, '',
    template.turns
        || CASE WHEN n %% %(rare_every)s = 7 THEN '[{"role": "agent", "message": "A platypus."}]' ELSE '[]' END::jsonb,
    template.summary || CASE WHEN n %% %(rare_every)s = 7 THEN ' A platypus.' ELSE '' END,
    '{}', '{}', moment.start, moment.start
FROM generate_series(%(first)s, %(last)s) AS n
JOIN bench_template AS template ON template.id = n %% %(templates)s
CROSS JOIN LATERAL (SELECT timestamptz '2025-05-15Z' + n * (interval '365 days' / %(size)s) AS start) AS moment
"""
_WORDS = """
INSERT INTO calls_callwords (call_id, organization_id, start_time, version, words)
SELECT call.id, organization_id, start_time, %(version)s,
    ('¤' || organization_id || ' ¦a' || hour || ' ¦b' || (hour >> 3) || ' ¦c' || (hour >> 6) || ' ¦d' || (hour >> 9)
        || ' ¦e' || (hour >> 12))::tsvector
    || template.words || CASE WHEN n %% %(rare_every)s = 7 THEN 'platypus:1C,9A' ELSE '' END::tsvector
FROM generate_series(%(first)s, %(last)s) AS n
JOIN bench_template AS template ON template.id = n %% %(templates)s
JOIN calls_call AS call ON call.id = lpad(to_hex(%(offset)s + n), 24, '0')
CROSS JOIN LATERAL (SELECT floor(extract(epoch FROM start_time) / 3600)::int AS hour) AS moment
"""


def templates() -> Iterator[tuple[int, str, str, str]]:
    """Id, turns, summary and words of made-up calls, the words as often as words are."""
    from tether_calls.common.search.kept import as_tsvector

    dice = random.Random(7)  # noqa: S311
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["".join(dice.choices(letters, k=dice.randint(2, 9))) for _ in range(VOCABULARY)]
    weights = [1 / (rank + 1) for rank in range(VOCABULARY)]
    for number in range(TEMPLATES):
        said = [" ".join(dice.choices(vocabulary, weights, k=12)) for _ in range(TURNS)]
        summary = " ".join(dice.choices(vocabulary, weights, k=25))
        if number % 2:
            said[number // 2 % TURNS] += f" an {COMMON} please"
            summary += f" {COMMON}"
        if number % 100 == 0:
            said[3] += f" a {SCARCE}"
            summary += f" {SCARCE}"
        turns = [
            {"role": ("agent", "user")[at % 2], "message": text, "timestamp": at * 5.1} for at, text in enumerate(said)
        ]
        words = as_tsvector({"summary": [summary], "agent": said[::2], "user": said[1::2]}, labels=())
        yield number, json.dumps(turns), summary, words


def fill(size: int) -> tuple[str, str]:
    """The calls; returns the token of their user, and a contact's id."""
    from django.db import connection
    from tqdm import tqdm

    from calls.models.call_words import WORDS_VERSION
    from contacts.models import Contact
    from tether_calls.accounts.models import Organization, User
    from tether_calls.accounts.tokens import issue_tokens

    organization = Organization.objects.create(name=f"Benchmark {size}")
    user = User.objects.create_user(f"bench{size}@example.com", "-", organization=organization)
    contacts = Contact.objects.bulk_create(
        Contact(organization=organization, phone_number=f"+1647{number:07}", first_name=f"First{number}")
        for number in range(1_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_template (id int PRIMARY KEY, turns jsonb, summary text, words tsvector)"
        )
        cursor.executemany(
            "INSERT INTO bench_template VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", list(templates())
        )
        cursor.execute("DROP INDEX call_words")
        step = 20_000
        for first in tqdm(range(0, size, step), desc=f"{size} calls", disable=None):
            values = {
                "organization": organization.pk,
                "user": user.pk,
                "contacts": [contact.pk for contact in contacts],
                "first": first,
                "last": min(first + step, size) - 1,
                "size": size,
                "offset": size * 16,
                "rare_every": size // 20,
                "templates": TEMPLATES,
                "version": WORDS_VERSION,
            }
            cursor.execute(_CALLS, values)
            cursor.execute(_WORDS, values)
        began = time.monotonic()
        cursor.execute(
            "CREATE INDEX call_words ON calls_callwords USING gin (words) WITH (gin_pending_list_limit = 512)"
        )
        print(f"  index of words made in {time.monotonic() - began:.0f} s", flush=True)
        cursor.execute("VACUUM (ANALYZE) calls_call")
        cursor.execute("VACUUM (ANALYZE) calls_callwords")
        for relation in ("calls_call", "calls_callwords", "call_words"):
            cursor.execute("SELECT pg_size_pretty(pg_total_relation_size(%s::regclass))", [relation])
            print(f"  {relation}: {cursor.fetchone()[0]}", flush=True)
        cursor.execute("SET session_replication_role = origin")
    return issue_tokens(user).access, contacts[1].pk


def measured(url: str, token: str, rounds: int) -> tuple[float, int]:
    """The median in milliseconds, and how many calls it answers with in all."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    took = []
    for _ in range(rounds + 2):
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            body = json.loads(answer.read())
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[2:]), body["total"]


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench search", description=__doc__)
    options.add_argument("--sizes", default="10000,100000", help="calls, by commas (10000,100000)")
    options.add_argument("--rounds", type=int, default=9, help="requests of each kind; the median counts (9)")
    options.add_argument("--json", type=Path, default=Path("bench-search.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=22191)
    chosen = options.parse_args()

    figures: dict[str, dict[str, float]] = {name: {} for name in READS}
    with own_service():
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        for size in map(int, chosen.sizes.split(",")):
            token, contact = fill(size)
            with serving(OURS, chosen.port, token):
                for name, (path, query) in READS.items():
                    asked = {key: value.replace("{contact}", contact) for key, value in query.items()}
                    url = f"http://127.0.0.1:{chosen.port}/api/calls/{path}?{urllib.parse.urlencode(asked)}"
                    took, total = measured(url, token, chosen.rounds)
                    figures[name][str(size)] = round(took, 1)
                    print(f"  {name:<40}{took:>10.1f} ms {total:>10} calls", flush=True)
        connection.close()
    chosen.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
