"""Judging a call by a scorecard: one score of each reviewer and call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import transaction

from calls.models import Call, CallScore, Criterion, CriterionKind, CriterionScore, Scorecard
from calls.models.call_score import MAX_ANSWER_COMMENT, MAX_SCORE_COMMENT
from calls.models.scorecard import LEAST_ON_SCALE, MOST_ON_SCALE
from calls.selectors.privacy.holds import held_calls
from calls.selectors.review.scorecards import criteria_of, with_answers
from calls.services.lifecycle.apply_report import lock_call
from calls.services.lifecycle.heed_holds import heeded_holds
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import REVIEW_ROLE, has_role, require_role, works_for
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.redacted_kinds import NONE, Kinds
from tether_calls.common.redaction.mask import redacted_text
from tether_calls.common.statements import insert

# The least and the most that a criterion of a kind is answered with.
_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    CriterionKind.SCALE: (LEAST_ON_SCALE, MOST_ON_SCALE),
    CriterionKind.YES_NO: (0, 1),
}


@dataclass(frozen=True)
class Answer:
    """`value`: 1 to 5; of yes or no 1 or 0."""

    criterion_id: str
    value: int
    comment: str = ""


def may_review(user: User) -> bool:
    """Whether the user scores calls, and hears what is queued."""
    return has_role(user, REVIEW_ROLE)


def weighted_percent(answers: Iterable[tuple[Criterion, int]]) -> Decimal:
    """From 0 (the least everywhere) to 100 (the most everywhere), each answer counted as much as its criterion does."""
    reached, reachable = Decimal(0), 0
    for criterion, value in answers:
        least, most = _BOUNDS[criterion.kind]
        reached += Decimal(criterion.weight * (value - least)) / (most - least)
        reachable += criterion.weight
    return (reached * 100 / reachable).quantize(Decimal("0.01"))


@transaction.atomic
def score_call(
    *,
    user: User,
    organization_id: str,
    call_id: str,
    scorecard_id: str,
    answers: Sequence[Answer],
    comment: str = "",
) -> CallScore:
    """Keep the user's score of a call in place of the one that they gave before. At most 11 statements.

    The answers are to criteria of the scorecard as it is now, or of the version that the score has had before; one that
    is left out does not apply. Raises FORBIDDEN, CALL_NOT_FOUND, SCORECARD_NOT_FOUND, VALIDATION_ERROR, and LEGAL_HOLD
    where a hold keeps the score before.
    """
    holds = heeded_holds(organization_id)
    call = _reviewable(user, organization_id, call_id)
    found = Scorecard.objects.of_organization(organization_id)
    scorecard = found.get_or_refuse(ErrorCode.SCORECARD_NOT_FOUND, pk=scorecard_id)
    before = _score_of(user, call)
    if before is not None and held_calls(organization_id, holds, [call_id]):
        raise TetherError(ErrorCode.LEGAL_HOLD)
    if before is not None and before.scorecard_id != scorecard.pk:
        before.delete()
        before = None
    if scorecard.is_archived and before is None:
        raise TetherError.of_field("scorecardId", f"{scorecard.name} is archived")
    version, given = _given(scorecard, answers, before)
    if len(comment) > MAX_SCORE_COMMENT:
        raise TetherError.of_field("comment", f"At most {MAX_SCORE_COMMENT} characters")
    kinds = _redacted_of(call, comment, answers)
    score = before or CallScore(organization_id=organization_id, call=call, reviewer=user)
    score.scorecard, score.version, score.comment = scorecard, version, redacted_text(comment, kinds)
    score.percent = weighted_percent((criterion, answer.value) for criterion, answer in given)
    if before is not None:
        # wall: of the score, which is the organization's
        CriterionScore.objects.filter(score_id=before.pk).delete()
    score.save()
    insert(
        *(
            CriterionScore(
                score=score,
                criterion=criterion,
                kind=criterion.kind,
                value=answer.value,
                # A mask may be longer than what it stands for.
                comment=redacted_text(answer.comment, kinds)[:MAX_ANSWER_COMMENT],
            )
            for criterion, answer in given
        )
    )
    with_answers([score])
    return score


@transaction.atomic
def delete_score(*, user: User, organization_id: str, call_id: str) -> None:
    """Take back the user's own score. Raises FORBIDDEN, CALL_NOT_FOUND, SCORE_NOT_FOUND, LEGAL_HOLD."""
    holds = heeded_holds(organization_id)
    score = _score_of(user, _reviewable(user, organization_id, call_id))
    if score is None:
        raise TetherError(ErrorCode.SCORE_NOT_FOUND)
    if held_calls(organization_id, holds, [call_id]):
        raise TetherError(ErrorCode.LEGAL_HOLD)
    score.delete()


def _reviewable(user: User, organization_id: str, call_id: str) -> Call:
    """Held until the commit: of one reviewer and call two scores are written one after the other."""
    require_role(user, REVIEW_ROLE)
    if not works_for(user, organization_id):
        raise TetherError(ErrorCode.CALL_NOT_FOUND)
    try:
        return lock_call(organization_id=organization_id, call_id=call_id)
    except Call.DoesNotExist:
        raise TetherError(ErrorCode.CALL_NOT_FOUND) from None


def _redacted_of(call: Call, comment: str, answers: Sequence[Answer]) -> Kinds:
    """What is not kept of what the reviewer writes; no statement where that is nothing."""
    is_written = comment or any(answer.comment for answer in answers)
    return call.organization.redacts if is_written else NONE


def _score_of(user: User, call: Call) -> CallScore | None:
    scores = CallScore.objects.of_organization(call.organization_id)
    return scores.filter(call_id=call.pk, reviewer_id=user.pk).first()


def _given(
    scorecard: Scorecard, answers: Sequence[Answer], before: CallScore | None
) -> tuple[int, list[tuple[Criterion, Answer]]]:
    """Which version is answered, and the answers with their criteria. Raises VALIDATION_ERROR."""
    if not answers:
        raise TetherError.of_field("answers", "At least one")
    versions = [scorecard.version]
    if before is not None and before.version != scorecard.version:
        versions.append(before.version)
    for version in versions:
        criteria = {criterion.pk: criterion for criterion in criteria_of(scorecard, version=version)}
        if all(answer.criterion_id in criteria for answer in answers):
            break
    else:
        raise TetherError.of_field("answers", "Not what the scorecard asks: it may have been changed, load it again")
    asked: set[str] = set()
    for position, answer in enumerate(answers):
        least, most = _BOUNDS[criteria[answer.criterion_id].kind]
        if not least <= answer.value <= most:
            raise TetherError.of_field(f"answers.{position}.value", f"From {least} to {most}")
        if answer.criterion_id in asked:
            raise TetherError.of_field(f"answers.{position}.criterionId", "Answered twice")
        if len(answer.comment) > MAX_ANSWER_COMMENT:
            raise TetherError.of_field(f"answers.{position}.comment", f"At most {MAX_ANSWER_COMMENT} characters")
        asked.add(answer.criterion_id)
    return version, [(criteria[answer.criterion_id], answer) for answer in answers]
