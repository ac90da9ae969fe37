"""May the call be made: every rule, asked of what is known. The same facts always have the same answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from contacts.rules.facts import CapFact, ConsentFact, Facts
from contacts.rules.packs import Hours, Pack, pack_named
from tether_calls.common.errors import ErrorCode
from tether_calls.common.times import zone_named
from tether_calls.common.weekly_hours import WeeklyHours, first_permitted

Result = Literal["pass", "fail", "unknown"]

# What one is asked for covers, from the least to the most: consent to marketing is consent to service calls.
_PURPOSES: Final = ("service", "marketing")
_POLICIES: Final = {"nothing": (), "marketing": ("marketing",), "all": ("service", "marketing")}
_WINDOWS: Final = {24: "24 hours", 168: "7 days", 720: "30 days"}


class RuleResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one rule: `detail` is a sentence, `source` names the text that the rule is from."""

    rule: str
    result: Result
    detail: str
    source: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`next_allowed_at`: the first minute at which nothing would be in the way, where time alone is."""

    is_allowed: bool
    code: ErrorCode | None
    next_allowed_at: datetime | None
    rules: tuple[RuleResult, ...]


def judge(facts: Facts) -> Verdict:
    """Every rule that holds for who calls. Raises LookupError where a pack of the facts is not there any more."""
    asked = _AGENTS if facts.is_agent else _PEOPLES
    results: list[RuleResult] = []
    code: ErrorCode | None = None
    only_time = True
    for rule, its_code in asked:
        found = rule(facts)
        results += found
        if any(result.result == "fail" for result in found):
            code = code or its_code
            only_time = only_time and its_code in _OF_TIME
    next_at = _next_allowed(facts) if code is not None and only_time else None
    return Verdict(is_allowed=code is None, code=code, next_allowed_at=next_at, rules=tuple(results))


# ---- The rules -----------------------------------------------------------------------------------------------------


def _do_not_call(facts: Facts) -> list[RuleResult]:
    if facts.is_listed:
        return [RuleResult(rule="do_not_call", result="fail", detail="The number is on the Do Not Call list")]
    return [RuleResult(rule="do_not_call", result="pass", detail="The number is not on the Do Not Call list")]


def _number_type(facts: Facts) -> list[RuleResult]:
    is_refused = facts.costly_type != "" and facts.costly_type not in facts.allowed_types
    named = facts.costly_type.replace("_", " ") or "ordinary"
    detail = f"The number is of the type: {named}"
    return [RuleResult(rule="number_type", result="fail" if is_refused else "pass", detail=detail)]


def _consent(facts: Facts) -> list[RuleResult]:
    if facts.purpose not in _POLICIES[facts.consent_policy]:
        detail = f"The organization asks for no consent to {facts.purpose} calls"
        return [RuleResult(rule="consent", result="pass", detail=detail)]
    demands = [demand for pack in _packs_of_number(facts) if (demand := pack.bases_for(facts.purpose)) is not None]
    source = "; ".join(demand.source for demand in demands)
    why: list[str] = []
    for consent in facts.consents:
        fault = _fault_of_consent(consent, facts)
        if fault is None and any(consent.basis not in demand.bases for demand in demands):
            fault = f"{consent.basis} is no consent to {facts.purpose} calls there"
        if fault is None:
            detail = f"Consent {consent.id}: {consent.basis}, to {consent.purpose} calls"
            return [RuleResult(rule="consent", result="pass", detail=detail, source=source)]
        why.append(f"{consent.id}: {fault}")
    detail = f"No consent to {facts.purpose} calls" + (f" ({'; '.join(why[:5])})" if why else " is known")
    return [RuleResult(rule="consent", result="fail", detail=detail, source=source)]


def _fault_of_consent(consent: ConsentFact, facts: Facts) -> str | None:
    if _PURPOSES.index(consent.purpose) < _PURPOSES.index(facts.purpose):
        return f"it is to {consent.purpose} calls"
    if consent.obtained_at > facts.at:
        return "it is not given yet"
    if consent.expires_at is not None and consent.expires_at <= facts.at:
        return "it has expired"
    if consent.revoked_at is not None and consent.revoked_at <= facts.at:
        return "it is revoked"
    # Who takes back one consent takes back those of before that go as far, whoever wrote them down.
    for other in facts.consents:
        reaches = _PURPOSES.index(other.purpose) <= _PURPOSES.index(consent.purpose)
        if reaches and other.revoked_at is not None and consent.obtained_at <= other.revoked_at <= facts.at:
            return "one like it was revoked since"
    return None


def _disclosure(facts: Facts) -> list[RuleResult]:
    demands = [
        pack.disclosure
        for pack in _packs_of_number(facts)
        if pack.disclosure is not None and facts.purpose in pack.disclosure.purposes
    ]
    source = "; ".join(demand.source for demand in demands)
    if facts.is_disclosed:
        return [RuleResult(rule="disclosure", result="pass", detail="The agent says first who calls", source=source)]
    if facts.is_disclosed is None:
        return [RuleResult(rule="disclosure", result="unknown", detail="It is not said which agent calls")]
    detail = "The agent has no disclosure"
    return [RuleResult(rule="disclosure", result="fail" if demands else "pass", detail=detail, source=source)]


def _calling_hours(facts: Facts) -> list[RuleResult]:
    if facts.hours is None:
        return [RuleResult(rule="calling_hours", result="pass", detail="The organization has no calling hours")]
    zones = _own_zones(facts)
    if not zones:
        detail = "The number belongs to no time zone, and the organization has none for such numbers"
        return [RuleResult(rule="calling_hours", result="fail", detail=detail)]
    hours = f"{facts.hours.start:%H:%M} to {facts.hours.end:%H:%M}"
    detail = f"The organization calls from {hours}; {_clocks(facts.at, zones)}"
    result: Result = "pass" if _within_own(facts, facts.at) else "fail"
    return [RuleResult(rule="calling_hours", result=result, detail=detail)]


def _unknown_packs(facts: Facts) -> list[RuleResult]:
    """Where it is not known what a rule says, nobody is called; no result where all are known."""
    return [
        RuleResult(
            rule=code,
            result="fail",
            detail=f"The organization goes by the rule pack {code}, and there is none: nobody knows what it permits",
        )
        for code in facts.unknown_packs
    ]


def _rule_packs(facts: Facts) -> list[RuleResult]:
    results: list[RuleResult] = []
    for name in facts.packs:
        pack = pack_named(name)
        if pack.country != facts.country:
            detail = f"{pack.title}: says nothing of numbers of this country"
            results.append(RuleResult(rule=pack.code, result="unknown", detail=detail))
        elif facts.purpose not in pack.purposes:
            detail = f"{pack.title}: its hours are for {' and '.join(pack.purposes)} calls"
            results.append(RuleResult(rule=pack.code, result="pass", detail=detail))
        else:
            results += [_of_hours(pack, hours, facts) for hours in pack.hours_in(facts.regions)]
    return results


def _of_hours(pack: Pack, hours: Hours, facts: Facts) -> RuleResult:
    zones = _zones_of(hours, facts)
    title = f"{pack.title}, {hours.title}"
    if not zones:
        detail = f"{title}: the number belongs to no time zone, so that no hour is known to be right"
        return RuleResult(rule=f"{pack.code}:{hours.id}", result="fail", detail=detail, source=hours.source)
    is_within = _permits(hours, facts, facts.at, zones)
    return RuleResult(
        rule=f"{pack.code}:{hours.id}",
        result="pass" if is_within else "fail",
        detail=f"{title}; {_clocks(facts.at, zones)}",
        source=hours.source,
    )


def _attempts(facts: Facts) -> list[RuleResult]:
    if not facts.caps:
        return [RuleResult(rule="attempts", result="pass", detail="The organization has no limit of attempts")]
    return [
        RuleResult(
            rule=f"attempts:{cap.hours}h",
            result="fail" if (free := _free_from(cap)) is not None and free > facts.at else "pass",
            detail=f"At most {cap.most} attempts in {_WINDOWS.get(cap.hours, f'{cap.hours} hours')}",
        )
        for cap in facts.caps
    ]


_Rule = tuple[Callable[[Facts], list[RuleResult]], ErrorCode]
_LISTED: Final[_Rule] = (_do_not_call, ErrorCode.DO_NOT_CALL)
_TYPED: Final[_Rule] = (_number_type, ErrorCode.NUMBER_TYPE_NOT_ALLOWED)
_CAPPED: Final[_Rule] = (_attempts, ErrorCode.TOO_MANY_ATTEMPTS)
# In the order in which they are told: what no time mends comes first.
_AGENTS: Final[tuple[_Rule, ...]] = (
    _LISTED,
    _TYPED,
    (_consent, ErrorCode.CONSENT_MISSING),
    (_disclosure, ErrorCode.AGENT_NOT_COMPLIANT),
    (_unknown_packs, ErrorCode.RULE_PACK_UNKNOWN),
    (_calling_hours, ErrorCode.OUTSIDE_CALLING_HOURS),
    (_rule_packs, ErrorCode.OUTSIDE_CALLING_HOURS),
    _CAPPED,
)
_PEOPLES: Final[tuple[_Rule, ...]] = (_LISTED, _TYPED, _CAPPED)
_OF_TIME: Final = frozenset((ErrorCode.OUTSIDE_CALLING_HOURS, ErrorCode.TOO_MANY_ATTEMPTS))
RULE_CODES: Final = frozenset(code for _, code in _AGENTS)


# ---- Times ---------------------------------------------------------------------------------------------------------


def _next_allowed(facts: Facts) -> datetime | None:
    """The first minute from then on that hours and limits permit; None: there is none that is known."""
    after = max([facts.at, *(free for cap in facts.caps if (free := _free_from(cap)) is not None)])
    if not facts.is_agent:
        return after
    own = _own_zones(facts)
    packs = [pack for pack in _packs_of_number(facts) if facts.purpose in pack.purposes]
    hours = [hours for pack in packs for hours in pack.hours_in(facts.regions)]
    if (facts.hours is not None and not own) or any(not _zones_of(each, facts) for each in hours):
        return None
    zones = {zone.key: zone for zones in (own, *(_zones_of(each, facts) for each in hours)) for zone in zones}
    starts: set[time] = {start for each in hours for start in each.starts}
    if facts.hours is not None:
        starts.add(facts.hours.start)

    def permits(at: datetime) -> bool:
        return _within_own(facts, at) and all(_permits(each, facts, at, _zones_of(each, facts)) for each in hours)

    return first_permitted(after=after, zones=list(zones.values()), starts=starts, permits=permits)


def _free_from(cap: CapFact) -> datetime | None:
    """When the oldest of as many attempts as there may be is out of the window; None: there are fewer."""
    return None if cap.nth is None else cap.nth + timedelta(hours=cap.hours)


def _within_own(facts: Facts, at: datetime) -> bool:
    if facts.hours is None:
        return True
    hours = WeeklyHours(facts.hours.start, facts.hours.end, facts.hours.weekdays)
    zones = _own_zones(facts)
    return bool(zones) and all(hours.include(at.astimezone(zone)) for zone in zones)


def _permits(hours: Hours, facts: Facts, at: datetime, zones: Sequence[ZoneInfo]) -> bool:
    regions = set(hours.regions) & set(facts.regions)
    holidays = {day for region in regions for day in facts.holidays.get(region, ())}
    for zone in zones:
        local = at.astimezone(zone)
        if not hours.permits(local.date(), local.time(), is_holiday=local.date() in holidays):
            return False
    return True


def _own_zones(facts: Facts) -> tuple[ZoneInfo, ...]:
    known = _zones(facts.zones)
    if not known and facts.hours is not None and facts.hours.time_zone:
        return _zones((facts.hours.time_zone,))
    return known


def _zones_of(hours: Hours, facts: Facts) -> tuple[ZoneInfo, ...]:
    return _zones(facts.zones) or _zones(hours.zones)


def _zones(names: Sequence[str]) -> tuple[ZoneInfo, ...]:
    zones = [zone_named(name) for name in names]
    # One that this machine does not know could be any.
    return () if None in zones else tuple(zone for zone in zones if zone is not None)


def _packs_of_number(facts: Facts) -> list[Pack]:
    return [pack for pack in map(pack_named, facts.packs) if pack.country == facts.country]


def _clocks(at: datetime, zones: Sequence[ZoneInfo]) -> str:
    shown = [f"{at.astimezone(zone):%a %H:%M} in {zone.key}" for zone in zones[:3]]
    return f"it is {', '.join(shown)}" + (" and others" if len(zones) > 3 else "")
