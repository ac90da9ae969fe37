"""What dials hold and calls cost: asking for it, and reading it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from calls.models import Call, CallStatus
from calls.reports import CallReport
from calls.services.lifecycle.apply_report import apply_report
from tests.calls.api.ai.outbound import Office, outbound
from tests.clients import ApiClient
from tether_calls.accounts.models import Wallet, WalletEntry
from tether_calls.accounts.wallet import faults_of
from tether_calls.common.money import money_text

ANSWERED_AT = datetime(2026, 5, 15, 9, tzinfo=UTC)


def set_rate(office: Office, rate: str) -> None:
    office.agent.rate_per_minute = Decimal(rate)
    office.agent.save()


def balance() -> str:
    """Of the one wallet, proved."""
    wallet = Wallet.objects.get()
    assert list(faults_of(wallet.pk)) == []
    return money_text(wallet.balance)


def booked() -> list[tuple[str, str]]:
    """All that was booked for calls."""
    entries = WalletEntry.objects.filter(call_id__isnull=False).order_by("number")
    return [(entry.kind, money_text(entry.amount)) for entry in entries]


def placed(api: ApiClient, office: Office) -> Call:
    answer = outbound(api, contactId=office.contact.pk)
    assert answer.status == 200, answer
    return Call.objects.latest("id")


def told(call: Call, **fields: Any) -> Call:
    return apply_report(
        organization_id=call.organization_id, call_id=call.pk, report=CallReport(provider=call.provider, **fields)
    ).call


def completed(call: Call, *, duration: float) -> Call:
    return told(call, status=CallStatus.COMPLETED, duration=duration, end_time=ANSWERED_AT)
