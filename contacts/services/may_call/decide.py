"""May this number be called: what is known is read, then judged. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, cast

from contacts.models import CallPurpose, DialPath
from contacts.rules.facts import WINDOWS_HOURS, CapFact, Facts, HoursFact, PolicyName
from contacts.rules.holidays import holidays_near
from contacts.rules.judge import Verdict, judge
from contacts.rules.packs import Pack, pack_at
from contacts.rules.regions import regions_of
from contacts.selectors.decisions import Attempt, newest_attempts
from contacts.selectors.permission import Asked, asked_organization
from tether_calls.accounts.models import Organization
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.number_types import costly_type
from tether_calls.common.phone import possible_zones, region_of
from tether_calls.common.times import to_wire

# How far ahead of today limits of attempts may move a call.
_LONGEST_WINDOW: Final = timedelta(hours=max(WINDOWS_HOURS))


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who asks to call which number (E.164), and for what; `is_disclosed`: whether the agent says who calls.

    None: it is not said which agent calls. `call_id` is that of the call that there is already: a browser's.
    """

    organization_id: str
    phone_number: str
    path: DialPath
    at: datetime
    purpose: CallPurpose = CallPurpose.MARKETING
    user_id: str | None = None
    api_key_id: str | None = None
    agent_id: str | None = None
    is_disclosed: bool | None = None
    scheduled_call_id: str | None = None
    call_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was found; `attempt`: which attempt of its number it would be, None where these are not limited.

    `is_repeated`: it was decided before, since a carrier asks about the same call again.
    """

    asking: Asking
    facts: Facts
    verdict: Verdict
    attempt: int | None = None
    is_repeated: bool = False


class CallRefused(TetherError):
    """A rule does not let the number be called; `next_allowed_at`: from when on nothing would be in the way."""

    def __init__(self, code: ErrorCode, message: str | None = None, *, next_allowed_at: datetime | None = None) -> None:
        more = {} if next_allowed_at is None else {"nextAllowedAt": to_wire(next_allowed_at)}
        super().__init__(code, message, more=more)
        self.next_allowed_at = next_allowed_at


class AttemptTaken(Exception):
    """Somebody else has dialled the number since this was decided: it is to be decided anew."""


def may_call(asking: Asking) -> Decision:
    """What every rule says of an agent's call. One statement; two where the organization limits attempts."""
    asked = asked_organization(
        organization_id=asking.organization_id, phone_number=asking.phone_number, with_consents=True
    )
    attempts = _attempts(asking, asked.organization)
    return _decided(asking, asked, attempts, is_agent=True)


def may_the_browser_call(asking: Asking) -> Decision:
    """The same of a call that a person makes: Do Not Call, costly numbers, attempts. One statement, or two."""
    asked = asked_organization(
        organization_id=asking.organization_id, phone_number=asking.phone_number, with_consents=False
    )
    attempts = _attempts(asking, asked.organization)
    decision = _decided(asking, asked, attempts, is_agent=False)
    if attempts is not None and any(attempt.call_id == asking.call_id for attempt in attempts):
        return replace(decision, is_repeated=True)
    return decision


def require_allowed(decision: Decision, *, but_for: ErrorCode | None = None) -> None:
    """Raises CallRefused with what the rules say, unless that is `but_for`."""
    verdict = decision.verdict
    if verdict.code is not None and verdict.code != but_for:
        raise CallRefused(verdict.code, next_allowed_at=verdict.next_allowed_at)


