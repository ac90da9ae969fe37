"""Rule packs: what the law of a country is taken to say, as files that are dated, and never changed once released.

A pack that says nothing of a day, or two things, or names a zone that there is not, is none: `read_pack` refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from tether_calls.common.times import zone_named

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Purpose = Literal["marketing", "service"]
Basis = Literal["express_written", "express", "existing_relationship", "inbound_request"]

_FILES: Final = Path(__file__).parent / "packs"


class BadPack(ValueError):
    """A file of rules that cannot be gone by; `faults` are sentences."""

    def __init__(self, name: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"The rule pack {name} is refused: {'; '.join(faults)}")


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Source(_Part, frozen=True):
    """Where a rule is from. `read`: what was read of it, and by when (`date`); a text that was not read says so."""

    title: str
    date: date
    read: Literal["text", "excerpt", "secondary", "not_read"]
    url: str = ""
    note: str = ""


class Span(_Part, frozen=True):
    """On these days from one time to before another, by the clock where the person called is; or not at all."""

    days: tuple[Day, ...]
    begins: time | None = msgspec.field(default=None, name="from")
    ends: time | None = msgspec.field(default=None, name="to")
    closed: bool = False


class Hours(_Part, frozen=True):
    """When people of some regions may be called; `regions` empty: those of the whole country.

    `zones` are those of the regions, for numbers whose own zone is not known. `holidays` closed: on a public holiday of
    the region nobody is called; else it is a day like others.
    """

    id: str
    title: str
    week: tuple[Span, ...]
    source: str
    regions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    holidays: Literal["open", "closed"] = "open"

    def permits(self, local_date: date, local_time: time, *, is_holiday: bool) -> bool:
        if is_holiday and self.holidays == "closed":
            return False
        day = DAYS[local_date.weekday()]
        return any(
            span.begins <= local_time < span.ends
            for span in self.week
            if day in span.days and span.begins is not None and span.ends is not None
        )

    @property
    def starts(self) -> frozenset[time]:
        """The times at which people may be called from then on; midnight, where a day follows a holiday."""
        return frozenset(span.begins for span in self.week if span.begins is not None)


class Demand(_Part, frozen=True):
    """Calls of these purposes have to have something."""

    purposes: tuple[Purpose, ...]
    source: str


class ConsentDemand(_Part, frozen=True):
    """Which bases are consent to calls of a purpose, where the organization asks for consent."""

    purpose: Purpose
    bases: tuple[Basis, ...]
    source: str


class Pack(_Part, frozen=True):
    """The rules of a country, as they were read by a day: `version`, which is also the day from which they hold."""

    code: str
    version: date
    title: str
    country: str
    covers: str
    does_not_cover: tuple[str, ...]
    purposes: tuple[Purpose, ...]
    sources: dict[str, Source]
    hours: tuple[Hours, ...]
    consent: tuple[ConsentDemand, ...] = ()
    disclosure: Demand | None = None

    @property
    def name(self) -> str:
        """Code and version: what a decision keeps of it."""
        return f"{self.code}@{self.version.isoformat()}"

    def hours_in(self, regions: Sequence[str]) -> tuple[Hours, ...]:
        """The country's, and those of the regions in which a number may be: all of them have to permit a call."""
        return tuple(hours for hours in self.hours if not hours.regions or set(hours.regions) & set(regions))

    def bases_for(self, purpose: str) -> ConsentDemand | None:
        return next((demand for demand in self.consent if demand.purpose == purpose), None)


def read_pack(content: bytes, *, name: str) -> Pack:
    """Raises BadPack."""
    try:
        pack = msgspec.json.decode(content, type=Pack)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadPack(name, [str(error)]) from error
    faults = list(_faults(pack))
    if faults:
        raise BadPack(name, faults)
    return pack


@cache
def all_packs() -> tuple[Pack, ...]:
    """Every version of every pack, the oldest first. Raises BadPack."""
    packs = [read_pack(path.read_bytes(), name=path.name) for path in sorted(_FILES.glob("*.json"))]
    names = [pack.name for pack in packs]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadPack(", ".join(sorted(twice)), ["there are two of this code and version"])
    return tuple(sorted(packs, key=lambda pack: (pack.version, pack.code)))


def pack_named(name: str) -> Pack:
    """By code and version. Raises LookupError for one that there is not (any more)."""
    for pack in all_packs():
        if pack.name == name:
            return pack
    raise LookupError(f"There is no rule pack {name}")


def pack_at(code: str, day: date) -> Pack | None:
    """The version that holds on a day, which on days before all of them is the first; None: there is no such pack."""
    versions = [pack for pack in all_packs() if pack.code == code]
    return next((pack for pack in reversed(versions) if pack.version <= day), versions[0] if versions else None)


# ---- What a pack must be -------------------------------------------------------------------------------------------


def _faults(pack: Pack) -> Iterator[str]:
    of_country = [hours.id for hours in pack.hours if not hours.regions]
    if len(of_country) != 1:
        yield f"one of its hours is to hold for the whole country, not {len(of_country)}"
    ids = [hours.id for hours in pack.hours]
    yield from (f"two of its hours have the id {twice}" for twice in sorted({i for i in ids if ids.count(i) > 1}))
    regions = [region for hours in pack.hours for region in hours.regions]
    yield from (f"{region} has hours twice" for region in sorted({r for r in regions if regions.count(r) > 1}))
    for hours in pack.hours:
        yield from (f"{hours.id}: {fault}" for fault in _faults_of_hours(hours, pack))
    purposes = [demand.purpose for demand in pack.consent]
    yield from (f"says twice what is consent to {twice}" for twice in {p for p in purposes if purposes.count(p) > 1})
    named = [*(h.source for h in pack.hours), *(c.source for c in pack.consent)]
    named += [] if pack.disclosure is None else [pack.disclosure.source]
    yield from (f"there is no source {name}" for name in sorted(set(named) - set(pack.sources)))
    yield from (f"nothing is from the source {name}" for name in sorted(set(pack.sources) - set(named)))


def _faults_of_hours(hours: Hours, pack: Pack) -> Iterator[str]:
    yield from (f"{zone} is no time zone" for zone in hours.zones if zone_named(zone) is None)
    if hours.regions and not hours.zones:
        yield "says of no time zone"
    yield from (f"{region} is not in {pack.country}" for region in hours.regions if _country(region) != pack.country)
    for span in hours.week:
        if span.closed == (span.begins is not None) or (span.begins is None) != (span.ends is None):
            yield f"{', '.join(span.days)}: either closed, or from one time to another"
        elif span.begins is not None and span.ends is not None and span.begins >= span.ends:
            yield f"{', '.join(span.days)}: ends before it begins"
    for day in DAYS:
        yield from (f"{fault} {day}" for fault in _faults_of_day([s for s in hours.week for d in s.days if d == day]))


def _faults_of_day(spans: Sequence[Span]) -> Iterator[str]:
    if not spans:
        yield "a hole: nothing is said of"
    elif len(spans) > 1 and any(span.closed for span in spans):
        yield "an overlap: closed and open on"
    else:
        in_order = sorted(spans, key=lambda span: span.begins or time.min)
        for earlier, later in pairwise(in_order):
            if earlier.ends is not None and later.begins is not None and later.begins < earlier.ends:
                yield "an overlap: two hours meet on"


def _country(region: str) -> str:
    return region.partition("-")[0]


def as_document(pack: Pack) -> Mapping[str, Any]:
    """For people: as it is in its file."""
    document: Mapping[str, Any] = msgspec.to_builtins(pack)
    return document
