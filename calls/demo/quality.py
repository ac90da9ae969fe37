"""What the demo's quality desk has done: a scorecard, some recorded calls heard and scored, a queue of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from calls.models import Call, CriterionKind
from calls.selectors.review.scorecards import criteria_of
from calls.services.review.hear_call import hear_call
from calls.services.review.listening_queues import create_queue
from calls.services.review.score_call import Answer, score_call
from calls.services.review.scorecards import NewCriterion, create_scorecard
from tether_calls.accounts.models import User

_CRITERIA: Final = (
    NewCriterion("Says who they are and for whom they call", CriterionKind.YES_NO, weight=2),
    NewCriterion("Understands what is asked", weight=3),
    NewCriterion("Says what happens next", CriterionKind.YES_NO),
    NewCriterion("Is friendly"),
)
# What the newest recorded calls were given, one after the other; None: does not apply.
_GIVEN: Final = (
    ((1, 5, 1, 5), ""),
    ((1, 4, 1, 4), "A little fast."),
    ((1, 3, 0, 5), "No date was named."),
    ((0, 4, None, 4), ""),
)


def judge(*, reviewer: User, recorded: Sequence[Call]) -> None:
    """`recorded`: calls with a recording, the newest first."""
    whose: Any = {"user": reviewer, "organization_id": reviewer.home_id}
    scorecard = create_scorecard(**whose, name="Service", criteria=_CRITERIA)
    criteria = criteria_of(scorecard)
    create_queue(**whose, values={"name": "Three calls of each agent", "least_seconds": 10})
    for call, (values, comment) in zip(recorded, _GIVEN, strict=False):
        hear_call(**whose, call_id=call.pk)
        answers = [
            Answer(criterion.pk, value) for criterion, value in zip(criteria, values, strict=True) if value is not None
        ]
        score_call(**whose, call_id=call.pk, scorecard_id=scorecard.pk, answers=answers, comment=comment)
