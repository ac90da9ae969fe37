"""`script/bench size`: bytes in PostgreSQL for each call, turn, event, delivery and message, indexes included.

Calls are pushed through the API as vendors push them, an organization with a webhook hears of them, and providers'
deliveries are the bodies of the tests' fixtures. Calls are read, and a tag changed as often, which leaves rows in the
access log and in the audit log, and their links. What a table has grown by, divided by its new rows, is what is shown.
One customer in five is new. docs/scaling.md works out the rest from these figures.
"""

from __future__ import annotations

import argparse
import base64
import copy
import json
import random
import sys
from pathlib import Path
from typing import Any

from script.benchmarks.ingest import OURS, bodies, make_keys
from script.benchmarks.load import CALL_MARK, NUMBER_MARK
from script.benchmarks.own_service import own_service
from script.benchmarks.resident import ROOT

TURNS = 30
_BATCH = 100
# The tables of a call; what is not here grows with people, not with calls.
TABLES = (
    "calls_call",
    "conversations_message",
    "conversations_conversation",
    "contacts_contact",
    "realtime_eventlog",
    "calls_webhookmessage",
    "calls_webhookattempt",
    "calls_delivery",
    "trails_accessentry",
    "trails_auditentry",
    "trails_link",
)
_SIZES = """
    SELECT relname, pg_relation_size(oid), pg_indexes_size(oid),
           pg_total_relation_size(oid) - pg_indexes_size(oid) - pg_relation_size(oid)
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
Sizes = dict[str, tuple[int, int, int]]


def sizes() -> Sizes:
    from django.db import connection

    with connection.cursor() as cursor:  # wall: the benchmark's own database
        cursor.execute(_SIZES)
        return {name: (rows, indexes, beside) for name, rows, indexes, beside in cursor.fetchall()}


def position() -> int:
    """How much log has been written so far."""
    from django.db import connection

    with connection.cursor() as cursor:  # wall: the benchmark's own database
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'")
        return int(cursor.fetchone()[0])


def spoken(number: int, turns: int) -> list[dict[str, Any]]:
    """A transcript that no other call has, of the demo's words: PostgreSQL compresses what repeats itself."""
    chance = random.Random(number)  # noqa: S311
    words = (ROOT / "calls/demo/dialogues.json").read_text().split()
    return [
        {
            "role": ("agent", "user")[turn % 2],
            "message": " ".join(chance.choices(words, k=18)),
            "timestamp": round(turn * 5.1, 1),
        }
        for turn in range(turns)
    ]


def push(key: str, call: dict[str, Any], count: int, name: str) -> None:
    """By the batch, as vendors may; in this process, since nobody measures time."""
    from tests.clients import ApiClient

    turns = len(call.get("transcript", ()))

    client = ApiClient(key)
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        calls = [
            call
            | {"externalCallId": f"{name}-{number}", "fromNumber": f"+1416{2_000_000 + number // 5}"}
            | ({"transcript": spoken(number, turns)} if turns else {})
            for number in numbers
        ]
        answer = client.post("/api/calls/ingest/batch", {"calls": calls})
        assert answer.status == 200, answer
        assert {result["status"] for result in answer.body["results"]} <= {"created", 201}, answer


def tell(count: int, home: str) -> None:
    """Everybody who is to hear of it: messages from the log, each with one attempt; and deliveries of providers."""
    from calls.models import Delivery, WebhookAttempt, WebhookMessage
    from calls.services.webhooks_out.fan_out import fan_out

    while fan_out():
        pass
    # wall: the benchmark's own database
    messages = WebhookMessage.objects.values_list("pk", flat=True)
    WebhookAttempt.objects.bulk_create(WebhookAttempt(message_id=pk, status=200, duration_ms=120) for pk in messages)
    kinds = {
        "post_call_transcription": (ROOT / "tests/fixtures/elevenlabs/post_call_transcription.json").read_bytes(),
        "ice": next((ROOT / "tests/fixtures/sinch").glob("*.json")).read_bytes(),
    }
    headers = {"Host": "calls.example.com", "User-Agent": "ElevenLabs/1.0", "Content-Type": "application/json"}
    for kind, body in kinds.items():
        Delivery.objects.bulk_create(
            Delivery(
                organization_id=home,
                endpoint="elevenlabs/post-call",
                provider="elevenlabs",
                kind=kind,
                provider_call_id=f"conv_{number:026}",
                state="processed",
                verdict="valid",
                url="https://calls.example.com/api/webhook/elevenlabs/post-call",
                content_type="application/json",
                headers=headers | {"ElevenLabs-Signature": f"t={number:010},v0={number:064x}"},
                body=body,
            )
            for number in range(count)
        )


