"""Scorecards and scores as clients see them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from calls.documents.label import Archived
from calls.models import CallScore, Criterion, CriterionScore, Scorecard
from contacts.documents import NoteUser
from tether_calls.accounts.models import User
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset

Kind = Annotated[Literal["scale", "yes_no"], msgspec.Meta(description="1 to 5; or 1 for yes and 0 for no.")]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100, description="Of what could be reached, by the weights.")]


class CriterionDocument(WireStruct):
    """What is asked of a call."""

    id: str = msgspec.field(name="_id")
    name: str
    kind: Kind
    weight: Annotated[int, msgspec.Meta(description="How much it counts beside the others.")]


class ScorecardDocument(WireStruct):
    """By which criteria calls are judged; these are asked now."""

    id: str = msgspec.field(name="_id")
    name: str
    archived: Archived
    version: Annotated[int, msgspec.Meta(description="Other criteria make another version.")]
    criteria: list[CriterionDocument]
    created_at: Timestamp
    updated_at: Timestamp


class ScoreAnswerDocument(WireStruct):
    """One criterion as it was when it was answered."""

    criterion_id: str
    name: str
    kind: Kind
    weight: int
    value: int
    comment: str | UnsetType = UNSET


class CallScoreDocument(WireStruct):
    """What one reviewer makes of a call; without `reviewer` it was somebody who is no more."""

    id: str = msgspec.field(name="_id")
    call_id: str
    scorecard_id: str
    scorecard_name: str
    version: int
    percent: Percent
    answers: Annotated[
        list[ScoreAnswerDocument], msgspec.Meta(description="Criteria that are not there did not apply.")
    ]
    created_at: Timestamp
    updated_at: Timestamp
    reviewer: NoteUser | UnsetType = UNSET
    comment: str | UnsetType = UNSET


def scorecard_document(scorecard: Scorecard, criteria: list[Criterion]) -> ScorecardDocument:
    return ScorecardDocument(
        id=scorecard.pk,
        name=scorecard.name,
        archived=scorecard.is_archived,
        version=scorecard.version,
        criteria=[
            CriterionDocument(id=each.pk, name=each.name, kind=each.kind, weight=each.weight)  # type: ignore[arg-type]
            for each in criteria
        ],
        created_at=to_wire(scorecard.created_at),
        updated_at=to_wire(scorecard.updated_at),
    )


def score_document(score: CallScore) -> CallScoreDocument:
    """Of a score with its answers in hand."""
    return CallScoreDocument(
        id=score.pk,
        call_id=score.call_id,
        scorecard_id=score.scorecard_id,
        scorecard_name=score.scorecard.name,
        version=score.version,
        percent=float(score.percent),
        answers=[_answer(answer) for answer in score.answers.all()],
        reviewer=UNSET if score.reviewer is None else _reviewer(score.reviewer),
        comment=or_unset(score.comment),
        created_at=to_wire(score.created_at),
        updated_at=to_wire(score.updated_at),
    )


def _answer(answer: CriterionScore) -> ScoreAnswerDocument:
    return ScoreAnswerDocument(
        criterion_id=answer.criterion_id,
        name=answer.criterion.name,
        kind=answer.kind,  # type: ignore[arg-type]  # the database holds one of these
        weight=answer.criterion.weight,
        value=answer.value,
        comment=or_unset(answer.comment),
    )


def _reviewer(user: User) -> NoteUser:
    return NoteUser(id=user.pk, full_name=or_unset(user.full_name), email=user.email)
