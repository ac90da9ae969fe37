"""Rule packs as staff see them: each version, what it says of which days, from where, and who goes by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils import timezone

from contacts.models import CallPurpose, ConsentBasis
from contacts.rules.packs import DAYS, ConsentDemand, Hours, Pack, Source, Span, all_packs, pack_at
from tether_calls.accounts.models import Organization

_COUNTRIES: Final = {"CA": "Canada", "US": "the United States"}
READ: Final = {
    "text": "read",
    "excerpt": "read in part",
    "secondary": "read in summaries of others",
    "not_read": "not read",
}


@dataclass(frozen=True)
class ShownHours:
    """`days`: each with its hours, such as `Mon, Tue: 08:00 to 21:00`."""

    title: str
    days: Sequence[str]
    source: str


@dataclass(frozen=True)
class ShownSource:
    name: str
    source: Source
    read: str


@dataclass(frozen=True)
class ShownPack:
    """`is_in_force`: decisions of today go by this version. `organizations`: those that do, of whom one sees."""

    pack: Pack
    country: str
    is_in_force: bool
    until: date | None
    hours: Sequence[ShownHours]
    consent: Sequence[str]
    sources: Sequence[ShownSource]
    organizations: Sequence[Organization]


def shown_packs(user: Any) -> list[ShownPack]:
    """The newest version of a pack first. One statement."""
    today = timezone.now().date()
    using = _using(user)
    shown = []
    for pack in sorted(all_packs(), key=lambda each: (each.code, -each.version.toordinal())):
        later = [each.version for each in all_packs() if each.code == pack.code and each.version > pack.version]
        is_in_force = pack_at(pack.code, today) == pack
        shown.append(
            ShownPack(
                pack=pack,
                is_in_force=is_in_force,
                until=min(later, default=None),
                hours=[_hours(hours) for hours in pack.hours],
                country=_COUNTRIES.get(pack.country, pack.country),
                consent=[_consent(each) for each in pack.consent],
                sources=[ShownSource(name, source, READ[source.read]) for name, source in pack.sources.items()],
                organizations=using[pack.code] if is_in_force else [],
            )
        )
    return shown


def _using(user: Any) -> dict[str, list[Organization]]:
    """By the pack's code: all organizations for superusers, the own one for others."""
    organizations = Organization.objects.exclude(rule_packs=[]).order_by("name", "pk")
    if not user.is_superuser:
        organizations = organizations.filter(pk=user.organization_id)
    using: dict[str, list[Organization]] = defaultdict(list)
    for organization in organizations:
        for code in organization.rule_packs:
            using[code].append(organization)
    return using


def _hours(hours: Hours) -> ShownHours:
    return ShownHours(
        title=hours.title if hours.regions else "The whole country",
        days=[*map(_day, hours.week), *(["Public holidays: nobody"] if hours.holidays == "closed" else [])],
        source=hours.source,
    )


def _day(span: Span) -> str:
    days = _days(span.days)
    if span.begins is None or span.ends is None:
        return f"{days}: nobody"
    return f"{days}: {span.begins:%H:%M} to {span.ends:%H:%M}"


def _days(days: Sequence[str]) -> str:
    """`Every day`, `Mon to Fri`, `Sat, Sun`."""
    names = [day.capitalize() for day in days]
    if len(names) == len(DAYS):
        return "Every day"
    begin = DAYS.index(days[0])
    is_a_row = len(days) > 2 and tuple(days) == DAYS[begin : begin + len(days)]
    return f"{names[0]} to {names[-1]}" if is_a_row else ", ".join(names)


def _consent(demand: ConsentDemand) -> str:
    bases = "; ".join(ConsentBasis(basis).label for basis in demand.bases)
    return f"{CallPurpose(demand.purpose).label} calls: {bases} ({demand.source})"
