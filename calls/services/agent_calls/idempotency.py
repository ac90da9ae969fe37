"""One answer for all requests that come with the same Idempotency-Key, whatever becomes of the process meanwhile.

The request's row is committed before anybody is dialled, and names the call from the transaction on that makes it. A
row that is neither answered nor has a call is of a request that still runs or, after a while, of a process that is
gone; then the next one takes its place. A row that has a call is never run again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
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
    """What a request is answered with."""

    status: int
    body: dict[str, Any]
    is_repeated: bool = False


class FirstRequest:
    """Nobody else runs with this key until it is answered, or forgotten."""

    def __init__(self, row: IdempotentRequest) -> None:
        self._row = row
        self._rows = IdempotentRequest.objects.of_organization(row.organization_id)

    def begun(self, call: Call) -> None:
        """Name the call, in the transaction that makes it. Raises IDEMPOTENCY_IN_PROGRESS: another one took over."""
        if not self._rows.filter(pk=self._row.pk).update(call_id=call.pk):
            raise TetherError(ErrorCode.IDEMPOTENCY_IN_PROGRESS, retry_after=1)

    def answered(self, answer: Answer) -> None:
        """Keep the answer. Where the database refuses, the call answers from now on."""
        try:
            self._rows.filter(pk=self._row.pk).update(status=answer.status, answer=answer.body)
        except DatabaseError:
            logger.exception("The answer to a request with an Idempotency-Key is not kept")

    def forgotten(self) -> bool:
        """Make place for the next one, unless there is a call; whether there is none."""
        try:
            return bool(self._rows.filter(pk=self._row.pk, call_id=None).delete()[0])
        except DatabaseError:
            logger.exception("A request with an Idempotency-Key blocks it for a while yet")
            return True


def answer_once(
    *,
    organization_id: str,
    key: str | None,
    body: Any,
    work: Callable[[Callable[[Call], object]], Answer],
    refusal: Callable[[TetherError], Answer],
    answer_for: Callable[[Call | None], Answer],
) -> Answer:
    """The answer of `work`, which is done once for a key; without one, each time. Not within a transaction.

    `work` gets what is to be told of its call, in the transaction that makes it, and may raise: before there is a call
    nothing is kept; afterwards what `refusal` makes of it. `answer_for` says what a request is answered whose call is
    all that is known of it; None: not even that is there any more. Raises IDEMPOTENCY_CONFLICT,
    IDEMPOTENCY_IN_PROGRESS, and what `work` raises.
    """
    if key is None:
        return work(_nothing)
    first = _first_or_answer(organization_id=organization_id, key=key, body=body, answer_for=answer_for)
    if isinstance(first, Answer):
        return replace(first, is_repeated=True)
    try:
        answer = work(first.begun)
    except BaseException as error:
        # Any other error than a declared one says nothing of the call, which then answers itself.
        if not first.forgotten() and isinstance(error, TetherError):
            first.answered(refusal(error))
        raise
    first.answered(answer)
    return answer


def _nothing(_: Call) -> None:
    """No row is there to name the call."""


def _first_or_answer(
    *,
    organization_id: str,
    key: str,
    body: Any,
    answer_for: Callable[[Call | None], Answer],
) -> FirstRequest | Answer:
    """The right to be the first with this key, or the first one's answer: see `answer_once`."""
    digest = _digest(body)
    for _ in range(_TRIES):
        row = IdempotentRequest(organization_id=organization_id, key=key, digest=digest)
        if _inserted(row):
            return FirstRequest(row)
        known = IdempotentRequest.objects.of_organization(organization_id).filter(key=key).first()
        # Gone between the two statements, or of no use any more.
        if known is None or _is_over(known):
            continue
        if known.digest != digest:
            raise TetherError(ErrorCode.IDEMPOTENCY_CONFLICT)
        if known.status is not None and known.answer is not None:
            return Answer(known.status, known.answer)
        left = known.created_at + RUNS_AT_MOST - timezone.now()
        if left > timedelta(0):
            wait = min(math.ceil(left.total_seconds()), _ASK_AGAIN_SECONDS)
            raise TetherError(ErrorCode.IDEMPOTENCY_IN_PROGRESS, retry_after=wait)
        if known.call_id is not None:
            return answer_for(Call.objects.of_organization(organization_id).filter(pk=known.call_id).first())
    raise TetherError(ErrorCode.IDEMPOTENCY_IN_PROGRESS, retry_after=1)


# wall: for the job that prunes
def outdated_requests(now: datetime) -> QuerySet[Any, Any]:
    """Those whose day is over: of no use to anybody."""
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
