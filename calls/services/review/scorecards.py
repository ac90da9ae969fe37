"""Scorecards: made, renamed, archived, and asked anew, which is another version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from django.db import transaction

from calls.models import Criterion, CriterionKind, Scorecard
from calls.models.scorecard import MAX_WEIGHT
from calls.selectors.review.scorecards import criteria_of
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import SCORECARDS_ROLE, has_role, require_role, works_for
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.statements import insert
from tether_calls.common.transactions import unique_or_refuse

MOST_SCORECARDS: Final = 50
MOST_CRITERIA: Final = 30


@dataclass(frozen=True)
class NewCriterion:
    """`kind` is one of CriterionKind, `weight` from 1 to MAX_WEIGHT."""

    name: str
    kind: str = CriterionKind.SCALE
    weight: int = 1


class ScorecardChanges(TypedDict, total=False):
    """What is to be so from now on; criteria that are others make a new version."""

    name: str
    is_archived: bool
    criteria: Sequence[NewCriterion]


def may_keep_scorecards(user: User) -> bool:
    """Whether the user says by which criteria the organization judges calls."""
    return has_role(user, SCORECARDS_ROLE)


def create_scorecard(
    *, user: User, organization_id: str, name: str, criteria: Sequence[NewCriterion], is_archived: bool = False
) -> Scorecard:
    """Four statements. Raises FORBIDDEN, SCORECARD_EXISTS, TOO_MANY_SCORECARDS, VALIDATION_ERROR."""
    _require(user, organization_id)
    _check(criteria)
    scorecard = Scorecard(organization_id=organization_id, name=name, is_archived=is_archived)
    with unique_or_refuse(ErrorCode.SCORECARD_EXISTS):
        take_turns(organization_id)
        if Scorecard.objects.of_organization(organization_id).count() >= MOST_SCORECARDS:
            raise TetherError(ErrorCode.TOO_MANY_SCORECARDS)
        scorecard.save(force_insert=True)
        _add(scorecard, criteria)
    return scorecard


@transaction.atomic
def update_scorecard(*, user: User, organization_id: str, scorecard_id: str, changes: ScorecardChanges) -> Scorecard:
    """Change what is given. Two statements, two more with criteria.

    Raises FORBIDDEN, SCORECARD_NOT_FOUND, SCORECARD_EXISTS, VALIDATION_ERROR.
    """
    _require(user, organization_id)
    with unique_or_refuse(ErrorCode.SCORECARD_EXISTS):
        found = Scorecard.objects.of_organization(organization_id).select_for_update(no_key=True)
        scorecard = found.get_or_refuse(ErrorCode.SCORECARD_NOT_FOUND, pk=scorecard_id)
        scorecard.name = changes.get("name", scorecard.name)
        scorecard.is_archived = changes.get("is_archived", scorecard.is_archived)
        if "criteria" in changes:
            _check(changes["criteria"])
            now = [NewCriterion(each.name, each.kind, each.weight) for each in criteria_of(scorecard)]
            if now != list(changes["criteria"]):
                scorecard.version += 1
                _add(scorecard, changes["criteria"])
        scorecard.save(update_fields=["name", "is_archived", "version", "updated_at"])
    return scorecard


def _require(user: User, organization_id: str) -> None:
    require_role(user, SCORECARDS_ROLE)
    if not works_for(user, organization_id):
        raise TetherError(ErrorCode.FORBIDDEN)


def _check(criteria: Sequence[NewCriterion]) -> None:
    """Raises VALIDATION_ERROR."""
    if not criteria:
        raise TetherError.of_field("criteria", "At least one")
    if len(criteria) > MOST_CRITERIA:
        raise TetherError.of_field("criteria", f"At most {MOST_CRITERIA}")
    for position, each in enumerate(criteria):
        if each.kind not in CriterionKind.values:
            raise TetherError.of_field(f"criteria.{position}.kind", "scale or yes_no")
        if not 1 <= each.weight <= MAX_WEIGHT:
            raise TetherError.of_field(f"criteria.{position}.weight", f"From 1 to {MAX_WEIGHT}")
    names = [each.name.casefold() for each in criteria]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise TetherError.of_field(f"criteria.{position}.name", "Named twice")


def _add(scorecard: Scorecard, criteria: Sequence[NewCriterion]) -> None:
    insert(
        *(
            Criterion(
                scorecard=scorecard,
                version=scorecard.version,
                position=position,
                name=each.name,
                kind=each.kind,
                weight=each.weight,
            )
            for position, each in enumerate(criteria)
        )
    )
