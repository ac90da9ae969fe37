"""What the endpoints of calls in browsers are sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from calls.selectors.find_call import CallNames
from tether_calls.common.bodies import Body
from tether_calls.common.errors import Detail
from tether_calls.common.fields import NO_PHONE_NUMBER, note, telephone_number, text
from tether_calls.common.phone import e164_of
from tether_calls.common.wire import UNSET, UnsetType, or_none

MAX_CONFERENCE_ID = 255


class CallsInitiateSdkCallRequest(Body):
    """At least one of `contactId` and `phoneNumber`; of both, `contactId` counts."""

    example: ClassVar[dict[str, Any]] = {"contactId": "64f0a1b2c3d4e5f6a7b8c9d0", "phoneNumber": "+14165550199"}

    at_least_one_of: ClassVar[tuple[str, ...]] = ("contact_id", "phone_number")
    as_specified: ClassVar[bool] = True
    blank_is_absent: ClassVar[bool] = True

    contact_id: Annotated[str, text(description="The contact to dial, at its number.")] | UnsetType = UNSET
    phone_number: (
        Annotated[
            str,
            text(
                description=(
                    "With its country code; where no contact has this number the call is recorded without one. Not"
                    " looked at beside `contactId`."
                )
            ),
        ]
        | UnsetType
    ) = UNSET

    def faults(self) -> Iterable[Detail]:
        if self.contact_id is UNSET and self.number is None:
            yield Detail("phoneNumber", NO_PHONE_NUMBER)

    @property
    def number(self) -> str | None:
        """What was dialled, in E.164."""
        return None if self.phone_number is UNSET else e164_of(self.phone_number)


class CallsInboundSdkCallRequest(Body):
    """Who is calling."""

    example: ClassVar[dict[str, Any]] = {"callerNumber": "+14165550171"}

    blank_is_absent: ClassVar[bool] = True

    caller_number: Annotated[
        str,
        telephone_number(
            may_have_extension=True,
            may_be_hidden=True,
            description="With its country code, or what the SDK has of a caller who shows no number: `anonymous`.",
        ),
    ]


class _CallNamesBody(Body):
    at_least_one_of: ClassVar[tuple[str, ...]] = ("call_id", "twilio_call_sid", "caller_number")
    blank_is_absent: ClassVar[bool] = True

    call_id: Annotated[str, text(description="Our id of the call.")] | UnsetType = UNSET
    twilio_call_sid: Annotated[str, text(description="Twilio's id of the call.")] | UnsetType = UNSET
    caller_number: (
        Annotated[
            str,
            text(
                description=(
                    "The newest call of the last 5 minutes that still rings from there; of callers who show no number"
                    " the only one that rings for the user."
                )
            ),
        ]
        | UnsetType
    ) = UNSET

    @property
    def names(self) -> CallNames:
        return CallNames(
            call_id=or_none(self.call_id),
            provider_call_id=or_none(self.twilio_call_sid),
            caller_number=or_none(self.caller_number),
        )


class CallsRejectSdkCallRequest(_CallNamesBody):
    """At least one name of the call; the first that leads to one counts, in this order."""

    example: ClassVar[dict[str, Any]] = {"callId": "64f0a1b2c3d4e5f6a7b8cb00"}


class CallsAnswerSdkCallRequest(_CallNamesBody):
    """At least one name of the call; the first that leads to one counts, in this order."""

    example: ClassVar[dict[str, Any]] = {"callId": "64f0a1b2c3d4e5f6a7b8cb00", "callerNumber": "+14165550171"}

    conference_id: (
        Annotated[
            str,
            text(
                max_length=MAX_CONFERENCE_ID,
                description="The Twilio conference that the agent meets the caller in; kept in `providerMetadata`.",
            ),
        ]
        | UnsetType
    ) = UNSET


class CallsDiscardCallRequest(Body):
    """Nothing is required."""

    example: ClassVar[dict[str, Any]] = {"contactId": "64f0a1b2c3d4e5f6a7b8c9d0", "deleteContact": True}

    blank_is_absent: ClassVar[bool] = True
    may_be_left_out: ClassVar[bool] = True

    contact_id: (
        Annotated[str, text(description="The contact that may go too; the call's, where it is left out.")] | UnsetType
    ) = UNSET
    delete_contact: Annotated[
        bool, note("Delete the contact, if it is a placeholder of the dialpad without other calls.")
    ] = False
