"""Bodies of scorecards and scores."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec

from calls.models.call_score import MAX_ANSWER_COMMENT, MAX_SCORE_COMMENT
from calls.models.label import MAX_LABEL_NAME
from calls.models.scorecard import MAX_CRITERION_NAME, MAX_WEIGHT, MOST_ON_SCALE
from calls.services.review.score_call import Answer
from calls.services.review.scorecards import MOST_CRITERIA, NewCriterion, ScorecardChanges
from tether_calls.common.bodies import Body, given
from tether_calls.common.fields import note, object_id, text
from tether_calls.common.wire import UNSET, UnsetType

_Name = Annotated[str, text(max_length=MAX_LABEL_NAME, description="Unique, letter case aside.")]


class CriterionRequest(Body, kw_only=True):
    """What is asked of a call."""

    name: Annotated[str, text(max_length=MAX_CRITERION_NAME)]
    kind: Annotated[Literal["scale", "yes_no"], note("1 to 5; or yes and no.")] = "scale"
    weight: Annotated[int, msgspec.Meta(ge=1, le=MAX_WEIGHT, description="How much it counts beside the others.")] = 1


_Criteria = Annotated[
    list[CriterionRequest],
    msgspec.Meta(min_length=1, max_length=MOST_CRITERIA, description="All of them, in their order."),
]


def _asked(criteria: list[CriterionRequest]) -> list[NewCriterion]:
    return [NewCriterion(each.name, each.kind, each.weight) for each in criteria]


class ScorecardCreateRequest(Body, kw_only=True):
    """A new scorecard."""

    example: ClassVar[dict[str, Any]] = {
        "name": "Service",
        "criteria": [
            {"name": "Greets by name", "kind": "yes_no", "weight": 1},
            {"name": "Understands the request", "kind": "scale", "weight": 3},
        ],
    }

    name: _Name
    criteria: _Criteria

    @property
    def new_criteria(self) -> list[NewCriterion]:
        return _asked(self.criteria)


class ScorecardUpdateRequest(Body):
    """What is to change of a scorecard; criteria that are others make a new version."""

    example: ClassVar[dict[str, Any]] = {"archived": True}

    at_least_one_of: ClassVar[tuple[str, ...]] = ("name", "archived", "criteria")

    name: _Name | UnsetType = UNSET
    archived: Annotated[bool, note("Its scores stay, and it is offered no more.")] | UnsetType = UNSET
    criteria: _Criteria | UnsetType = UNSET

    @property
    def changes(self) -> ScorecardChanges:
        changes = given(self)
        if "archived" in changes:
            changes["is_archived"] = changes.pop("archived")
        if "criteria" in changes:
            changes["criteria"] = _asked(changes["criteria"])
        return changes  # type: ignore[return-value]  # the fields are its keys


class ScoreAnswerRequest(Body, kw_only=True):
    """What a criterion is answered with."""

    criterion_id: Annotated[str, object_id()]
    value: Annotated[int, msgspec.Meta(ge=0, le=MOST_ON_SCALE, description="1 to 5; of yes or no 1 or 0.")]
    comment: Annotated[str, text(max_length=MAX_ANSWER_COMMENT, may_be_blank=True)] = ""


class CallScoreRequest(Body, kw_only=True):
    """The user's score of a call; criteria that are left out do not apply."""

    example: ClassVar[dict[str, Any]] = {
        "scorecardId": "64f0a1b2c3d4e5f6a7b8ab01",
        "answers": [
            {"criterionId": "64f0a1b2c3d4e5f6a7b8ac01", "value": 1},
            {"criterionId": "64f0a1b2c3d4e5f6a7b8ac02", "value": 4, "comment": "Asked twice."},
        ],
        "comment": "Friendly, a little long.",
    }

    scorecard_id: Annotated[str, object_id()]
    answers: Annotated[list[ScoreAnswerRequest], msgspec.Meta(min_length=1, max_length=MOST_CRITERIA)]
    comment: Annotated[str, text(max_length=MAX_SCORE_COMMENT, may_be_blank=True)] = ""

    @property
    def given(self) -> list[Answer]:
        return [Answer(each.criterion_id, each.value, each.comment) for each in self.answers]
