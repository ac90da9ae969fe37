"""A vendor whose calls go on, with a turn a second in each: it writes to the database, or to the floor.

Starts the calls and prints their ids. For each line of its input it tells turns for so many seconds, in 20 slices a
second, and prints how many; each has in its words when that was. The turns' rows are written a slice at a time: what is
measured is who reads them, and not the API by which a vendor pushes them one by one.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Sequence

SLICES = 20
Tell = Callable[[Sequence[str], int], None]


def main() -> None:
    calls, floor = int(sys.argv[1]), int(sys.argv[2])
    ids, tell = at_floor(calls, floor) if floor else in_database(calls)
    _say({"calls": ids})
    place = 0
    while line := sys.stdin.readline():
        begin, told = time.perf_counter(), 0
        for slice_number in range(int(line) * SLICES):
            due = begin + slice_number / SLICES
            time.sleep(max(0.0, due - time.perf_counter()))
            some = ids[slice_number % SLICES :: SLICES]
            tell(some, place + slice_number // SLICES)
            told += len(some)
        place += int(line)
        _say({"told": told, "seconds": time.perf_counter() - begin})


def in_database(calls: int) -> tuple[list[str], Tell]:
    import django

    django.setup()
    from django.db import transaction
    from django.db.models import F
    from django.utils import timezone

    from calls.models import LiveCall, LiveTurn
    from calls.services.live_calls.push_live import Started, push_live
    from tether_calls.accounts.models import User
    from tether_calls.common.statements import after_commit
    from tether_calls.realtime.waking import wake_watchers

    user = User.objects.select_related("organization").order_by("pk")[0]
    began = Started(
        direction="inbound", from_number="+14165550171", to_number="+14165550100", start_time=timezone.now()
    )
    ids = [push_live(user=user, external_call_id=f"live-{n}", told=began).call_id for n in range(calls)]

    def tell(some: Sequence[str], place: int) -> None:
        words = _words()
        with transaction.atomic():
            LiveTurn.objects.bulk_create(
                LiveTurn(
                    live_id=call_id,
                    organization_id=user.home_id,
                    sequence=place + 1,
                    place=place,
                    role="user",
                    message=words,
                    timestamp=float(place),
                )
                for call_id in some
            )
            # wall: the calls were made above, of this one organization
            LiveCall.objects.filter(pk__in=some).update(
                turn_count=F("turn_count") + 1, next_place=F("next_place") + 1, heard_at=timezone.now()
            )
            after_commit(lambda: wake_watchers(user.home_id))

    return ids, tell


def at_floor(calls: int, port: int) -> tuple[list[str], Tell]:
    """One line for each turn, on one connection: the call, and the text of its frame."""
    ids = [f"{n:024x}" for n in range(calls)]
    connection = socket.create_connection(("127.0.0.1", port))

    def tell(some: Sequence[str], place: int) -> None:
        words = _words()
        frames = (
            f"{call_id} "
            + json.dumps(
                {
                    "event": "call_turn",
                    "at": "2026-01-01T00:00:00.000Z",
                    "data": {"callId": call_id, "sequence": place + 1, "place": place, "turn": {"message": words}},
                }
            )
            for call_id in some
        )
        connection.sendall(("\n".join(frames) + "\n").encode())

    return ids, tell


def _words() -> str:
    """As long as a sentence, with the time of a clock that all processes of the machine share."""
    return f"{time.perf_counter():.6f} I would like to have the appointment of Friday moved to Monday."


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
