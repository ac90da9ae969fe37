"""`manage.py make_peaks`: have players draw a waveform of recordings that were stored before there were any."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from calls.services.recordings.make_peaks import PeaksRun, count_older, make_older_peaks
from tether_calls.common.object_id import is_object_id


class Command(BaseCommand):
    help = (
        "Make the peaks of recordings that have none, of which players draw a waveform. Each recording is read from the"
        " storage once; cut off, it goes on where it was when it is run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--after", default="", metavar="ID", help="Go on behind this recording.")

    def handle(self, *args: Any, **options: Any) -> None:
        after = options["after"]
        if after and not is_object_id(after):
            raise CommandError("--after is the id of a recording")
        last, run = after, PeaksRun()
        # disable=None: nothing is drawn where the output is no terminal.
        with tqdm(total=count_older(after=after), desc="Recordings", unit="", disable=None) as bar:
            try:
                for recording_id, so_far in make_older_peaks(after=after):
                    last, run = recording_id, so_far
                    bar.update(1)
            except KeyboardInterrupt:
                self.stdout.write(f"Cut off; go on with --after {last}")
                raise
        self.stdout.write(f"Made the peaks of {run.made} recordings; {run.impossible} cannot be decoded")
        if run.failed:
            raise CommandError(f"{run.failed} could not be read or written; the log says why, run it again")
