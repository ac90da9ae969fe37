"""`manage.py export_dnc`: an organization's Do Not Call list as a CSV file, as import_dnc reads it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.do_not_call_csv import written_lines
from contacts.management.organizations import organization_named
from contacts.selectors.do_not_call import do_not_call_rows


class Command(BaseCommand):
    help = "Write an organization's Do Not Call list as CSV (phone_number, reason)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?", default="-", help="Where to; default: stdout.")
        parser.add_argument("--organization", required=True, metavar="ID", help="Whose list it is.")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = organization_named(options["organization"])
        lines = written_lines(do_not_call_rows(organization_id=organization.pk, sight=None))
        if options["file"] == "-":
            for line in lines:
                self.stdout.write(line, ending="")
            return
        path = Path(options["file"])
        # Aside and then into place: half a list must not pass for a whole one.
        draft = path.with_name(f"{path.name}.part")
        try:
            with draft.open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise CommandError(f"{path}: {error.strerror}") from None
