"""`manage.py rebuild_rollups`: add the calls of organizations up anew, while calls are written."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from calls.models import Call
from calls.services.counting.rebuild import rebuild_from_the_beginning, rebuild_step
from tether_calls.accounts.models import Organization


class Command(BaseCommand):
    help = "Add calls up anew for statistics and analytics, which are right, though slower, meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ID", help="Of this organization only.")

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = Organization.objects.order_by("pk")
        if options["organization"] is not None:
            organizations = organizations.filter(pk=options["organization"])
            if not organizations:
                raise CommandError("There is no such organization")
        ids = list(organizations.values_list("pk", flat=True))
        # wall: the operator's command, for every organization or the one that is named
        total = Call.objects.filter(organization_id__in=ids).count()

        counted = 0
        # disable=None: nothing is drawn where the output is no terminal.
        with tqdm(total=total, desc="Calls", unit="", disable=None) as bar:
            for organization_id in ids:
                rebuild_from_the_beginning(organization_id=organization_id)
                while (calls := rebuild_step(organization_id=organization_id)) is not None:
                    counted += calls
                    bar.update(calls)

        self.stdout.write(f"Added up {counted} calls of {len(ids)} organizations")
