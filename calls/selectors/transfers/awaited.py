"""Which transfer a call is, that comes in at a number of ours."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Q
from django.utils import timezone

from calls.models import Call, PhoneNumber, Transfer, TransferState
from calls.reports import CallReport
from tether_calls.common.phone import is_hidden, is_same_number, spellings


def as_transfer(report: CallReport, *, organization_id: str) -> CallReport:
    """The report of a call that comes in, with the transfer that it is, if it is one.

    By the number called, where one transfer is awaited at a time; and who calls must be its caller or a number of the
    organization, as providers show either: whoever else dials the number is not handed over. Four statements at most.
    """
    if not report.own_number:
        return report
    awaited = Transfer.objects.of_organization(organization_id).filter(
        transfer_number__in=spellings(report.own_number),
        state=TransferState.OFFERED,
        leg=None,
        expires_at__gt=timezone.now(),
    )
    transfer = awaited.first()
    if transfer is None or not _may_be(transfer, report.from_number or ""):
        return report
    return replace(report, transferred_from=agents_call_of(transfer), transfer_id=transfer.pk)


def agents_call_of(transfer: Transfer) -> str | None:
    """The call whose agent hands its caller over, once there is one. A statement where it was not known before."""
    if transfer.call_id is not None or not transfer.conversation_id:
        known: str | None = transfer.call_id
        return known
    calls = Call.objects.of_organization(transfer.organization_id).filter(
        Q(provider=transfer.provider, provider_call_id=transfer.conversation_id)
        | Q(ai_conversation_id=transfer.conversation_id)
    )
    return calls.values_list("pk", flat=True).first()


def _may_be(transfer: Transfer, number: str) -> bool:
    if not number or is_hidden(number):
        return not transfer.from_number or is_hidden(transfer.from_number)
    if is_same_number(number, transfer.from_number):
        return True
    known = spellings(number)
    calls = Call.objects.of_organization(transfer.organization_id)
    if calls.filter(pk=transfer.call_id, provider_phone_number__in=known).exists():
        return True
    return PhoneNumber.objects.of_organization(transfer.organization_id).filter(phone_number__in=known).exists()


def transfer_of(leg: Call) -> str | None:
    """The transfer by which a call has come in, that is still to be answered. One statement."""
    transfers = Transfer.objects.of_organization(leg.organization_id).filter(leg=leg, state=TransferState.OFFERED)
    return transfers.values_list("pk", flat=True).first()


def whisper_for(leg: Call) -> str:
    """What a person is told before they are connected with the caller: from whom, why, what was said so far."""
    transfer = Transfer.objects.of_organization(leg.organization_id).filter(leg=leg).first()
    if transfer is None:
        return ""
    known = Call.objects.of_organization(leg.organization_id).filter(pk=transfer.call_id)
    agent, name = known.values_list("ai_agent__name", "agent_name").first() or ("", "")
    told = [f"Handed over by {agent or name}." if agent or name else "Handed over.", transfer.reason, transfer.summary]
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in told if text)
