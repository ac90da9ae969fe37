"""Where a call goes that a carrier asks us about."""

from __future__ import annotations

from dataclasses import replace

from calls.models import VoiceAccount
from calls.providers.endpoint import Nowhere, Route, ToAgent, ToNumber, ToUser
from calls.providers.registry import agents_provider
from calls.reports import CallReport
from calls.selectors.browser_calls.browser_line import browser_line
from calls.selectors.lifecycle.line_of_number import line_of_number
from tether_calls.accounts.models import User
from tether_calls.common.phone import dialable, is_same_number


def route_in(*, organization_id: str, report: CallReport) -> Route:
    """Of a call from a telephone: to the number's agent, else to its user. One statement."""
    line = line_of_number(organization_id=organization_id, report=report)
    if not line.is_open:
        return Nowhere("number_not_open")
    if line.is_answered_by_agent and report.own_number:
        return ToAgent(report.own_number, agents_provider().handover_host())
    return ToUser(line.user_id) if line.user_id is not None else Nowhere("number_of_nobody")


def route_out(*, account: VoiceAccount, user_id: str | None, phone_number: str | None) -> Route:
    """Of a call from a browser: to a telephone, and only for the organization's own users. Two statements.

    Whether that may be called is another question.
    """
    user = browser_user(organization_id=account.organization_id, user_id=user_id)
    if user is None:
        return Nowhere("unknown_user")
    number = dialable(phone_number or "")
    if number is None:
        return Nowhere("number_not_dialable")
    own_number = browser_line(user, carrier=account.provider).phone_number
    if is_same_number(number, own_number):
        return Nowhere("own_number")
    return ToNumber(number, own_number)


def of_browser(report: CallReport, *, account: VoiceAccount, user_id: str | None) -> CallReport:
    """The report with whose browser dials, if it is one of ours, and from which number. Three statements at most."""
    user = browser_user(organization_id=account.organization_id, user_id=user_id)
    if user is None:
        return report
    own_number = report.from_number or browser_line(user, carrier=account.provider).phone_number or None
    return replace(report, user_id=user.pk, from_number=own_number)


def browser_user(*, organization_id: str, user_id: str | None) -> User | None:
    """The organization's user whose browser a provider speaks of. One statement."""
    if user_id is None:
        return None
    return User.objects.of_organization(organization_id).filter(pk=user_id, is_active=True).first()
