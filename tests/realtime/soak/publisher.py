"""Publishes events in transactions that overlap: `python -m tests.realtime.soak.publisher ORGANIZATION`."""

from __future__ import annotations

import random
import sys
import threading
import time

import django


def main(organization_id: str) -> None:
    django.setup()
    for _ in range(3):
        threading.Thread(target=_publish_for_ever, args=(organization_id,), daemon=True).start()
    threading.Event().wait()


def _publish_for_ever(organization_id: str) -> None:
    from django.db import Error, connection

    while True:
        try:
            _publish_once(organization_id)
        except Error:
            connection.close()
        time.sleep(random.uniform(0, 2))


def _publish_once(organization_id: str) -> None:
    from django.db import transaction

    from tether_calls.realtime.events import Event, EventName, publish

    with transaction.atomic():
        events = [Event(EventName.NOTE_CREATED, {"number": number}) for number in range(random.randint(1, 4))]
        publish(organization_id=organization_id, call_id=None, events=events)
        # Most are short; a few are longer than what followers know by id.
        time.sleep(random.choice((0.0, 0.0, 0.01, 0.1, 0.5, 2.0, 15.0)))


if __name__ == "__main__":
    main(sys.argv[1])
