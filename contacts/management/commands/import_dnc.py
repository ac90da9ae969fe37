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

from contacts.management.organizations import organization_named
from contacts.services.import_do_not_call import import_do_not_call
from tether_calls.common.phone import is_region


class Command(BaseCommand):
    help = "Add the numbers of a CSV file (phone_number, reason) to an organization's Do Not Call list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV in UTF-8, with or without a header; - is stdin.")
        parser.add_argument("--organization", required=True, metavar="ID", help="Whose list it is.")
        parser.add_argument("--reason", default="", help="The reason for lines without one.")
        parser.add_argument("--region", metavar="CC", help="The country of numbers without country code, such as CA.")

    def handle(self, *args: Any, **options: Any) -> None:
        region = (options["region"] or "").upper() or None
        if region is not None and not is_region(region):
            raise CommandError(f"--region {region}: not a country's two letters")
        organization = organization_named(options["organization"])

        with _opened(options["file"]) as (file, size):
            outcome = import_do_not_call(
                organization_id=organization.pk,
                lines=self._watched(file, size),
                reason=options["reason"],
                region=region,
            )

        for fault in outcome.faults:
            self.stderr.write(f"line {fault.line}: {fault.message}")
        self.stdout.write(
            f"Added {outcome.added} numbers to the Do Not Call list of {organization}: "
            f"{outcome.known} lines name one that was there already, {len(outcome.faults)} lines are invalid"
        )

    def _watched(self, file: IO[bytes], size: int | None) -> Iterator[bytes]:
        """The lines, with a bar on a terminal that tells how much of the file is done."""
        is_terminal = self.stderr.isatty()
        with tqdm(total=size, unit="B", unit_scale=True, disable=not is_terminal, file=self.stderr._out) as bar:
            for line in file:
                yield line
                bar.update(len(line))


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
