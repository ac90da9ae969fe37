"""A customer asks not to be called again: kept with the call, and followed, in the transaction that brings it."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from calls.models import Call
from calls.opt_out.detect import heard_opt_out
from calls.opt_out.heard import HeardBy, OptOut
from contacts.models import DoNotCallSource
from contacts.services.do_not_call import QUOTED, add_to_do_not_call
from tether_calls.accounts.models import OptOutPolicy, Organization
from tether_calls.common.phone import canonical

# What an entry of the list says of itself, where nothing that was said is to be kept.
UNQUOTED: Final = "Asked not to be called again"


def heard_on(call: Call) -> OptOut | None:
    """What its customer asks in its transcript. No statement."""
    turns = call.ai_transcript or ()
    return heard_opt_out((turn["role"], turn["message"]) for turn in turns)


def hear_opt_out(call: Call) -> bool:
    """Take what the customer asks in a transcript that has changed; whether it was not known. The call is to be saved.

    Where it was known by what was said, it is shown where the fuller transcript has it. No statement where nothing is
    asked, and those of `take_opt_out` where it is.
    """
    opt_out = heard_on(call)
    if opt_out is None:
        return False
    if call.opt_out is None:
        return take_opt_out(call, opt_out)
    if call.opt_out["by"] == HeardBy.PHRASE:
        call.opt_out = {**call.opt_out, **opt_out.as_document()}
    return False


def take_opt_out(
    call: Call, opt_out: OptOut, *, policy: OptOutPolicy | None = None, reason: str = "", added_by_id: str | None = None
) -> bool:
    """Have the call say so, and its customer's number on the Do Not Call list; whether it does.

    The call is to be saved. What was heard counts by the organization's `policy`, which is looked up where it is not
    given; what a person or an agent has said always does. At most three statements.
    """
    if opt_out.by is HeardBy.PHRASE:
        policy = policy or policy_of(call.organization_id)
    else:
        policy = OptOutPolicy.BLOCK
    if policy == OptOutPolicy.OFF:
        return False
    call.opt_out = opt_out.as_document()
    call.opted_out_at = timezone.now()
    if policy == OptOutPolicy.BLOCK:
        put_on_list(call, reason=reason or reason_of(opt_out), added_by_id=added_by_id)
    return True


def put_on_list(call: Call, *, reason: str, added_by_id: str | None = None) -> None:
    """Its customer's number goes onto the Do Not Call list, if it is one: the statements of `add_to_do_not_call`."""
    if canonical(call.customer_number) is None:
        return
    add_to_do_not_call(
        organization_id=call.organization_id,
        phone_number=call.customer_number,
        source=DoNotCallSource.CALL,
        reason=reason,
        added_by_id=added_by_id,
        call_id=call.pk,
    )


def policy_of(organization_id: str) -> OptOutPolicy:
    """One statement."""
    found = Organization.objects.filter(pk=organization_id).values_list("opt_out_policy", flat=True)
    return OptOutPolicy(found.get())


def reason_of(opt_out: OptOut) -> str:
    """What the entry of the list says of itself, where nobody says more."""
    return f"{QUOTED}{opt_out.text}" if opt_out.text else UNQUOTED
