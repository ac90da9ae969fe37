"""`manage.py replay_deliveries`: process deliveries of providers once more, after a fault or a secret was put right."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from calls.models import VoiceProvider
from calls.models.delivery import DeliveryState
from calls.selectors.deliveries.due import deliveries_due, deliveries_matching
from calls.services.deliveries.replay import replay_deliveries
from tether_calls.common.times import from_wire

_DEFAULT_STATES = [str(DeliveryState.FAILED), str(DeliveryState.WAITING)]
_MOST_DUE = 200
_DEFAULT_SINCE = timedelta(days=1)


class Command(BaseCommand):
    help = "Process deliveries of providers once more: by default those of the last day that failed or wait."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ids", nargs="*", metavar="ID", help="These deliveries, in any state.")
        parser.add_argument(
            "--state", action="append", choices=DeliveryState.values, help="Those in this state; can be repeated."
        )
        parser.add_argument("--provider", choices=VoiceProvider.values)
        parser.add_argument("--organization", metavar="ID")
        parser.add_argument("--since", metavar="TIME", help="Received since, such as 2026-05-15 or 2026-05-15T09:30Z.")

        parser.add_argument(
            "--due", action="store_true", help="Instead: those whose pause is over. To be run every minute or so."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = any(options[name] for name in ("ids", "state", "provider", "organization", "since"))
        if options["due"] and chosen:
            raise CommandError("--due goes with nothing else")
        found = deliveries_due(now=timezone.now(), limit=_MOST_DUE) if options["due"] else _chosen(options)

        replays = replay_deliveries(delivery_ids=found, progress=_shown)

        outcomes = ", ".join(f"{count} {state}" for state, count in sorted(replays.states.items()))
        self.stdout.write(f"Replayed {replays.count} deliveries" + (f": {outcomes}" if outcomes else ""))
        if replays.failed:
            raise CommandError(f"Failed: {' '.join(replays.failed)}; the admin and the log say why")


def _chosen(options: dict[str, Any]) -> list[str]:
    ids: list[str] = options["ids"]
    states: list[str] = options["state"] or ([] if ids else _DEFAULT_STATES)
    since = _moment(options["since"])
    if since is None and not ids:
        since = timezone.now() - _DEFAULT_SINCE
    return deliveries_matching(
        ids=ids,
        states=states,
        provider=options["provider"],
        organization_id=options["organization"],
        since=since,
    )


def _shown(ids: list[str]) -> Iterable[str]:
    # disable=None: nothing is drawn where the output is no terminal.
    bar: Iterable[str] = tqdm(ids, desc="Deliveries", unit="", disable=None)
    return bar


def _moment(text: str | None) -> datetime | None:
    """UTC, unless it names another zone. Raises CommandError."""
    if text is None:
        return None
    try:
        return from_wire(text)
    except ValueError:
        raise CommandError("--since is written like 2026-05-15 or 2026-05-15T09:30Z") from None
