"""What the endpoints of single calls are sent; other subjects have modules of their own, `…_bodies`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import msgspec

from calls.api.consent_bodies import DialConsent, Purpose
from calls.api.scheduled_bodies import CallSchedule
from calls.models.label import MAX_TAGS
from calls.services.review.review_call import CallReview
from tether_calls.common.bodies import Body, given
from tether_calls.common.errors import Detail
from tether_calls.common.fields import note, object_id, text
from tether_calls.common.wire import UNSET, UnsetType

MAX_CALL_REASON = 5_000


class CallReviewRequest(Body):
    """What people make of a call; what is not given stays as it is."""

    example: ClassVar[dict[str, Any]] = {
        "tags": ["64f0a1b2c3d4e5f6a7b8dd01"],
        "disposition": "64f0a1b2c3d4e5f6a7b8ee01",
        "isStarred": True,
    }

    at_least_one_of: ClassVar[tuple[str, ...]] = ("tags", "disposition", "is_starred")

    tags: (
        Annotated[
            list[Annotated[str, object_id()]],
            msgspec.Meta(max_length=MAX_TAGS, description="The ids of all its tags, in place of those that it has."),
        ]
        | UnsetType
    ) = UNSET
    disposition: Annotated[str, object_id(description="An id; null takes it away.")] | UnsetType | None = UNSET
    is_starred: bool | UnsetType = UNSET

    @property
    def changes(self) -> CallReview:
        changes: CallReview = given(self)  # type: ignore[assignment]  # the fields are its keys
        return changes


class CallsInitiateOutboundAiCallRequest(Body):
    """Either `contactId` or `phoneNumber` must be given; `phoneNumber` finds the contact, or makes one."""

    example: ClassVar[dict[str, Any]] = {
        "contactId": "64f0a1b2c3d4e5f6a7b8c9d0",
        "agentId": "64f0a1b2c3d4e5f6a7b8cc00",
        "fromNumber": "+14165550100",
        "callReason": "Follow up on insurance quote",
    }

    as_specified: ClassVar[bool] = True
    blank_is_absent: ClassVar[bool] = True

    contact_id: Annotated[str, text()] | UnsetType = UNSET
    phone_number: (
        Annotated[str, text(description="With its country code; the `+` is added where it is missing.")] | UnsetType
    ) = UNSET
    agent_id: (
        Annotated[
            str,
            text(description="The agent that calls, synced with ElevenLabs; else the first that is enabled for voice."),
        ]
        | UnsetType
    ) = UNSET
    from_number: (
        Annotated[str, text(description="A Sinch number of the user that is enabled for AI; else the first such one.")]
        | UnsetType
    ) = UNSET
    call_reason: (
        Annotated[str, text(description="For the agent, as its dynamic variable `call_reason`.")] | UnsetType
    ) = UNSET
    schedule: Annotated[CallSchedule, note("To be called at a time, and not at once.")] | UnsetType = UNSET
    purpose: Purpose | UnsetType = UNSET
    consent: Annotated[DialConsent, note("That the person has consented to being called.")] | UnsetType = UNSET

    def faults(self) -> Iterable[Detail]:
        if self.call_reason is not UNSET and len(self.call_reason) > MAX_CALL_REASON:
            yield Detail("callReason", f"Longer than {MAX_CALL_REASON} characters")
