"""In whose hands a redaction of old calls is, and how it ends."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.utils import timezone

from calls.events import redaction_changed
from calls.models import RedactionRun, RedactionState
from tether_calls.background import turns
from tether_calls.background.turns import next_in_turn
from tether_calls.common.errors import ErrorCode
from tether_calls.realtime.events import publish

# After so many seconds a turn that failed is taken again; after the last one the run has failed.
PAUSES: Final = (10, 60, 300, 900, 3_600)


def claim() -> RedactionRun | None:
    """The run that has waited longest for its turn. Two statements."""
    # wall: the job does the runs of every organization, in turn
    waiting = RedactionRun.objects.filter(state__in=RedactionRun.UNFINISHED)
    return next_in_turn(waiting, now=timezone.now(), state=RedactionState.RUNNING)


def try_later(run: RedactionRun) -> None:
    """Have it taken again after a pause; after too many failures it has failed. Raises NotOurs."""
    if not turns.try_later(run, pauses=PAUSES):
        finish(run, RedactionState.FAILED, error=str(ErrorCode.INTERNAL_ERROR))


@transaction.atomic
def finish(run: RedactionRun, state: RedactionState, *, error: str = "") -> None:
    """It is over, and clients hear of it. Raises NotOurs."""
    turns.write(run, **turns.GIVEN_BACK, state=state, finished_at=timezone.now(), error=error)
    publish(organization_id=run.organization_id, call_id=None, events=[redaction_changed(run)])
