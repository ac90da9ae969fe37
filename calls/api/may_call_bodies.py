"""What is asked: may this number be called, now or then, for what, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, ClassVar

from django.utils import timezone

from calls.api.consent_bodies import Purpose
from calls.services.scheduled_calls.schedule import FARTHEST, LATE
from contacts.models import CallPurpose
from tether_calls.common.bodies import Body
from tether_calls.common.errors import Detail
from tether_calls.common.fields import moment, telephone_number, text
from tether_calls.common.wire import UNSET, UnsetType

_At = Annotated[datetime, moment(description="When it would be; else now. Not in the past, within five years.")]
_Agent = Annotated[str, text(max_length=100, description="Which agent would call; else its rule is `unknown`.")]


def _faults_of_time(at: datetime | UnsetType | None) -> Iterator[Detail]:
    if isinstance(at, datetime) and not timezone.now() - LATE <= at <= timezone.now() + FARTHEST:
        yield Detail("at", "Is in the past, or more than five years ahead")


class MayCallRequest(Body):
    """Whom an agent would call."""

    example: ClassVar[dict[str, Any]] = {"phoneNumber": "+14165550199", "purpose": "marketing"}

    phone_number: Annotated[str, telephone_number()]
    purpose: Purpose = CallPurpose.MARKETING.value
    agent_id: _Agent | UnsetType = UNSET
    at: _At | UnsetType = UNSET

    def faults(self) -> Iterator[Detail]:
        return _faults_of_time(self.at)


class PartnerMayCallRequest(Body, rename=None):
    """Whom an agent would call."""

    example: ClassVar[dict[str, Any]] = {"phone_number": "+14165550199", "purpose": "marketing"}

    phone_number: Annotated[str, telephone_number()]
    purpose: Purpose = CallPurpose.MARKETING.value
    agent_id: _Agent | None = None
    at: _At | None = None

    def faults(self) -> Iterator[Detail]:
        return _faults_of_time(self.at)