def leave_trails(count: int, home: str) -> None:
    """A user reads each call once, and changes a setting as often; then all of it is linked."""
    from calls.models import Call, Tag
    from tether_calls.accounts.acting import actor_of_user
    from tether_calls.accounts.models import User
    from tether_calls.trails.models import AccessKind, acting
    from tether_calls.trails.reports import Accessed
    from tether_calls.trails.services.link import link_pending
    from tether_calls.trails.services.note_access import note_access

    user = User.objects.of_organization(home).order_by("pk")[0]
    actor = actor_of_user(user, ip="203.0.113.7")
    calls = Call.objects.of_organization(home).order_by("pk").values_list("pk", flat=True)[:count]
    for call_id in calls:
        read = Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=call_id)
        note_access(organization_id=home, actor=actor, accessed=[read])
    tag = Tag.objects.create(organization_id=home, name="Refund", key="refund")
    with acting(lambda _: actor):
        for number in range(count):
            tag.name = f"Refund {number}"
            tag.save(update_fields=["name"])
    link_pending()


def measured(count: int, folder: Path) -> dict[str, Any]:
    key = make_keys()[OURS]  # which sets Django up
    from calls.models import WebhookSubscription
    from calls.services.webhooks_out.fan_out import ensure_cursor
    from tether_calls.accounts.models import Organization

    home = Organization.objects.get().pk
    ensure_cursor()
    WebhookSubscription.objects.create(
        organization_id=home,
        name="CRM",
        url="https://crm.example/hook",
        subscribed_events=["call.started", "call.ended"],
    )
    missed_path, completed_path = bodies(folder).values()
    missed, completed = (
        json.loads(path.read_bytes().replace(CALL_MARK, b"0").replace(NUMBER_MARK, b"14165550100"))
        for path in (missed_path, completed_path)
    )
    # Its length counts in the storage, not here.
    completed["recording"] = base64.b64encode((ROOT / "tests/fixtures/audio/call-8khz-mono.mp3").read_bytes()).decode()
    short = copy.deepcopy(completed) | {"transcript": completed["transcript"][:1]}
    found: dict[str, Any] = {"calls": count}
    for name, body in (("missed call", missed), ("answered call, 1 turn", short), (f"with {TURNS} turns", completed)):
        before, log = sizes(), position()
        push(key, body, count, name.replace(" ", "-"))
        found[name] = _growth(before, sizes(), count)
        if "transcript" in body:
            text = sum(len(turn["message"]) for turn in spoken(0, len(body["transcript"])))
            found[f"{name}: characters"] = text
        found[f"{name}: write-ahead log"] = round((position() - log) / count)
    before = sizes()
    tell(count, home)
    found["told"] = _growth(before, sizes(), 1)
    before = sizes()
    leave_trails(count, home)
    found["read and changed once"] = _growth(before, sizes(), count)
    one, many = (sum(found[name].values()) for name in ("answered call, 1 turn", f"with {TURNS} turns"))
    found["turn"] = round((many - one) / (TURNS - 1))
    return found | _by_row(sizes())


def _growth(before: Sizes, after: Sizes, count: int) -> dict[str, int]:
    """Bytes for each of `count`, by table, those that have grown."""
    grown = {name: sum(after[name]) - sum(before.get(name, (0,))) for name in after}
    return {
        name: round(grown[name] / count)
        for name in sorted(grown, key=grown.__getitem__, reverse=True)
        if grown[name] > 8192
    }


def _by_row(now: Sizes) -> dict[str, Any]:
    from django.apps import apps

    models = {model._meta.db_table: model for model in apps.get_models()}
    by_row = {}
    for table in TABLES:
        rows = models[table]._default_manager.count()  # wall: the benchmark's own database
        heap, indexes, beside = (round(each / max(rows, 1)) for each in now[table])
        by_row[table] = {
            "rows": rows,
            "row": heap,
            "beside": beside,
            "indexes": indexes,
            "all": heap + beside + indexes,
        }
    return {"byRow": by_row}


def show(found: dict[str, Any]) -> None:
    line = "{:<32}{:>10}{:>10}{:>10}{:>10}{:>10}\n"
    sys.stdout.write(line.format("bytes for each row of", "rows", "row", "beside", "indexes", "all"))
    for table, of_row in found["byRow"].items():
        sys.stdout.write(line.format(table, *of_row.values()))
    for name, grown in found.items():
        if isinstance(grown, dict) and name not in ("byRow", "told"):
            log = found.get(f"{name}: write-ahead log")
            sys.stdout.write(f"\n{name}: {sum(grown.values())} bytes in all{f', {log} of log' if log else ''}\n")
            sys.stdout.write("".join(f"  {table:<30}{size:>10}\n" for table, size in grown.items()))
    sys.stdout.write(f"\na turn: {found['turn']} bytes\n")


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench size", description=__doc__)
    options.add_argument("--calls", type=int, default=5_000, help="of each kind (5000)")
    options.add_argument("--json", type=Path, default=Path("bench-size.json"), help="where the figures go")
    chosen = options.parse_args()
    with own_service() as folder:
        found = measured(chosen.calls, folder)
    show(found)
    chosen.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
