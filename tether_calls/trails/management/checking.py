"""What the commands have in common that check a trail."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from tether_calls.trails.models import Trail
from tether_calls.trails.selectors.proof import anchor_of, chains, faults_of, read_anchor


class CheckTrail(BaseCommand):
    trail: ClassVar[Trail]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", help="The identifier of one; else all are checked.")
        parser.add_argument(
            "--anchors", type=Path, help="A file of what --write-anchors wrote before: it must hold still."
        )
        parser.add_argument("--write-anchors", type=Path, help="Where to write down where the chains end now.")

    def handle(self, *args: Any, **options: Any) -> None:
        organization_ids = [options["organization"]] if options["organization"] else chains(self.trail)
        anchors = {each.organization_id: each for each in self._anchors(options["anchors"])}
        asked = sorted({*organization_ids, *(() if options["organization"] else anchors)})
        wrong = 0
        # For a terminal; a log gets the outcome only.
        for organization_id in tqdm(asked, unit="chain", disable=not sys.stderr.isatty()):
            faults = faults_of(organization_id, self.trail, anchors)
            wrong += bool(faults)
            for fault in faults:
                self.stderr.write(f"Organization {organization_id}: {fault}")
        if wrong:
            raise CommandError(f"{wrong} of {len(asked)} chains are wrong")
        if options["write_anchors"]:
            lines = [f"{anchor_of(each, self.trail)}\n" for each in asked]
            options["write_anchors"].write_text("".join(lines))
        self.stdout.write(f"{len(asked)} chains are right: every row is as it was written, and none is missing")

    def _anchors(self, file: Path | None) -> list[Any]:
        if file is None:
            return []
        try:
            lines = [line for line in file.read_text().splitlines() if line.strip()]
            return [anchor for anchor in map(read_anchor, lines) if anchor.trail == self.trail]
        except (OSError, ValueError) as error:
            raise CommandError(f"{file} has no anchors: {type(error).__name__}") from None
