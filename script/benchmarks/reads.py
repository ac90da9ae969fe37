"""`script/bench reads`: how long each read takes with 10,000, 100,000 and 1,000,000 calls in the organization.

The three organizations are in one PostgreSQL; one granian worker answers one request at a time over HTTP, and the
median of the answers counts. What to look at is the growth: the time with most calls by that with fewest.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from script.benchmarks.ingest import OTHER_CORE, OURS, serving
from script.benchmarks.own_service import own_service
from script.benchmarks.reads_rows import AGENTS, DAYS, USERS, make_calls

SIZES = (10_000, 100_000, 1_000_000)
PASSWORD = "correct horse battery staple"  # noqa: S105
HISTORY, STATISTICS, ANALYTICS = ("/api/calls/history", "/api/calls/statistics", "/api/calls/analytics")

Question = tuple[str, list[tuple[str, Any]]]
Ask = Callable[[str, list[tuple[str, Any]]], float]


def reads(calls: int, until: datetime, contact: str, user: str, call: str) -> dict[str, Question]:
    """What is asked of an organization with so many calls, by name."""
    month = [("startDate", (until - timedelta(days=30)).isoformat())]
    return {
        "history, first page": (HISTORY, []),
        "history, offset at 90 %": (HISTORY, [("offset", calls * 9 // 10)]),
        "history, status=busy": (HISTORY, [("status", "busy")]),
        "history, of a user": (HISTORY, [("userId", user)]),
        "history, of a contact": (HISTORY, [("contactId", contact)]),
        "history, a month of busy calls": (HISTORY, [("status", "busy"), *month]),
        "history, q = a rare word": (HISTORY, [("q", "zebra")]),
        "history, q = a common word": (HISTORY, [("q", "appointment")]),
        "statistics, all time": (STATISTICS, []),
        "statistics, 30 days": (STATISTICS, month),
        "analytics, by month": (ANALYTICS, [("metric", "count"), ("metric", "answerRate"), ("groupBy", "month")]),
        "analytics, 30 days by day and status": (
            ANALYTICS,
            [("metric", "count"), ("groupBy", "day"), ("groupBy", "status"), *month],
        ),
        "analytics, talk time by agent": (ANALYTICS, [("metric", "talkTime"), ("groupBy", "agent")]),
        "analytics, percentiles, 30 days by agent": (
            ANALYTICS,
            [("metric", "p50Duration"), ("metric", "p90Duration"), ("groupBy", "agent"), *month],
        ),
        "analytics, 30 days by hour of week": (ANALYTICS, [("metric", "count"), ("groupBy", "hourOfWeek"), *month]),
        "admin, the start page": ("/admin/", []),
        "admin, the live page": ("/admin/live/", []),
        "admin, calls": ("/admin/calls/call/", []),
        "admin, busy calls": ("/admin/calls/call/", [("status__exact", "busy")]),
        "admin, calls, q = a rare word": ("/admin/calls/call/", [("q", "zebra")]),
        "admin, a call": (f"/admin/calls/call/{call}/change/", []),
        "admin, contacts": ("/admin/contacts/contact/", []),
        "admin, a contact": (f"/admin/contacts/contact/{contact}/change/", []),
        "admin, conversations": ("/admin/conversations/conversation/", []),
        "admin, events": ("/admin/realtime/eventlog/", []),
        "admin, mentions": ("/admin/contacts/notemention/", []),
    }


@contextmanager
def asking(port: int, email: str, session: str) -> Iterator[Ask]:
    """A function that asks once, on a kept connection, and returns the seconds until the answer was read.

    `session` is one of the admin.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    body = json.dumps({"email": email, "password": PASSWORD})
    connection.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
    token = json.loads(connection.getresponse().read())["token"]
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"sessionid={session}"}

    def ask(path: str, query: list[tuple[str, Any]]) -> float:
        begin = time.perf_counter()
        connection.request("GET", f"{path}?{urlencode(query)}", headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - begin
        assert answer.status == 200, content
        return seconds

    yield ask
    connection.close()


def make_organizations(sizes: list[int], until: datetime) -> list[dict[str, Any]]:
    """Migrate; for each size an organization, whose calls are added up."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from calls.models import Call, Prompt
    from calls.services.counting.rebuild import rebuild_from_the_beginning, rebuild_step
    from tether_calls.accounts.models import Organization, User

    call_command("migrate", verbosity=0)
    made = []
    for mark, calls in enumerate(sizes):
        organization = Organization.objects.create(name=f"{calls} calls", time_zone="America/Toronto")
        users = [
            User.objects.create_user(
                f"bench{mark}-{n}@example.com",
                PASSWORD if n == 0 else "-",
                organization=organization,
                is_staff=n == 0,
            )
            for n in range(USERS)
        ]
        agents = [Prompt.objects.create(organization=organization, name=f"Agent {n}") for n in range(AGENTS)]
        people = {"users": [user.pk for user in users], "agents": [agent.pk for agent in agents]}
        with connection.cursor() as cursor:
            make_calls(cursor, mark=mark, organization=organization.pk, people=people, calls=calls, until=until)
        begin = time.perf_counter()
        rebuild_from_the_beginning(organization_id=organization.pk)
        while rebuild_step(organization_id=organization.pk) is not None:
            pass
        sys.stdout.write(f"{calls} calls added up in {time.perf_counter() - begin:.1f} s\n")
        sys.stdout.flush()
        admin = Client()
        admin.force_login(users[0])
        session = admin.cookies["sessionid"].value
        call, contact = Call.objects.filter(organization=organization).values_list("pk", "contact_id")[0]
        made.append(
            {
                "calls": calls,
                "email": users[0].email,
                "user": users[0].pk,
                "contact": contact,
                "call": call,
                "session": session,
            }
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return made


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench reads", description=__doc__)
    options.add_argument("--calls", type=int, nargs="+", default=list(SIZES), help="how many, of each organization")
    options.add_argument("--times", type=int, default=15, help="how often each is asked; the median counts (15)")
    options.add_argument("--only", default="", help="the reads whose names begin so")
    options.add_argument("--json", type=Path, default=Path("bench-reads.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=22194)
    chosen = options.parse_args()

    os.sched_setaffinity(0, {OTHER_CORE})
    until = datetime.now(UTC).replace(microsecond=0)
    settings = {"shared_buffers": "256MB"}
    with own_service(settings=settings):
        organizations = make_organizations(chosen.calls, until)
        with serving(OURS, chosen.port, ""), ExitStack() as stack:
            asks = [stack.enter_context(asking(chosen.port, each["email"], each["session"])) for each in organizations]
            questions = [
                reads(each["calls"], until, each["contact"], each["user"], each["call"]) for each in organizations
            ]
            medians = {
                name: measured(asks, [asked[name] for asked in questions], chosen.times)
                for name in questions[0]
                if name.startswith(chosen.only)
            }
    show(chosen.calls, medians)
    rows = [
        {
            "read": name,
            "milliseconds": dict(zip(map(str, chosen.calls), values, strict=True)),
            "growth": values[-1] / values[0],
        }
        for name, values in medians.items()
    ]
    chosen.json.write_text(json.dumps({"days": DAYS, "reads": rows}, indent=2) + "\n")


def measured(asks: list[Ask], questions: list[Question], times: int) -> list[float]:
    """The median for each organization, in milliseconds; in turns: other work of the machine slows all alike."""
    rounds = [[ask(*question) for ask, question in zip(asks, questions, strict=True)] for _ in range(times + 2)]
    # The first ones find nothing in PostgreSQL's memory.
    return [1000 * statistics.median(seconds) for seconds in zip(*rounds[2:], strict=True)]


def show(sizes: list[int], medians: dict[str, list[float]]) -> None:
    line = "{:<45}" + "{:>12}" * len(sizes) + "{:>9}\n"
    sys.stdout.write(line.format("median ms, with so many calls", *sizes, "growth"))
    for name, values in medians.items():
        times = (f"{value:.1f}" for value in values)
        sys.stdout.write(line.format(name, *times, f"{values[-1] / values[0]:.1f}"))


if __name__ == "__main__":
    main()
