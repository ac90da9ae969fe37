"""What is known when somebody asks to call: all that the rules look at, kept with each decision.

No telephone number is among it: facts stay as they are when a person's data is erased.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Literal

import msgspec

# Within which attempts are counted.
WINDOWS_HOURS = (24, 7 * 24, 30 * 24)


# `ConsentPolicy` of the accounts, whose rows this package does not know.
PolicyName = Literal["nothing", "marketing", "all"]


class _Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class ConsentFact(_Fact, frozen=True):
    id: str
    basis: str
    purpose: str
    obtained_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class HoursFact(_Fact, frozen=True):
    """The organization's own calling hours."""

    start: time
    end: time
    weekdays: int
    # For numbers of no place.
    time_zone: str = ""


class CapFact(_Fact, frozen=True):
    """At most so many attempts within so many hours; `nth` was the so-many-newest, None: there are not so many."""

    hours: int
    most: int
    nth: datetime | None = None


class Facts(_Fact, frozen=True):
    """`packs` are the names (code and version) of those that the organization goes by, as far as there are such."""

    at: datetime
    # An agent calls; else a person does, for whom fewer rules hold.
    is_agent: bool
    purpose: str
    country: str = ""
    regions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    is_listed: bool = False
    costly_type: str = ""
    allowed_types: tuple[str, ...] = ()
    consent_policy: PolicyName = "nothing"
    consents: tuple[ConsentFact, ...] = ()
    hours: HoursFact | None = None
    caps: tuple[CapFact, ...] = ()
    packs: tuple[str, ...] = ()
    # Codes that the organization goes by, and no pack has.
    unknown_packs: tuple[str, ...] = ()
    # Public holidays of the regions, as far as the rules may look.
    holidays: dict[str, tuple[date, ...]] = {}
    # Whether the agent says who calls; None: it is not said which agent.
    is_disclosed: bool | None = None
