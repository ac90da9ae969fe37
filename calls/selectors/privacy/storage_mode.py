"""What is kept of a call: the rule of its agent, else its organization's, else everything."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from calls.models import Call, RetentionRule, StorageMode


def with_storage_mode(calls: QuerySet[Call, Call]) -> QuerySet[Call, Call]:
    """The calls with `storage_mode`, read along with them."""
    rules = RetentionRule.objects.of_organization(OuterRef("organization_id"))
    return calls.annotate(
        storage_mode=Coalesce(
            Subquery(rules.filter(agent=OuterRef("ai_agent_id")).values("storage_mode")[:1]),
            Subquery(rules.filter(agent=None).values("storage_mode")[:1]),
            Value(StorageMode.EVERYTHING.value),
        )
    )


def takes_audio(*, organization_id: str, call_id: str) -> bool:
    """Whether a recording would be kept of a call: by rule, and because none of it was erased. One statement."""
    call = with_storage_mode(Call.objects.of_organization(organization_id)).filter(pk=call_id).only("audio_erased_at")
    found: Any = call.first()
    return found is None or (found.audio_erased_at is None and found.storage_mode == StorageMode.EVERYTHING)
