"""The calls that are past the time for which they are kept, by the rules of their organization and agent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from calls.models import Call, LegalHold, RetentionRule
from calls.models.call import CallQuerySet
from calls.reports import ENDED
from calls.selectors.privacy.holds import held

# By the name of the part: the column that says it is gone.
PARTS: Final = {"audio": "audio_erased_at", "transcript": "transcript_erased_at", "call": "person_erased_at"}


def expired(
    rule: RetentionRule, part: str, *, now: datetime, holds: Sequence[LegalHold], others: Sequence[str]
) -> CallQuerySet | QuerySet[Call, Call] | None:
    """The ended calls of a rule whose part is past its time and still there, no hold being placed on them.

    `others`: the agents with rules of their own, for the rule of the organization. None: the part is kept for ever.
    """
    days: int | None = getattr(rule, f"{part}_days")
    if days is None:
        return None
    calls = Call.objects.of_organization(rule.organization_id).filter(
        start_time__lt=now - timedelta(days=days), status__in=ENDED, **{PARTS[part]: None}
    )
    if rule.agent_id is not None:
        calls = calls.filter(ai_agent_id=rule.agent_id)
    elif others:
        calls = calls.filter(Q(ai_agent_id=None) | ~Q(ai_agent_id__in=others))
    return calls.exclude(held(holds)) if holds else calls
