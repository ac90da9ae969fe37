"""What was decided becomes a row, which stays: with the call that is dialled, or alone where none is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec
from django.db import IntegrityError, transaction

from contacts.models import DialDecision
from contacts.services.may_call.decide import AttemptTaken, CallRefused, Decision
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.statements import insert

# Of requests that say nothing that can be dialled: nobody has asked to.
_NO_DIAL = frozenset((ErrorCode.VALIDATION_ERROR, ErrorCode.INVALID_VARIABLES))


def keep_allowed(decision: Decision, *, call_id: str) -> None:
    """The row of a dial that is made now, in the transaction that makes its call. One statement.

    Raises AttemptTaken: nothing more is to be written in that transaction, and it is decided anew.
    """
    try:
        with transaction.atomic():
            insert(_row(decision, code=None, next_allowed_at=None, call_id=call_id))
    except IntegrityError as error:
        raise AttemptTaken from error


def keep_refused(decision: Decision, *, refusal: TetherError) -> None:
    """The row of a dial that is not made: by a rule, or because of what came after the rules. One statement.

    A carrier that asks about the same call again leaves no second one.
    """
    next_at = refusal.next_allowed_at if isinstance(refusal, CallRefused) else None
    row = _row(decision, code=refusal.code, next_allowed_at=next_at, call_id=decision.asking.call_id)
    try:
        with transaction.atomic():
            insert(row)
    except IntegrityError:
        if decision.asking.call_id is None:
            raise


@contextmanager
def refusals_kept(decision: Decision) -> Iterator[None]:
    """What is refused inside is kept as a dial that was refused; a faulty request asks for none."""
    try:
        yield
    except TetherError as refusal:
        if refusal.code not in _NO_DIAL:
            keep_refused(decision, refusal=refusal)
        raise


def _row(
    decision: Decision, *, code: ErrorCode | None, next_allowed_at: datetime | None, call_id: str | None
) -> DialDecision:
    asking = decision.asking
    return DialDecision(
        organization_id=asking.organization_id,
        at=asking.at,
        path=asking.path,
        purpose=asking.purpose,
        phone_number=asking.phone_number,
        user_id=asking.user_id,
        api_key_id=asking.api_key_id,
        agent_id=asking.agent_id,
        scheduled_call_id=asking.scheduled_call_id,
        call_id=call_id,
        is_allowed=code is None,
        code=str(code or ""),
        next_allowed_at=next_allowed_at,
        rules=msgspec.to_builtins(decision.verdict.rules),
        facts=msgspec.to_builtins(decision.facts),
        attempt=decision.attempt if code is None else None,
    )
