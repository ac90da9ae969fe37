"""`manage.py import_calls`: the calls of a file, as vendors push them, a JSON object in each line."""

from __future__ import annotations

import fcntl
from argparse import ArgumentParser
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from tqdm import tqdm

from calls.api.ingest_body import ingest_body_limit, parse_ingest_body
from calls.api.ingest_faults import external_call_id_in
from calls.models import CallImport
from calls.services.pushes.import_calls import FAULTS_BEGIN, ImportedElsewhere, Reader, begin_import, import_calls
from calls.services.pushes.ingest_calls import Push
from tether_calls.accounts.models import User
from tether_calls.common.errors import TetherError
from tether_calls.common.garbage import seldom_look_for_garbage
from tether_calls.common.object_id import is_object_id


class Command(BaseCommand):
    help = "Import calls of a JSON Lines file, as POST /api/calls/ingest takes them; cut off, it goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="A JSON object in each line.")
        parser.add_argument("--user", required=True, metavar="USER", help="Whose calls they are: e-mail or id.")
        parser.add_argument(
            "--faults", type=Path, metavar="FILE", help="Where the lines that are refused are named; FILE.faults."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        user = _user_named(options["user"])
        faults_path: Path = options["faults"] or path.with_name(f"{path.name}.faults")
        try:
            with path.open("rb") as file, _opened_alone(faults_path) as faults:
                run = self._imported(user, file, faults, path.stat().st_size)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        except TetherError as error:
            raise CommandError(f"{error.message}; run the same again to go on") from None

        self.stdout.write(
            f"{run.lines} lines: kept {run.kept} calls, {run.known} were there, {run.refused} are refused"
        )
        if run.refused:
            raise CommandError(f"{run.refused} lines are refused: {faults_path} says why")
        faults_path.unlink(missing_ok=True)

    def _imported(self, user: User, file: BufferedReader, faults: BinaryIO, size: int) -> CallImport:
        seldom_look_for_garbage()
        run = begin_import(user=user, file=file)
        reader = Reader(parse=_parse, name=external_call_id_in, longest=ingest_body_limit())
        is_terminal = self.stderr.isatty()
        bar = tqdm(
            total=size, initial=run.position, unit="B", unit_scale=True, disable=not is_terminal, file=self.stderr._out
        )
        with bar:
            try:
                for run in import_calls(run=run, user=user, file=file, faults=faults, reader=reader):  # noqa: B020
                    bar.update(run.position - bar.n)
            except ImportedElsewhere:
                raise CommandError("Another process imports this file") from None
        return run


def _parse(line: bytes) -> Push:
    report, source = parse_ingest_body(line)
    return Push(report, source)


def _user_named(name: str) -> User:
    # wall: the operator names a user of any organization
    users = User.objects.filter(Q(pk=name) if is_object_id(name) else Q(email__iexact=name))
    user = users.filter(is_active=True, organization__is_active=True).select_related("organization").first()
    if user is None:
        raise CommandError(f"--user {name}: there is no such active user of an active organization")
    return user


def _opened_alone(path: Path) -> BinaryIO:
    """The file of faults, made if there is none, for one process at a time: the lock ends with the process.

    It is written anew, and deleted at the end, so a file of anything else is refused: the calls themselves, say.
    """
    if path.exists() and not path.is_file():
        raise CommandError(f"{path}: not a file that lines can be named in")
    path.touch()
    file = path.open("r+b")
    if not FAULTS_BEGIN.startswith(file.read(len(FAULTS_BEGIN))):
        file.close()
        raise CommandError(f"{path}: has something else in it than refused lines; choose another file by --faults")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise CommandError(f"{path}: another process is writing to it") from None
    return file
