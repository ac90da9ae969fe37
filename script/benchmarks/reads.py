"""`script/bench reads`: how long each read takes with 10,000, 100,000 and 1,000,000 calls in the organization.

The three organizations are in one PostgreSQL; one granian worker answers one request at a time over HTTP, and the
median of the answers counts. What to look at is the growth: the time with most calls by that with fewest; of agents'
tools, which keep a spoken turn waiting, their time by that of a call (`--only tool` measures both).
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import statistics
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from script.benchmarks.ingest import OTHER_CORE, OURS, serving
from script.benchmarks.own_service import own_service
from script.benchmarks.reads_asking import A_CALL, PASSWORD, Ask, Known, Question, asking, questions
from script.benchmarks.reads_rows import AGENTS, DAYS, USERS, make_calls

SIZES = (10_000, 100_000, 1_000_000)


def make_organizations(sizes: list[int], until: datetime) -> list[Known]:
    """Migrate; for each size an organization, whose calls are added up."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from calls.models import Call, Prompt
    from calls.providers.registry import agents_provider
    from calls.services.counting.rebuild import rebuild_from_the_beginning, rebuild_step
    from calls.services.voice_accounts.configure_account import configure_account
    from tether_calls.accounts.models import Organization, User

    call_command("migrate", verbosity=0)
    made: list[Known] = []
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
        call = Call.objects.filter(organization=organization).select_related("contact")[0]
        assert call.contact is not None
        tool_secret = secrets.token_urlsafe(24)
        configure_account(
            organization_id=organization.pk,
            provider=agents_provider().name,
            changes={"elevenlabs_tool_secret": tool_secret},
        )
        made.append(
            Known(
                calls=calls,
                email=users[0].email,
                session=admin.cookies["sessionid"].value,
                tool_secret=tool_secret,
                user=users[0].pk,
                contact=call.contact.pk,
                phone_number=call.contact.phone_number,
                call=call.pk,
            )
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
            asks = [stack.enter_context(asking(chosen.port, each)) for each in organizations]
            asked = [questions(each, until) for each in organizations]
            medians = {
                name: measured(asks, [each[name] for each in asked], chosen.times)
                for name in asked[0]
                if name.startswith(chosen.only) or (chosen.only.startswith("tool") and name == A_CALL)
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


def measured(asks: list[Ask], asked: list[Question], times: int) -> list[float]:
    """The median for each organization, in milliseconds; in turns: other work of the machine slows all alike."""
    rounds = [[ask(question) for ask, question in zip(asks, asked, strict=True)] for _ in range(times + 2)]
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