def check_may_be_planned(asking: Asking, *, begins: datetime) -> datetime:
    """The first minute from `begins` on at which a call may be made, as far as is known today. One statement.

    Attempts are counted when it is dialled, and consent is asked for then once more. Raises CallRefused.
    """
    asked = asked_organization(
        organization_id=asking.organization_id, phone_number=asking.phone_number, with_consents=True
    )
    today = judge(_facts(asking, asked, None, is_agent=True))
    if today.code is not None and today.code is not ErrorCode.OUTSIDE_CALLING_HOURS:
        raise CallRefused(today.code)
    then = replace(asking, at=begins)
    # Consent is what it is today: it may be renewed until then, or have expired.
    consents_of_today = _facts(then, replace(asked, consents=()), None, is_agent=True, policy="nothing")
    verdict = judge(consents_of_today)
    if verdict.is_allowed:
        return begins
    if verdict.next_allowed_at is None:
        raise CallRefused(
            verdict.code or ErrorCode.OUTSIDE_CALLING_HOURS, "The calling hours never permit a call to this number"
        )
    return verdict.next_allowed_at


def _decided(asking: Asking, asked: Asked, attempts: list[Attempt] | None, *, is_agent: bool) -> Decision:
    facts = _facts(asking, asked, attempts, is_agent=is_agent)
    attempt = None if attempts is None else 1 + (attempts[0].number if attempts else 0)
    return Decision(asking=asking, facts=facts, verdict=judge(facts), attempt=attempt)


def _attempts(asking: Asking, organization: Organization) -> list[Attempt] | None:
    """None where the organization does not limit them."""
    limits = [most for _, most in _limits(organization)]
    if not limits:
        return None
    return newest_attempts(organization_id=asking.organization_id, phone_number=asking.phone_number, most=max(limits))


def _limits(organization: Organization) -> list[tuple[int, int]]:
    limits = (organization.attempts_per_day, organization.attempts_per_week, organization.attempts_per_month)
    return [(hours, most) for hours, most in zip(WINDOWS_HOURS, limits, strict=True) if most is not None]


def _facts(
    asking: Asking, asked: Asked, attempts: list[Attempt] | None, *, is_agent: bool, policy: str | None = None
) -> Facts:
    organization, number = asked.organization, asking.phone_number
    regions = regions_of(number)
    packs, unknown = _packs(organization, asking.at) if is_agent else ([], ())
    return Facts(
        at=asking.at,
        is_agent=is_agent,
        purpose=asking.purpose.value,
        country=region_of(number),
        regions=regions,
        zones=tuple(zone.key for zone in possible_zones(number)),
        is_listed=asked.is_listed,
        costly_type=costly_type(number) or "",
        allowed_types=tuple(organization.allowed_number_types),
        consent_policy=cast(PolicyName, policy or organization.consent_policy),
        consents=asked.consents,
        hours=None
        if asked.hours is None
        else HoursFact(
            start=asked.hours.start,
            end=asked.hours.end,
            weekdays=asked.hours.weekdays,
            time_zone=asked.hours.time_zone,
        ),
        caps=() if attempts is None else _caps(organization, attempts),
        packs=tuple(pack.name for pack in packs),
        unknown_packs=unknown,
        holidays=_holidays(packs, regions, asking.at),
        is_disclosed=asking.is_disclosed,
    )


def _caps(organization: Organization, attempts: list[Attempt]) -> tuple[CapFact, ...]:
    return tuple(
        CapFact(hours=hours, most=most, nth=attempts[most - 1].at if len(attempts) >= most else None)
        for hours, most in _limits(organization)
    )


def _packs(organization: Organization, at: datetime) -> tuple[list[Pack], tuple[str, ...]]:
    """Those that the organization goes by, and the codes of which there are no rules here."""
    found = {str(code): pack_at(str(code), at.date()) for code in organization.rule_packs}
    return [pack for pack in found.values() if pack], tuple(code for code, pack in found.items() if pack is None)


def _holidays(packs: list[Pack], regions: tuple[str, ...], at: datetime) -> dict[str, tuple[date, ...]]:
    closed = {
        region
        for pack in packs
        for hours in pack.hours
        if hours.holidays == "closed"
        for region in set(hours.regions) & set(regions)
    }
    return {region: holidays_near(region, at, ahead=_LONGEST_WINDOW) for region in sorted(closed)}
