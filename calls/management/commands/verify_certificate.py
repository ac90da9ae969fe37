"""`manage.py verify_certificate FILE`: whether a certificate is as it was made, and of whom it is."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls.services.privacy.certificates import NotGenuine, is_subject, verified


class Command(BaseCommand):
    help = "Check the signature of a certificate of a privacy request."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--number", help="Whether it is of this telephone number, in E.164.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = verified(options["file"].read_bytes().decode(errors="replace"))
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}") from None
        except NotGenuine as fault:
            raise CommandError(f"Not genuine: {fault}") from None
        self.stdout.write(f"Genuine: {content['kind']}, request {content['requestId']}, {content['finishedAt']}")
        number = options["number"]
        if number is not None:
            if not is_subject(content["subject"], content["organizationId"], number):
                raise CommandError("It is of another number")
            self.stdout.write("It is of this number")
