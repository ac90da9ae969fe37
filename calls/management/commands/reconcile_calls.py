"""`manage.py reconcile_calls`: ask providers about calls of which no more is heard; to be run every five minutes."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from calls.models import Call
from calls.services.reconciling.reconcile_calls import reconcile_calls


class Command(BaseCommand):
    help = "Look up calls that have not ended, and recordings that have not come, at their providers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--minutes",
            type=int,
            default=settings.TETHER_RECONCILE_MINUTES,
            metavar="N",
            help="Leave younger calls alone (default: TETHER_RECONCILE_MINUTES).",
        )
        parser.add_argument("--organization", metavar="ID", help="Calls of this organization only.")
        parser.add_argument("--call", metavar="ID", help="This call only, of any age.")
        parser.add_argument(
            "--limit", type=int, default=500, metavar="N", help="At most so many calls, and recordings (default: 500)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["minutes"] < 0 or options["limit"] < 1:
            raise CommandError("--minutes is not negative, and --limit at least 1")
        if options["call"] is not None and not _exists(options["call"], options["organization"]):
            raise CommandError("There is no such call")

        run = reconcile_calls(
            older_than=timedelta(minutes=options["minutes"]),
            organization_id=options["organization"],
            call_id=options["call"],
            limit=options["limit"],
            progress=_shown,
        )

        counts = [f"{count} {outcome}" for outcome, count in sorted(run.outcomes.items())]
        if run.recordings_missed:
            counts.append(f"{run.recordings_missed} recordings not to be had")
        self.stdout.write(f"Looked at {run.outcomes.total()} calls" + (f": {', '.join(counts)}" if counts else ""))
        for problem, count in sorted(run.problems.items()):
            self.stdout.write(f"  {problem}: {count}")
        if run.broken:
            raise CommandError(f"{run.broken} went wrong here; the log says why, the next run tries again")


def _exists(call_id: str, organization_id: str | None) -> bool:
    # wall: the operator names a call, and may name an organization
    calls = Call.objects.filter(pk=call_id)
    return (calls if organization_id is None else calls.of_organization(organization_id)).exists()


def _shown(ids: list[str]) -> Iterable[str]:
    # disable=None: nothing is drawn where the output is no terminal.
    bar: Iterable[str] = tqdm(ids, desc="Calls", unit="", disable=None)
    return bar
