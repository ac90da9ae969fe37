"""The one change of decisions: a person's number goes, and what was decided stays."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from contacts.models import DialDecision
from tether_calls.common.object_id import new_object_id


def pseudonym() -> str:
    """What stands for a number, and says nothing of it."""
    return f"erased:{new_object_id()}"


def pseudonymise(decisions: QuerySet[DialDecision]) -> int:
    """How many decisions, of one person's, have lost their number; the database permits it once. One statement."""
    # Past the refusal of their own queries: the database looks at what is changed.
    return QuerySet.update(decisions.filter(erased_at=None), phone_number=pseudonym(), erased_at=timezone.now())
