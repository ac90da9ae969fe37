"""May this number be called, asked without a dial: nobody is called, and nothing is counted or kept."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from calls.selectors.agent_calls.dialling import agent_named
from contacts.models import CallPurpose, DialPath
from contacts.rules.judge import Verdict
from contacts.services.may_call import Asking, may_call


def ask_may_call(
    *,
    organization_id: str,
    phone_number: str,
    purpose: CallPurpose,
    path: DialPath,
    agent: str | None = None,
    at: datetime | None = None,
) -> Verdict:
    """What every rule says of an agent's call to the number (E.164) now, or at a time as far as is known today.

    `agent` by either id; None: whether it says who calls is not known. Two statements, three with an agent.
    Raises AGENT_NOT_FOUND (404).
    """
    found = None if agent is None else agent_named(organization_id=organization_id, name=agent)
    decision = may_call(
        Asking(
            organization_id=organization_id,
            phone_number=phone_number,
            path=path,
            at=at or timezone.now(),
            purpose=purpose,
            agent_id=None if found is None else found.pk,
            is_disclosed=None if found is None else found.is_disclosed,
        )
    )
    return decision.verdict
