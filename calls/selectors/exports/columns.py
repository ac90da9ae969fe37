"""What an export shows of each kind of row: the columns, by their names in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from calls.documents.facts import CallFacts
from contacts.models import Contact
from tether_calls.accounts.models import WalletEntry

# A value of a column; dicts and lists are JSON.
Value: TypeAlias = str | int | float | Decimal | datetime | dict[str, Any] | list[Any] | None
Columns: TypeAlias = Mapping[str, Callable[[Any], Value]]

# Comes with includeTranscript, and cannot be asked for otherwise.
TRANSCRIPT = "aiTranscript"


def _contact_name(call: CallFacts) -> str | None:
    return f"{call.contact.first_name} {call.contact.last_name}".strip() if call.contact is not None else None


OF_CALLS: Mapping[str, Callable[[CallFacts], Value]] = {
    "callId": lambda call: call.id,
    "startTime": lambda call: call.start_time,
    "direction": lambda call: call.direction,
    "status": lambda call: call.status,
    "from": lambda call: call.from_number,
    "to": lambda call: call.to_number,
    "duration": lambda call: call.duration,
    "contactId": lambda call: call.contact_id,
    "contactName": _contact_name,
    "contactEmail": lambda call: call.contact.email if call.contact is not None else None,
    "userId": lambda call: call.user_id,
    "userName": lambda call: call.user.full_name if call.user is not None else None,
    "agentId": lambda call: call.ai_agent_id,
    "agentName": lambda call: call.agent_name,
    "summary": lambda call: call.ai_summary,
    "answerTime": lambda call: call.answer_time,
    "endTime": lambda call: call.end_time,
    "aiHandledDuration": lambda call: call.ai_handled_duration,
    "answeredBy": lambda call: call.answered_by or None,
    "endReason": lambda call: call.end_reason or None,
    "endFault": lambda call: call.end_fault or None,
    "disposition": lambda call: call.disposition.name if call.disposition is not None else None,
    "tags": lambda call: [tag.name for tag in call.tags] or None,
    "isStarred": lambda call: call.is_starred,
    "optedOutAt": lambda call: call.opted_out_at,
    "provider": lambda call: call.provider,
    "providerCallId": lambda call: call.provider_call_id or call.external_call_id,
    "providerPhoneNumber": lambda call: call.provider_phone_number,
    "conversationId": lambda call: call.conversation_id,
    "metadata": lambda call: call.metadata or None,
    "createdAt": lambda call: call.created_at,
    "updatedAt": lambda call: call.updated_at,
}

OF_CONTACTS: Mapping[str, Callable[[Contact], Value]] = {
    "contactId": lambda contact: contact.pk,
    "phoneNumber": lambda contact: contact.phone_number,
    "firstName": lambda contact: contact.first_name,
    "lastName": lambda contact: contact.last_name,
    "email": lambda contact: contact.email,
    "source": lambda contact: contact.source,
    "userId": lambda contact: contact.user_id,
    "createdAt": lambda contact: contact.created_at,
    "updatedAt": lambda contact: contact.updated_at,
}

OF_DO_NOT_CALL: Mapping[str, Callable[[Any], Value]] = {
    "phoneNumber": lambda entry: entry.phone_number,
    "reason": lambda entry: entry.told_reason,
    "source": lambda entry: entry.source,
    "addedBy": lambda entry: entry.added_by.full_name if entry.added_by is not None else None,
    "callId": lambda entry: entry.told_call_id,
    "createdAt": lambda entry: entry.created_at,
}

OF_WALLET: Mapping[str, Callable[[WalletEntry], Value]] = {
    "number": lambda entry: entry.number,
    "createdAt": lambda entry: entry.created_at,
    "kind": lambda entry: entry.kind,
    "amount": lambda entry: entry.amount,
    "balanceAfter": lambda entry: entry.balance_after,
    "currency": lambda entry: entry.wallet.currency,
    "callId": lambda entry: entry.call_id,
    "rate": lambda entry: entry.rate,
    "note": lambda entry: entry.note,
    "madeBy": lambda entry: entry.made_by.full_name if entry.made_by is not None else None,
}
