"""How a call was judged, and the form by which one judges it; beside it what its provider found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from calls.models import Call, CallScore, Criterion, CriterionKind, CriterionScore
from calls.models.call_score import MAX_ANSWER_COMMENT, MAX_SCORE_COMMENT
from calls.selectors.review.scorecards import AskedScorecard, scorecards, scores_of
from calls.services.review.score_call import Answer, may_review
from tether_calls.accounts.models import User
from tether_calls.common.admin.display import moment
from tether_calls.common.errors import TetherError

_SHOWN = 20
_ANSWER, _REMARK = "criterion-", "remark-"
# What a criterion of a kind can be answered with, and how that is written.
_CHOICES: Final[Mapping[str, tuple[tuple[int, str], ...]]] = {
    CriterionKind.SCALE: tuple((value, str(value)) for value in range(1, 6)),
    CriterionKind.YES_NO: ((1, "Yes"), (0, "No")),
}
_FOUND_COLOURS = {"success": "success", "failure": "danger"}


@dataclass(frozen=True)
class Choice:
    value: int
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class Asked:
    """A criterion as the form asks it."""

    id: str
    name: str
    weight: int
    choices: list[Choice]
    is_answered: bool
    remark: str


@dataclass(frozen=True)
class Card:
    """A scorecard as a form; `is_open`: it is the one, or has been filled in."""

    id: str
    name: str
    criteria: list[Asked]
    comment: str
    is_open: bool
    is_given: bool


@dataclass(frozen=True)
class ShownAnswer:
    name: str
    value: str
    remark: str


@dataclass(frozen=True)
class ShownScore:
    reviewer: str
    percent: str
    scorecard: str
    at: str
    comment: str
    answers: list[ShownAnswer]


@dataclass(frozen=True)
class Finding:
    """What the provider's own evaluation says of one of its criteria."""

    name: str
    result: str
    colour: str
    reason: str


@dataclass(frozen=True)
class ScoreBox:
    address: str
    may_review: bool
    cards: list[Card]
    scores: list[ShownScore]
    findings: list[Finding]
    most_remark: int = MAX_ANSWER_COMMENT
    most_comment: int = MAX_SCORE_COMMENT


def score_box(call: Call, user: User) -> ScoreBox:
    """Three statements at most: what there is to judge by, the scores, and their answers."""
    scores = scores_of(organization_id=call.organization_id, call_id=call.pk, most=_SHOWN)
    own = next((score for score in scores if score.reviewer_id == user.pk), None)
    asked = scorecards(organization_id=call.organization_id) if may_review(user) else []
    return ScoreBox(
        address=reverse("admin:calls_call_score", args=[call.pk]),
        may_review=may_review(user),
        cards=[_card(each, own, is_only=len(asked) == 1) for each in asked],
        scores=[_shown(score) for score in scores],
        findings=findings_of(call.analysis),
    )


def answers_of(request: HttpRequest) -> list[Answer]:
    """What the form was filled in with; what was left open does not apply. Raises VALIDATION_ERROR."""
    answers = []
    for name, value in request.POST.items():
        if not name.startswith(_ANSWER) or not value:
            continue
        criterion_id = name.removeprefix(_ANSWER)
        if not (str(value).isdecimal() and len(str(value)) == 1):
            raise TetherError.of_field("answers", "From 0 to 5")
        remark = str(request.POST.get(f"{_REMARK}{criterion_id}", "")).strip()
        answers.append(Answer(criterion_id, int(str(value)), remark))
    return answers


def findings_of(analysis: Any) -> list[Finding]:
    """Of an analysis as its provider has it; of any other nothing."""
    given = analysis if isinstance(analysis, dict) else {}
    sentiment = given.get("sentiment_analysis")
    told: list[tuple[str, Any]] = [("Call successful", {"result": given.get("call_successful")})]
    results = given.get("evaluation_criteria_results")
    told += list(results.items()) if isinstance(results, dict) else []
    if isinstance(sentiment, dict):
        told.append(("Sentiment", {"result": sentiment.get("overall_label")}))
    return [_finding(name, found) for name, found in told if isinstance(found, dict) and found.get("result")]


def _finding(name: str, found: dict[str, Any]) -> Finding:
    result = str(found["result"])
    named = name.replace("_", " ")
    return Finding(
        name=named[:1].upper() + named[1:],
        result=result,
        colour=_FOUND_COLOURS.get(result, ""),
        reason=str(found.get("rationale") or ""),
    )


def _card(asked: AskedScorecard, own: CallScore | None, *, is_only: bool) -> Card:
    is_given = own is not None and own.scorecard_id == asked.scorecard.pk
    given = {answer.criterion_id: answer for answer in own.answers.all()} if own is not None and is_given else {}
    return Card(
        id=asked.scorecard.pk,
        name=asked.scorecard.name,
        criteria=[_asked(criterion, given.get(criterion.pk)) for criterion in asked.criteria],
        comment=own.comment if own is not None and is_given else "",
        is_open=is_given or (is_only and own is None),
        is_given=is_given,
    )


def _asked(criterion: Criterion, given: CriterionScore | None) -> Asked:
    return Asked(
        id=criterion.pk,
        name=criterion.name,
        weight=criterion.weight,
        choices=[
            Choice(value, text, given is not None and given.value == value) for value, text in _CHOICES[criterion.kind]
        ],
        is_answered=given is not None,
        remark="" if given is None else given.comment,
    )


def _shown(score: CallScore) -> ShownScore:
    reviewer = score.reviewer
    return ShownScore(
        reviewer="Somebody who has left" if reviewer is None else reviewer.full_name or reviewer.email,
        percent=f"{score.percent:.0f} %",
        scorecard=f"{score.scorecard.name}, version {score.version}",
        at=moment(score.updated_at),
        comment=score.comment,
        answers=[
            ShownAnswer(answer.criterion.name, _written(answer), answer.comment) for answer in score.answers.all()
        ],
    )


def _written(answer: CriterionScore) -> str:
    text = dict(_CHOICES[answer.kind])[answer.value]
    return f"{text} of 5" if answer.kind == CriterionKind.SCALE else text
