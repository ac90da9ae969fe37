"""What an organization keeps of its calls, and for how long: set by its administrators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from calls.models import Prompt, RetentionRule, StorageMode
from calls.selectors.privacy.expired import PARTS, expired
from calls.selectors.privacy.holds import placed_holds
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import PRIVACY_ROLE, require_role
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.errors import Detail, TetherError


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Days are counted from the start of a call; None: for ever. `agent_id` None: of all other calls."""

    storage_mode: str = StorageMode.EVERYTHING
    audio_days: int | None = None
    transcript_days: int | None = None
    call_days: int | None = None
    agent_id: str | None = None


def rules_of(organization_id: str) -> list[RetentionRule]:
    """The organization's rule, if it has one, and those of its agents. One statement."""
    rules = RetentionRule.objects.of_organization(organization_id).select_related("agent")
    return sorted(rules, key=lambda rule: (rule.agent_id is not None, rule.agent_id or ""))


@transaction.atomic
def set_rules(*, user: User, organization_id: str, rules: Sequence[Rule]) -> list[RetentionRule]:
    """Have these rules hold from now on, and no others. Raises FORBIDDEN, and VALIDATION_ERROR for an unknown agent."""
    require_role(user, PRIVACY_ROLE)
    wanted = [rule.agent_id for rule in rules if rule.agent_id is not None]
    known = set(Prompt.objects.of_organization(organization_id).filter(pk__in=wanted).values_list("pk", flat=True))
    faults = [
        Detail(f"agents.{place}.agentId", "Unknown agent" if agent_id not in known else "Named twice")
        for place, agent_id in enumerate(wanted)
        if agent_id not in known or agent_id in wanted[:place]
    ]
    if faults:
        raise TetherError.of_fields(faults)
    # What was set last holds whole.
    take_turns(organization_id)
    there = {rule.agent_id: rule for rule in RetentionRule.objects.of_organization(organization_id)}
    gone = [row.pk for agent_id, row in there.items() if agent_id not in {rule.agent_id for rule in rules}]
    RetentionRule.objects.of_organization(organization_id).filter(pk__in=gone).delete()
    for rule in rules:
        row = there.get(rule.agent_id) or RetentionRule(organization_id=organization_id, agent_id=rule.agent_id)
        row.storage_mode = rule.storage_mode
        row.audio_days, row.transcript_days, row.call_days = rule.audio_days, rule.transcript_days, rule.call_days
        row.save()
    return rules_of(organization_id)


@dataclass(frozen=True)
class Preview:
    """How many calls a rule would have erased of by now, and of how many recordings."""

    audio: int
    transcript: int
    call: int


def preview(*, organization_id: str, rule: Rule, others: Sequence[str] = ()) -> Preview:
    """What the job would erase by a rule at this moment; `others`: agents with rules of their own. Four statements."""
    holds = list(placed_holds(organization_id))
    row = RetentionRule(
        organization_id=organization_id,
        agent_id=rule.agent_id,
        audio_days=rule.audio_days,
        transcript_days=rule.transcript_days,
        call_days=rule.call_days,
    )
    counted = {
        part: (
            0
            if (calls := expired(row, part, now=timezone.now(), holds=holds, others=others)) is None
            else calls.count()
        )
        for part in PARTS
    }
    return Preview(audio=counted["audio"], transcript=counted["transcript"], call=counted["call"])
