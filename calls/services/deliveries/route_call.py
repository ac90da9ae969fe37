"""A carrier asks what to do with a call: connect it, or end it here and there."""

from __future__ import annotations

from contextlib import suppress

from django.utils import timezone

from calls.models import Call, VoiceAccount
from calls.providers.endpoint import Nowhere, Route
from calls.reports import CallReport
from calls.selectors.deliveries.routes import route_in, route_out
from calls.services.lifecycle.apply_report import apply_report
from calls.services.lifecycle.change_status import has_ended

# The status of a call that is not connected: missed, where it came in; failed, where a user dialled.
_UNCONNECTED = {"inbound": "no-answer", "outbound": "failed"}


def route_call(*, account: VoiceAccount, call: Call | None, report: CallReport, phone_number: str | None) -> Route:
    """Where the call goes; `phone_number` is what a browser dialled. One that goes nowhere is ended."""
    if call is None:
        return Nowhere("discarded")
    if has_ended(call):
        # Its user has hung up before the provider asked.
        return Nowhere("ended")
    if report.direction == "inbound":
        route = route_in(organization_id=account.organization_id, report=report)
    else:
        route = route_out(account=account, user_id=report.user_id, phone_number=phone_number)
    if isinstance(route, Nowhere):
        unconnected = CallReport(
            provider=call.provider,
            status=_UNCONNECTED[report.direction or "outbound"],
            end_time=timezone.now(),
            provider_metadata={"failureReason": route.reason},
        )
        with suppress(Call.DoesNotExist):  # its user may have thrown it away in this moment
            apply_report(organization_id=call.organization_id, call_id=call.pk, report=unconnected)
    return route
