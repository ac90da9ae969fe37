"""A carrier asks what to do with a call: connect it, or end it here and there."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from calls.models import Call, VoiceAccount
from calls.outcomes import ending_of_our_own
from calls.providers.endpoint import Nowhere, Route, ToNumber
from calls.reports import CallReport
from calls.selectors.deliveries.routes import route_in, route_out
from calls.selectors.transfers.awaited import transfer_of
from calls.selectors.transfers.people import online_users
from calls.services.lifecycle.apply_report import apply_report
from calls.services.lifecycle.change_status import has_ended
from calls.services.transfers.arrive import route_arrived, route_to_next
from contacts.models import DialPath
from contacts.selectors.decisions import decision_of_call
from contacts.services.may_call import (
    Asking,
    AttemptTaken,
    keep_allowed,
    may_the_browser_call,
    refusals_kept,
    require_allowed,
)
from tether_calls.accounts.services.dial_limits import count_dial_by_user
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.rate_limits import LimitsUnavailable, take

# Longer than a carrier repeats a question.
_ASKED_AGAIN = timedelta(hours=1)
# A number that is dialled by so many others at the same moment is not dialled by one more.
_TRIES = 5
# The status of a call that is not connected: missed, where it came in; failed, where a user dialled.
_UNCONNECTED = {"inbound": "no-answer", "outbound": "failed"}


def next_person(*, account: VoiceAccount, call: Call | None, was_answered: bool) -> Route:
    """Whom the caller rings next who was handed over; nowhere, once somebody has talked to them."""
    if call is None or was_answered:
        return Nowhere("ended")
    online = online_users(organization_id=account.organization_id)
    try:
        return route_to_next(leg=call, online=online)
    except Call.DoesNotExist:
        return Nowhere("discarded")


def route_call(*, account: VoiceAccount, call: Call | None, report: CallReport, phone_number: str | None) -> Route:
    """Where the call goes; `phone_number` is what a browser dialled. One that goes nowhere is ended."""
    if call is None:
        return Nowhere("discarded")
    if has_ended(call):
        # Its user has hung up before the provider asked.
        return Nowhere("ended")
    if report.direction == "inbound" and (transfer_id := report.transfer_id or transfer_of(call)) is not None:
        online = online_users(organization_id=account.organization_id)
        try:
            route: Route = route_arrived(leg=call, transfer_id=transfer_id, online=online)
        except Call.DoesNotExist:
            return Nowhere("discarded")
        if route == Nowhere("ended"):
            return route  # the caller has hung up in this moment
    elif report.direction == "inbound":
        route = route_in(organization_id=account.organization_id, report=report)
    else:
        route = route_out(account=account, user_id=report.user_id, phone_number=phone_number)
        if isinstance(route, ToNumber) and report.user_id is not None:
            route = _permitted(call, route, user_id=report.user_id)
    if isinstance(route, Nowhere):
        unconnected = CallReport(
            provider=call.provider,
            status=_UNCONNECTED[report.direction or "outbound"],
            end_time=timezone.now(),
            endings=(ending_of_our_own(route.reason),),
            provider_metadata={"failureReason": route.reason},
        )
        with suppress(Call.DoesNotExist):  # its user may have thrown it away in this moment
            apply_report(organization_id=call.organization_id, call_id=call.pk, report=unconnected)
    return route


def _permitted(call: Call, route: ToNumber, *, user_id: str) -> Route:
    """The route of a browser's call, where the rules let the number be called; what was decided is kept.

    A carrier that asks again about the same call hears the same, and leaves nothing more.
    """
    asking = Asking(
        organization_id=call.organization_id,
        phone_number=route.phone_number,
        path=DialPath.BROWSER,
        at=timezone.now(),
        user_id=user_id,
        call_id=call.pk,
    )
    try:
        for _ in range(_TRIES):
            decision = may_the_browser_call(asking)
            if decision.is_repeated:
                return route
            try:
                with refusals_kept(decision):
                    require_allowed(decision)
                    _count(call, user_id=user_id)
                    keep_allowed(decision, call_id=call.pk)
            except AttemptTaken:
                # By somebody else, or by this same question a moment ago.
                known = decision_of_call(organization_id=call.organization_id, call_id=call.pk)
                if known is not None:
                    return route if known.is_allowed else Nowhere(known.code.lower())
                asking = replace(asking, at=timezone.now())
            else:
                return route
    except TetherError as refusal:
        return Nowhere(refusal.code.lower())
    return Nowhere(ErrorCode.TOO_MANY_ATTEMPTS.lower())


def _count(call: Call, *, user_id: str) -> None:
    """One dial of the user, once for a call. Raises DIAL_LIMIT_REACHED, LIMIT_UNAVAILABLE."""
    try:
        if not take(f"dial-counted:{call.pk}", limit=1, window=_ASKED_AGAIN).granted:
            return
    except LimitsUnavailable as error:
        raise TetherError(ErrorCode.LIMIT_UNAVAILABLE) from error
    count_dial_by_user(user_id=user_id, organization_id=call.organization_id)
