"""An agent wants to hand its caller over."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from calls.models import Call, PhoneNumber, Transfer, TransferState
from calls.services.transfers.reserve import reserve_next
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.phone import is_same_number

# From the tool's answer until the caller must have arrived; several people may be asked meanwhile.
AWAITED = timedelta(minutes=3)
_SENTENCES = 3
_SUMMARY = 600
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


def begin_transfer(
    *,
    organization_id: str,
    provider: str,
    conversation_id: str,
    call_id: str | None,
    reason: str,
    summary: str,
    from_number: str,
    online: Collection[str],
) -> Transfer | None:
    """Reserve a person, and say at which number the caller is to arrive; None where nobody is free.

    While one goes on in a conversation, it is that one. Ten statements at most. Within a transaction.
    """
    take_turns(organization_id)
    transfers = Transfer.objects.of_organization(organization_id).filter(state=TransferState.OFFERED)
    if conversation_id:
        known = transfers.filter(conversation_id=conversation_id).first()
        if known is not None:
            return known
    call = Call.objects.of_organization(organization_id).without_transcript().filter(pk=call_id).first()
    awaited = set(transfers.filter(leg=None).values_list("transfer_number", flat=True))
    own = call.provider_phone_number if call is not None else ""
    # A number that is answered by an agent would ring the agent where its provider asks nobody; a line to itself rings
    # nobody at all.
    lines = [
        line
        for line in PhoneNumber.objects.of_organization(organization_id).filter(
            is_inbound_enabled=True, ai_enabled=False
        )
        if line.phone_number not in awaited and not is_same_number(line.phone_number, own)
    ]
    if not lines:
        return None
    transfer = Transfer(
        organization_id=organization_id,
        provider=provider,
        conversation_id=conversation_id,
        call=call,
        reason=reason,
        summary=in_sentences(summary or (call.ai_summary if call is not None else "")),
        from_number=from_number or (call.customer_number if call is not None else ""),
        # The person's own comes first; that is known as soon as there is a person.
        transfer_number=lines[0].phone_number,
        expires_at=timezone.now() + AWAITED,
    )
    offer = reserve_next(transfer, online=online)
    if offer is None:
        return None
    best = min(lines, key=lambda line: (line.user_id != offer.user_id, line.user_id is not None, line.pk))
    if best.phone_number != transfer.transfer_number:
        transfer.transfer_number = best.phone_number
        transfer.save(update_fields=["transfer_number"])
    return transfer


def in_sentences(text: str) -> str:
    """The first three sentences, which a person can take in while it rings."""
    line = " ".join(text.split())
    return " ".join(_SENTENCE.split(line)[:_SENTENCES])[:_SUMMARY]
