"""`manage.py prune`: what the job of the same name does every hour, by hand and to the end."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from calls.services.prune import Progress, prune_step_by_step

_BAR = 30


class Command(BaseCommand):
    help = "Delete old events, deliveries and webhooks, expired tokens and sessions."

    def handle(self, *args: Any, **options: Any) -> None:
        is_terminal = self.stdout.isatty()
        last: dict[str, Progress] = {}
        for progress in prune_step_by_step(count=True):
            if is_terminal and last and progress.title not in last:
                self.stdout.write("")
            last[progress.title] = progress
            if is_terminal:
                self.stdout.write("\r" + _line(progress), ending="")
                self.stdout.flush()
        if is_terminal:
            self.stdout.write("")
        for progress in last.values():
            self.stdout.write(f"Deleted {progress.deleted} {progress.title}")


def _line(progress: Progress) -> str:
    share = progress.deleted / progress.total if progress.total else 1.0
    bar = "#" * round(share * _BAR)
    return f"{progress.title:24} [{bar:{_BAR}}] {progress.deleted}/{progress.total}"
