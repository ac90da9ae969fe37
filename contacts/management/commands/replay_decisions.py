"""`manage.py replay_decisions`: do decisions that were made still follow from what was known then?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.management.organizations import organization_named
from contacts.services.may_call.replay import replay_decisions


class Command(BaseCommand):
    help = "Judge decisions about dials once more, under the rule packs that they name; nothing is written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ID", help="Of one organization alone.")

    def handle(self, *args: Any, **options: Any) -> None:
        named = options["organization"]
        organization_id = None if named is None else organization_named(named).pk
        looked_at = different = 0
        for found in replay_decisions(organization_id=organization_id):
            looked_at += 1
            if found is not None:
                different += 1
                self.stderr.write(f"{found.decision_id}: {found.why}")
        if different:
            raise CommandError(f"{different} of {looked_at} decisions do not follow from what was known then")
        self.stdout.write(f"{looked_at} decisions follow from what was known then")
