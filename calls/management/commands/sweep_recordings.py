"""`manage.py sweep_recordings`: remove recordings that belong to no call; to be run every hour or so."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls.services.recordings.sweep_recordings import sweep_recordings


class Command(BaseCommand):
    help = "Remove recordings from the storage that belong to no call, left by a process that was killed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than", type=int, default=60, metavar="MINUTES", help="Leave younger files alone (default: 60)."
        )
        parser.add_argument(
            "--days", type=int, default=3, metavar="N", help="Look at today and N days back, in UTC (default: 3)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        older_than, days = options["older_than"], options["days"]
        if older_than < 0 or days < 0:
            raise CommandError("--older-than and --days are not negative")

        sweep = sweep_recordings(older_than=timedelta(minutes=older_than), days=days)

        self.stdout.write(
            f"Looked at {sweep.examined} files of today and {days} days before: "
            f"removed {sweep.removed} recordings without a call and {sweep.removed_drafts} drafts, "
            f"left {sweep.young} younger than {older_than} minutes"
        )
        if sweep.failed:
            raise CommandError(f"{sweep.failed} could not be removed; the log says why, the next sweep tries again")
