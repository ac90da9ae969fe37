"""Tags and dispositions: made, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from django.db.models import Q

from calls.models import Call, Disposition, LegalHold, Tag
from calls.selectors.privacy.holds import held
from calls.selectors.review.labels import LabelT
from calls.services.lifecycle.heed_holds import heeded_holds
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import LABELS_ROLE, has_role, require_role
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.transactions import delete_until_done, unique_or_refuse

# Of each kind, in an organization: who offers more to choose from has mistaken them for notes.
MOST_LABELS: Final = 1_000

# What a label says of the calls that have it.
_SAYING: Final = ("name", "kind")


class LabelValues(TypedDict, total=False):
    """What is said of a tag or a disposition; `color` is a tag's, `kind` a disposition's."""

    name: str
    color: str
    kind: str
    is_archived: bool


@dataclass(frozen=True)
class _Codes:
    not_found: ErrorCode
    exists: ErrorCode


_CODES: Mapping[type[Tag | Disposition], _Codes] = {
    Tag: _Codes(ErrorCode.TAG_NOT_FOUND, ErrorCode.TAG_EXISTS),
    Disposition: _Codes(ErrorCode.DISPOSITION_NOT_FOUND, ErrorCode.DISPOSITION_EXISTS),
}


def may_label(user: User) -> bool:
    """Whether the user says which tags and dispositions the organization has."""
    return has_role(user, LABELS_ROLE)


def create_label(kind: type[LabelT], *, user: User, organization_id: str, values: LabelValues) -> LabelT:
    """Three statements. Raises FORBIDDEN, TAG_EXISTS or DISPOSITION_EXISTS, TOO_MANY_LABELS."""
    require_role(user, LABELS_ROLE)
    label = kind(organization_id=organization_id, **values)
    with unique_or_refuse(_CODES[kind].exists):
        take_turns(organization_id)
        if kind.objects.of_organization(organization_id).count() >= MOST_LABELS:
            raise TetherError(ErrorCode.TOO_MANY_LABELS)
        label.save(force_insert=True)
    return label


def update_label(
    kind: type[LabelT], *, user: User, organization_id: str, label_id: str, changes: LabelValues
) -> LabelT:
    """Change what is given. Two statements; for what it says two more, and a third where a hold is placed.

    Raises FORBIDDEN, TAG_NOT_FOUND or DISPOSITION_NOT_FOUND, TAG_EXISTS or DISPOSITION_EXISTS, and LEGAL_HOLD where a
    call that a hold covers would say something else from then on.
    """
    require_role(user, LABELS_ROLE)
    with unique_or_refuse(_CODES[kind].exists):
        holds = [] if changes.keys().isdisjoint(_SAYING) else heeded_holds(organization_id)
        label = _locked(kind, organization_id, label_id)
        if any(changes.get(name, there) != there for name, there in vars(label).items() if name in _SAYING):
            _refuse_where_held(label, holds)
        for name, value in changes.items():
            setattr(label, name, value)
        label.save(update_fields=[*changes, "updated_at"])
    return label


def delete_label(kind: type[LabelT], *, user: User, organization_id: str, label_id: str) -> None:
    """Delete it, and take it off every call.

    Raises FORBIDDEN, TAG_NOT_FOUND or DISPOSITION_NOT_FOUND, and LEGAL_HOLD where a call that a hold covers has it.
    """
    require_role(user, LABELS_ROLE)
    delete_until_done(lambda: _delete(kind, organization_id, label_id))


def _delete(kind: type[LabelT], organization_id: str, label_id: str) -> None:
    holds = heeded_holds(organization_id)
    label = _locked(kind, organization_id, label_id)
    _refuse_where_held(label, holds)
    label.delete()


def _refuse_where_held(label: Tag | Disposition, holds: Sequence[LegalHold]) -> None:
    """Raises LEGAL_HOLD where a call that one covers has the label."""
    bears = Q(tag_rows__tag=label.pk) if isinstance(label, Tag) else Q(disposition=label.pk)
    calls = Call.objects.of_organization(label.organization_id)
    if holds and calls.filter(held(holds), bears).order_by().exists():
        raise TetherError(ErrorCode.LEGAL_HOLD)


def _locked(kind: type[LabelT], organization_id: str, label_id: str) -> LabelT:
    """Held for a change until the transaction ends; calls may still refer to it."""
    found = kind.objects.of_organization(organization_id).select_for_update(no_key=True)
    return found.get_or_refuse(_CODES[kind].not_found, pk=label_id)
