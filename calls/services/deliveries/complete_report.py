"""What only the database knows of a delivery, added to its interpretation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from calls.models import Call, VoiceAccount
from calls.providers.base import Provider
from calls.providers.endpoint import Interpretation, RouteQuestion
from calls.reports import CallReport
from calls.selectors.deliveries.routes import of_browser
from calls.selectors.transfers.awaited import as_transfer
from calls.services.lifecycle.call_context import remembered_call_id


def completed(
    interpretation: Interpretation, *, provider: Provider[Any], account: VoiceAccount, heard_at: datetime
) -> Interpretation:
    """The interpretation, its report completed. No statement where there is nothing to be looked up.

    `heard_at`: when the delivery came, which may have been long before it is processed; the report may know better.
    """
    if interpretation.report is None:
        return interpretation
    report = interpretation.report
    if interpretation.browser_user_id is not None:
        report = of_browser(report, account=account, user_id=interpretation.browser_user_id)
    if isinstance(interpretation.question, RouteQuestion) and report.direction == "inbound":
        report = as_transfer(report, organization_id=account.organization_id)
    report = _with_our_id(report, interpretation.aliases, provider, account.organization_id)
    if interpretation.if_answered is not None and _was_answered(report, account.organization_id):
        report = interpretation.if_answered
    return replace(interpretation, report=replace(report, heard_at=report.heard_at or heard_at))


def _with_our_id(
    report: CallReport, aliases: tuple[str, ...], provider: Provider[Any], organization_id: str
) -> CallReport:
    """The report with our own id, where the call was announced to us under one of its aliases."""
    for alias in aliases if report.call_id is None else ():
        call_id = remembered_call_id(organization_id=organization_id, provider=provider.name, conversation_id=alias)
        if call_id is not None:
            return replace(report, call_id=call_id)
    return report


def _was_answered(report: CallReport, organization_id: str) -> bool:
    """Whether the report's call is known to have been answered. One statement."""
    calls = Call.objects.of_organization(organization_id).filter(provider=report.provider, answer_time__isnull=False)
    if report.call_id is not None:
        return calls.filter(pk=report.call_id).exists()
    return calls.filter(provider_call_id=report.provider_call_id).exists()
