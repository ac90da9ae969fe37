"""`manage.py import_dnc`: add the numbers of a CSV file to an organization's Do Not Call list."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from contacts.do_not_call_csv import NotALine, lines_of
from contacts.management.organizations import organization_named
from contacts.services.import_do_not_call import import_do_not_call
from tether_calls.common.phone import is_region

_PIECE_BYTES = 64 * 1024


class Command(BaseCommand):
    help = "Add the numbers of a CSV file (phone_number, reason) to an organization's Do Not Call list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV, as spreadsheets write it; - is stdin.")
        parser.add_argument("--organization", required=True, metavar="ID", help="Whose list it is.")
        parser.add_argument("--reason", default="", help="The reason for lines without one.")
        parser.add_argument("--region", metavar="CC", help="The country of numbers without country code, such as CA.")

    def handle(self, *args: Any, **options: Any) -> None:
        region = (options["region"] or "").upper() or None
        if region is not None and not is_region(region):
            raise CommandError(f"--region {region}: not a country's two letters")
        organization = organization_named(options["organization"])

        with _opened(options["file"]) as (file, size):
            try:
                outcome = import_do_not_call(
                    organization_id=organization.pk,
                    lines=lines_of(self._watched(file, size)),
                    reason=options["reason"],
                    region=region,
                )
            except NotALine as fault:
                raise CommandError(f"{options['file']}: {fault}") from None

        for line in outcome.faults:
            self.stderr.write(f"line {line.line}: {line.message}")
        if outcome.invalid > len(outcome.faults):
            self.stderr.write(f"and {outcome.invalid - len(outcome.faults)} lines more")
        self.stdout.write(
            f"Added {outcome.added} numbers to the Do Not Call list of {organization}: "
            f"{outcome.known} lines name one that was there already, {outcome.invalid} lines are invalid"
        )
        if not outcome.is_read:
            # What was read is kept; but a job that goes by the status must not take this list for imported.
            taken = outcome.added + outcome.known
            raise CommandError(f"{options['file']}: {taken or 'none'} of {taken + outcome.invalid} lines name a number")

    def _watched(self, file: IO[bytes], size: int | None) -> Iterator[bytes]:
        """The file in pieces, with a bar on a terminal for how much of it is done."""
        is_terminal = self.stderr.isatty()
        with tqdm(total=size, unit="B", unit_scale=True, disable=not is_terminal, file=self.stderr._out) as bar:
            while piece := file.read(_PIECE_BYTES):
                yield piece
                bar.update(len(piece))


@contextmanager
def _opened(name: str) -> Iterator[tuple[IO[bytes], int | None]]:
    """The file, and its size where that is known. Raises CommandError."""
    if name == "-":
        yield sys.stdin.buffer, None
        return
    path = Path(name)
    try:
        file = path.open("rb")
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from None
    with file:
        # A pipe has none.
        yield file, path.stat().st_size or None
