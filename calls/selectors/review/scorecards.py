"""Scorecards with their criteria, and the scores that calls got by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Avg, F, Prefetch, prefetch_related_objects

from calls.models import Call, CallScore, Criterion, CriterionScore, Scorecard
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.sight import Sight

MOST_SCORES: Final = 100


@dataclass(frozen=True)
class AskedScorecard:
    """A scorecard, and what it asks now."""

    scorecard: Scorecard
    criteria: list[Criterion]


# wall: of a scorecard in hand
def criteria_of(scorecard: Scorecard, *, version: int | None = None) -> list[Criterion]:
    """What it asks, now or by that version, in order. One statement."""
    # wall: of the scorecard, which is the organization's
    criteria = Criterion.objects.filter(scorecard_id=scorecard.pk, version=version or scorecard.version)
    return list(criteria.order_by("position"))


def scorecards(*, organization_id: str, with_archived: bool = False) -> list[AskedScorecard]:
    """An organization's, by name; those that are archived if asked for. One statement: none is without criteria."""
    # wall: of the organization's scorecards
    criteria = Criterion.objects.filter(
        scorecard__organization_id=organization_id, version=F("scorecard__version")
    ).select_related("scorecard")
    if not with_archived:
        criteria = criteria.filter(scorecard__is_archived=False)
    found: dict[str, AskedScorecard] = {}
    for criterion in criteria.order_by("scorecard__key", "position"):
        asked = found.setdefault(criterion.scorecard_id, AskedScorecard(criterion.scorecard, []))
        asked.criteria.append(criterion)
    return list(found.values())


def scorecard_of(*, organization_id: str, scorecard_id: str) -> AskedScorecard:
    """Two statements. Raises SCORECARD_NOT_FOUND."""
    found = Scorecard.objects.of_organization(organization_id)
    scorecard = found.get_or_refuse(ErrorCode.SCORECARD_NOT_FOUND, pk=scorecard_id)
    return AskedScorecard(scorecard, criteria_of(scorecard))


def scores_of(*, organization_id: str, call_id: str, most: int) -> list[CallScore]:
    """The newest scores of a call, with reviewers, scorecards and answers. Two statements."""
    scores = CallScore.objects.of_organization(organization_id).filter(call_id=call_id)
    found = list(scores.select_related("reviewer", "scorecard").order_by("-id")[:most])
    with_answers(found)
    return found


def scores_of_call(*, organization_id: str, call_id: str, sight: Sight | None) -> tuple[list[CallScore], float | None]:
    """The newest MOST_SCORES of a call, and the average of all. Four statements. Raises CALL_NOT_FOUND."""
    if not Call.objects.of_organization(organization_id).seen_by(sight).filter(pk=call_id).exists():
        raise TetherError(ErrorCode.CALL_NOT_FOUND)
    scores = CallScore.objects.of_organization(organization_id).filter(call_id=call_id)
    average = scores.aggregate(average=Avg("percent"))["average"]
    found = scores_of(organization_id=organization_id, call_id=call_id, most=MOST_SCORES)
    return found, None if average is None else round(float(average), 2)


def with_answers(scores: Sequence[CallScore]) -> None:
    """Have each of these scores its answers in hand, in the order of the criteria. One statement, none without any."""
    # wall: of scores in hand
    answers = CriterionScore.objects.select_related("criterion").order_by("criterion__position")
    prefetch_related_objects(scores, Prefetch("answers", answers))
