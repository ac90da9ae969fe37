"""What a call is for, and that the person has consented to it, as frontends and partners tell it with a dial."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec

from contacts.models import CallPurpose, Consent, ConsentBasis
from contacts.services.consents import Given, fault_of_times
from tether_calls.common.bodies import Body
from tether_calls.common.errors import Detail
from tether_calls.common.fields import moment, text

if TYPE_CHECKING:
    _Basis: TypeAlias = str
    _Purpose: TypeAlias = str
else:
    _Basis = Literal[tuple(ConsentBasis.values)]
    _Purpose = Literal[tuple(CallPurpose.values)]

Purpose = Annotated[_Purpose, msgspec.Meta(description="What the person is called for; else `marketing`.")]
Basis = Annotated[_Basis, msgspec.Meta(description="On what the consent rests.")]
Obtained = Annotated[datetime, moment(description="When it was given; not in the future.")]
Evidence = Annotated[
    str, text(max_length=Consent.EVIDENCE_MAX, may_be_blank=True, description="What shows it: a text, an address.")
]


class DialConsent(Body):
    """That the person has consented to being called; it is kept, whatever comes of the call."""

    example: ClassVar[dict[str, Any]] = {
        "basis": "express_written",
        "obtainedAt": "2026-05-01T15:00:00.000Z",
        "evidence": "https://example.com/forms/4711",
    }

    basis: Basis
    obtained_at: Obtained
    evidence: Evidence = ""

    def faults(self) -> Iterable[Detail]:
        if fault := fault_of_times(self.given):
            yield Detail("obtainedAt", fault[1])

    @property
    def given(self) -> Given:
        return Given(basis=ConsentBasis(self.basis), obtained_at=self.obtained_at, evidence=self.evidence)


class PartnerDialConsent(Body, rename=None):
    """That the person has consented to being called; it is kept, whatever comes of the call."""

    example: ClassVar[dict[str, Any]] = {
        "basis": "express_written",
        "obtained_at": "2026-05-01T15:00:00.000Z",
        "evidence": "https://example.com/forms/4711",
    }

    basis: Basis
    obtained_at: Obtained
    evidence: Evidence = ""

    def faults(self) -> Iterable[Detail]:
        if fault := fault_of_times(self.given):
            yield Detail("obtained_at", fault[1])

    @property
    def given(self) -> Given:
        return Given(basis=ConsentBasis(self.basis), obtained_at=self.obtained_at, evidence=self.evidence)
