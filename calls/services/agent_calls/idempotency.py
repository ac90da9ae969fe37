"""One answer for all requests with the same Idempotency-Key, also when a process dies between them.

The request's row is committed before anything is dialled, and names the call from the transaction on that makes it. A
row that is neither answered nor has a call is of a request that still runs or, after a while, of a process that is
gone; then the next one takes its place. A row that has a call is never run again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from calls.models import Call, IdempotentRequest
from tether_calls.common.errors import ErrorCode, TetherError

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(hours=24)
# Longer than any request takes that dials: the lock against double calls ends after half of it.
RUNS_AT_MOST = timedelta(seconds=60)
# Most take a moment.
_ASK_AGAIN_SECONDS = 5
# A row that goes between two looks at it is tried for again, so often at most.
_TRIES = 3


@dataclass(frozen=True)
class Answer:
    """What a request is answered with: a status and a JSON object, in the form of its API."""

    status: int
    body: dict[str, Any]


class Once:
    """A request whose work is done once: the first one with its key, or a repetition of it.

    A repetition (`is_repeated`) has the first one's `answer` or, where its process was gone before it could answer,
    the `call` that it made; neither: that call was deleted since.
    """

    def __init__(self, row: IdempotentRequest | None = None, *, is_repeated: bool = False) -> None:
        self.is_repeated = is_repeated
        self.answer: Answer | None = None
        self.call: Call | None = None
        # None: the request came without a key, so that there is nothing to note.
        self._row = row

    def begun(self, call: Call) -> None:
        """Name the call, in the transaction that makes it. Raises IDEMPOTENCY_IN_PROGRESS: another one took over."""
        if self._row is not None and not self._rows().update(call_id=call.pk):
            raise TetherError(ErrorCode.IDEMPOTENCY_IN_PROGRESS, retry_after=1)

    def answered(self, answer: Answer) -> None:
        """Note the answer in the transaction that does all of the work. Raises IDEMPOTENCY_IN_PROGRESS, as `begun`."""
        if self._row is not None and not self._rows().update(status=answer.status, answer=answer.body):
            raise TetherError(ErrorCode.IDEMPOTENCY_IN_PROGRESS, retry_after=1)
        self.answer = answer

    def keep(self, answer: Answer) -> Answer:
        """Note the answer, and return it. Where the database refuses, the call answers from now on."""
        self.answer = answer
        if self._row is not None:
            try:
                self._rows().update(status=answer.status, answer=answer.body)
            except DatabaseError:
                logger.exception("The answer to a request with an Idempotency-Key is not kept")
        return answer

    def release(self) -> bool:
        """Make place for the next one, unless there is a call; whether there is none."""
        if self._row is None:
            return True
        try:
            return bool(self._rows().filter(call_id=None).delete()[0])
        except DatabaseError:
            logger.exception("A request with an Idempotency-Key blocks it for a while yet")
            return True

    def _rows(self) -> QuerySet[IdempotentRequest, IdempotentRequest]:
        assert self._row is not None
        return IdempotentRequest.objects.of_organization(self._row.organization_id).filter(pk=self._row.pk)


@contextmanager
def first_request(
    *, organization_id: str, key: str | None, body: Any, refusal: Callable[[TetherError], Answer]
) -> Iterator[Once]:
    """Do what is inside once for a key (without one: each time). Not within a transaction.

    Inside, a repetition is answered by what is known of the first request; the first one does its work, has `begun`
    called with its call in the transaction that makes it, and ends with `keep`. When an error leaves the block before
    there is a call, nothing is kept, and the request may be sent again; afterwards `refusal` makes the kept answer of
    it. Raises IDEMPOTENCY_CONFLICT, IDEMPOTENCY_IN_PROGRESS, and what is raised inside.
    """
    once = Once() if key is None else _first_or_repeated(organization_id=organization_id, key=key, body=body)
    try:
        yield once
    except BaseException as error:
        is_over = once.answer is not None or once.is_repeated or once.release()
        # Any other error than a declared one says nothing of the call, which then answers itself.
        if not is_over and isinstance(error, TetherError):
            once.keep(refusal(error))
        raise


def _first_or_repeated(*, organization_id: str, key: str, body: Any) -> Once:
    """The right to be the first with this key, or what is known of the first one."""
    digest = _digest(body)
    for _ in range(_TRIES):
        row = IdempotentRequest(organization_id=organization_id, key=key, digest=digest)
        if _inserted(row):
            return Once(row)
        known = IdempotentRequest.objects.of_organization(organization_id).filter(key=key).first()
        # Gone between the two statements, or of no use any more.
        if known is None or _is_over(known):
            continue
        if known.digest != digest:
            raise TetherError(ErrorCode.IDEMPOTENCY_CONFLICT)
        repeated = Once(is_repeated=True)
        if known.status is not None and known.answer is not None:
            repeated.answer = Answer(known.status, known.answer)
            return repeated
        left = known.created_at + RUNS_AT_MOST - timezone.now()
        if left > timedelta(0):
            wait = min(math.ceil(left.total_seconds()), _ASK_AGAIN_SECONDS)
            raise TetherError(ErrorCode.IDEMPOTENCY_IN_PROGRESS, retry_after=wait)
        if known.call_id is not None:
            repeated.call = Call.objects.of_organization(organization_id).filter(pk=known.call_id).first()
            return repeated
    raise TetherError(ErrorCode.IDEMPOTENCY_IN_PROGRESS, retry_after=1)


# wall: for the job that prunes
def outdated_requests(now: datetime) -> QuerySet[Any, Any]:
    """Those whose day is over."""
    # wall: the job that prunes goes through every organization's
    return IdempotentRequest.objects.filter(created_at__lte=now - KEPT_FOR)


def _inserted(row: IdempotentRequest) -> bool:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _is_over(known: IdempotentRequest) -> bool:
    """Whether its place is free: its day is over, or its process was gone before there was a call."""
    now = timezone.now()
    rows = IdempotentRequest.objects.of_organization(known.organization_id).filter(pk=known.pk)
    if known.created_at <= now - KEPT_FOR:
        rows.delete()
        return True
    is_abandoned = known.status is None and known.call_id is None and known.created_at <= now - RUNS_AT_MOST
    # By condition: should its process be there after all, it has the call, or finds no row to put it into.
    return is_abandoned and bool(rows.filter(call_id=None, status=None).delete()[0])


def _digest(body: Any) -> str:
    """Of what the body says, not of how it is written."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
