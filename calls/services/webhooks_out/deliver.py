"""The job that delivers webhooks: reads the log, sends what is due, several at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from calls.services.webhooks_out.claim import Claimed, Turns, claim
from calls.services.webhooks_out.fan_out import fan_out
from calls.services.webhooks_out.finish import Outcome, finish
from calls.services.webhooks_out.owners import disable_of_expired_keys
from calls.services.webhooks_out.pace import Pace
from tether_calls.background.jobs import stopping
from tether_calls.common.http import FetchError, FetchLimits, post
from tether_calls.common.observing.metrics import WEBHOOK_ATTEMPTS
from tether_calls.common.standard_webhooks import signed_headers
from tether_calls.common.transactions import is_rolled_back

logger = logging.getLogger(__name__)

# A run takes nothing more into hand after this long; the next one goes on.
RUN_SECONDS = 50.0
# How often a run that waits for answers looks for messages that have become due.
_LOOK_SECONDS = 0.5
_CONNECT_SECONDS = 5.0
_RESPONSE_BYTES = 2_000
_RESPONSE_CHARACTERS = 500

_Ended = tuple[Claimed, Outcome]


def deliver_webhooks(*, now: Callable[[], datetime] = timezone.now) -> None:
    """Send all that is due, and return when nothing is. The database is this thread's alone, the others only send."""
    disable_of_expired_keys(now=now())
    with closing(_Senders()) as senders:
        _deliver(senders, now)


def _deliver(senders: _Senders, now: Callable[[], datetime]) -> None:
    pace = Pace(senders=settings.TETHER_WEBHOOK_SENDERS)
    turns = Turns()
    until, look_at = time.monotonic() + RUN_SECONDS, 0.0
    while True:
        if time.monotonic() < until and not stopping.is_set():
            # Reading the log takes several statements, and who has work is asked of all subscriptions: not after each
            # answer.
            if not pace.under_way or time.monotonic() >= look_at:
                fan_out()
                turns.look(now=now(), slow=pace.slow)
                look_at = time.monotonic() + _LOOK_SECONDS
            free = settings.TETHER_WEBHOOK_SENDERS - pace.under_way
            slow = pace.slow
            among = turns.next(free * 2, room=slow.room)
            for claimed in claim(now=now(), limit=free, more=pace.more, slow=slow, among=among):
                pace.begins(claimed)
                senders.send(claimed, now(), threads=pace.under_way)
            pace.forget_idle()
        if not pace.under_way:
            return
        attempts = list(senders.ended())
        for attempt in attempts:
            pace.ended(*attempt)
        if attempts:
            _finish(attempts, now())


class _Senders:
    """Threads that send, as many as were needed at a time. They keep no process from ending."""

    def __init__(self) -> None:
        self._claimed: SimpleQueue[tuple[Claimed, datetime] | None] = SimpleQueue()
        self._ended: SimpleQueue[_Ended] = SimpleQueue()
        self._threads = 0

    def send(self, claimed: Claimed, at: datetime, *, threads: int) -> None:
        """`threads` is how many there have to be for none to wait."""
        if self._threads < threads:
            self._threads += 1
            threading.Thread(target=self._work, name="webhook", daemon=True).start()
        self._claimed.put((claimed, at))

    def ended(self) -> Iterator[_Ended]:
        """Yield what has ended by now, or the first that ends soon."""
        with suppress(Empty):
            yield self._ended.get(timeout=_LOOK_SECONDS)
            while True:
                yield self._ended.get_nowait()

    def close(self) -> None:
        """Each thread ends after what it has in hand."""
        for _ in range(self._threads):
            self._claimed.put(None)

    def _work(self) -> None:
        while (work := self._claimed.get()) is not None:
            self._ended.put((work[0], _sent(*work)))


def _finish(ended: list[_Ended], now: datetime) -> None:
    """Once more where a deletion was in the way; then the subscription is gone, and there is nothing to note."""
    try:
        finish(ended=ended, now=now)
    except (IntegrityError, OperationalError) as error:
        if not is_rolled_back(error):
            raise
        finish(ended=ended, now=now)
    for _, outcome in ended:
        WEBHOOK_ATTEMPTS.add(outcome.kind)


def _sent(claimed: Claimed, at: datetime) -> Outcome:
    begun = time.monotonic()
    try:
        return _post(claimed, at, begun)
    except Exception:
        logger.exception("A webhook could not be sent")
        return Outcome(error="Internal error", is_ours=True)


def _post(claimed: Claimed, at: datetime, begun: float) -> Outcome:
    if not claimed.secrets:
        return Outcome(error="None of ENCRYPTION_KEYS opens the secret", is_ours=True)
    headers = signed_headers(secrets=claimed.secrets, message_id=claimed.message_id, at=at, body=claimed.body)
    try:
        posted = post(
            claimed.url,
            body=claimed.body,
            limits=webhook_limits(),
            headers={"Content-Type": "application/json", **headers},
        )
    except FetchError as error:
        return Outcome(error=str(error), duration_ms=_milliseconds(begun))
    # PostgreSQL has no U+0000 in text.
    text = posted.excerpt.decode("utf-8", "replace").replace("\0", "\ufffd")
    return Outcome(status=posted.status, response=text[:_RESPONSE_CHARACTERS], duration_ms=_milliseconds(begun))


def webhook_limits() -> FetchLimits:
    """How long a receiver may take, and how much of its answer is read."""
    return FetchLimits(
        connect_seconds=min(_CONNECT_SECONDS, settings.TETHER_WEBHOOK_SECONDS),
        read_seconds=settings.TETHER_WEBHOOK_SECONDS,
        total_seconds=settings.TETHER_WEBHOOK_SECONDS,
        max_bytes=_RESPONSE_BYTES,
        exempt_hosts=tuple(settings.TETHER_FETCH_EXEMPT_HOSTS),
    )


def _milliseconds(begun: float) -> int:
    return int((time.monotonic() - begun) * 1000)
