"""`manage.py index_calls`: have searches find calls that were kept before there was a search."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from calls.models import Call
from calls.services.search.index_calls import index_calls
from tether_calls.common.object_id import is_object_id


class Command(BaseCommand):
    help = (
        "Make the index of what was said in calls, for those that it does not have. Calls may be written meanwhile;"
        " cut off, it goes on where it was when it is run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="Make it anew for every call.")
        parser.add_argument("--after", default="", metavar="ID", help="Go on behind this call.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["after"] and not is_object_id(options["after"]):
            raise CommandError("--after is the id of a call")
        looked_at = written = 0
        after = options["after"]
        # disable=None: nothing is drawn where the output is no terminal.
        # wall: an operator's command, for all organizations
        with tqdm(total=Call.objects.filter(pk__gt=after).count(), desc="Calls", unit="", disable=None) as bar:
            try:
                for done in index_calls(after=after, every=options["all"]):
                    after = done.last_id
                    looked_at, written = looked_at + done.looked_at, written + done.written
                    bar.update(done.looked_at)
            except KeyboardInterrupt:
                self.stdout.write(f"Cut off; go on with --after {after}")
                raise
        self.stdout.write(f"Looked at {looked_at} calls, wrote the words of {written}")
