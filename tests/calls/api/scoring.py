"""Scorecards and scores in tests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from calls.models import Call, CallScore, CriterionKind, Scorecard
from calls.selectors.review.scorecards import criteria_of
from calls.services.review.score_call import Answer, score_call
from calls.services.review.scorecards import NewCriterion, create_scorecard
from tests.factories import make_user
from tether_calls.accounts.models import AccessRole, User

SCORECARDS = "/api/scorecards"
# Of weights 1, 3 and 1.
CRITERIA = (
    NewCriterion("Greets by name", CriterionKind.YES_NO),
    NewCriterion("Understands the request", weight=3),
    NewCriterion("Says goodbye", CriterionKind.YES_NO),
)
_numbers = itertools.count(1)


def make_scorecard(user: User, name: str = "", criteria: Sequence[NewCriterion] = CRITERIA) -> Scorecard:
    """Of the user's organization, made by its administrator."""
    assert user.organization is not None
    chief = make_user(organization=user.organization, access_role=AccessRole.ADMIN)
    return create_scorecard(
        user=chief, organization_id=user.home_id, name=name or f"Scorecard {next(_numbers)}", criteria=criteria
    )


def make_score(
    reviewer: User, call: Call, scorecard: Scorecard, values: Sequence[int | None] = (1, 5, 1), comment: str = ""
) -> CallScore:
    """With one value a criterion, in their order; None: does not apply."""
    answers = [
        Answer(criterion.pk, value)
        for criterion, value in zip(criteria_of(scorecard), values, strict=False)
        if value is not None
    ]
    return score_call(
        user=reviewer,
        organization_id=call.organization_id,
        call_id=call.pk,
        scorecard_id=scorecard.pk,
        answers=answers,
        comment=comment,
    )
