"""Decisions that were made, judged once more by what was known then: the same facts have to say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from contacts.models import DialDecision
from contacts.rules.facts import Facts
from contacts.rules.judge import RULE_CODES, judge
from tether_calls.common.errors import ErrorCode

_AT_ONCE = 1_000


@dataclass(frozen=True)
class Differing:
    """A decision that would be another one today; `why` is a sentence."""

    decision_id: str
    why: str


def differing(decision: DialDecision) -> Differing | None:
    """None where the same facts still say the same."""
    try:
        verdict = judge(msgspec.convert(decision.facts, Facts))
    except (LookupError, msgspec.ValidationError) as error:
        return Differing(decision.pk, str(error))
    said, found = decision.code, str(verdict.code or "")
    if said and said not in RULE_CODES:
        # Something else was in the way, such as no money; attempts are asked about after some of that.
        said = found if found == ErrorCode.TOO_MANY_ATTEMPTS else ""
    if said != found:
        return Differing(decision.pk, f"{said or 'allowed'} then, {found or 'allowed'} now")
    if decision.code == found and decision.next_allowed_at != verdict.next_allowed_at:
        return Differing(decision.pk, f"from {decision.next_allowed_at} on then, from {verdict.next_allowed_at} on now")
    if decision.rules != [msgspec.to_builtins(rule) for rule in verdict.rules]:
        return Differing(decision.pk, "a rule says something else")
    return None


def replay_decisions(*, organization_id: str | None = None) -> Iterator[Differing | None]:
    """Each decision, the oldest first, of an organization or of all: None where it is the same today."""
    # wall: an operator's command looks at every organization's, or at one's
    decisions = DialDecision.objects.order_by("pk")
    if organization_id is not None:
        decisions = decisions.filter(organization_id=organization_id)
    for decision in decisions.iterator(chunk_size=_AT_ONCE):
        yield differing(decision)
