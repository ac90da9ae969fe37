"""The job that delivers webhooks: reads the log, sends what is due, several at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from calls.services.webhooks_out.claim import Claimed, claim
from calls.services.webhooks_out.fan_out import fan_out
from calls.services.webhooks_out.finish import Outcome, finish
from tether_calls.background.jobs import stopping
from tether_calls.common.http import FetchError, FetchLimits, post
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


def deliver_webhooks(*, now: Callable[[], datetime] = timezone.now) -> None:
    """Send all that is due, and return when nothing is. The database is this thread's alone, the others only send."""
    under_way = 0
    ended: SimpleQueue[tuple[Claimed, Outcome]] = SimpleQueue()
    until = time.monotonic() + RUN_SECONDS
    while True:
        if time.monotonic() < until and not stopping.is_set():
            fan_out()
            for claimed in claim(now=now(), limit=settings.TETHER_WEBHOOK_SENDERS - under_way):
                threading.Thread(target=_send, args=(claimed, now(), ended), name="webhook", daemon=True).start()
                under_way += 1
        if not under_way:
            return
        try:
            claimed, outcome = ended.get(timeout=_LOOK_SECONDS)
        except Empty:
            continue
        under_way -= 1
        _finish(claimed, outcome, now())


def _finish(claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Once more where a deletion was in the way; then the subscription is gone, and there is nothing to note."""
    try:
        finish(claimed=claimed, outcome=outcome, now=now)
    except (IntegrityError, OperationalError) as error:
        if not is_rolled_back(error):
            raise
        finish(claimed=claimed, outcome=outcome, now=now)


def _send(claimed: Claimed, at: datetime, ended: SimpleQueue[tuple[Claimed, Outcome]]) -> None:
    begun = time.monotonic()
    try:
        outcome = _post(claimed, at, begun)
    except Exception:
        logger.exception("A webhook could not be sent")
        outcome = Outcome(error="Internal error", is_ours=True)
    ended.put((claimed, outcome))


def _post(claimed: Claimed, at: datetime, begun: float) -> Outcome:
    if claimed.secret is None:
        return Outcome(error="None of ENCRYPTION_KEYS opens the secret", is_ours=True)
    headers = signed_headers(secret=claimed.secret, message_id=claimed.message_id, at=at, body=claimed.body)
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
