"""The fields of Twilio's forms that are read, for the API's document; `payloads` reads them.

https://www.twilio.com/docs/voice/twiml#request-parameters
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from calls.providers.twilio.payloads import ANSWERED_BY, STATUSES
from calls.providers.twilio.texts import STATUSES as TEXT_STATUSES
from tether_calls.common.wire import UNSET, UnsetType, WireStruct

_EXAMPLE = {"AccountSid": "AC0123456789abcdef0123456789abcdef", "CallSid": "CA00000000000000000000000000000001"}


def _words(choices: dict[str, str]) -> msgspec.Meta:
    """Twilio may have others one day."""
    return msgspec.Meta(description=f"{', '.join(choices)}.")


class _TwilioForm(WireStruct, rename="pascal"):
    account_sid: str
    call_sid: str


class _CallForm(_TwilioForm, rename="pascal"):
    from_: str | UnsetType = msgspec.field(name="From", default=UNSET)
    to: str | UnsetType = UNSET
    direction: str | UnsetType = UNSET
    call_status: Annotated[str, _words(STATUSES)] | UnsetType = UNSET


class TwilioVoiceForm(_CallForm, rename="pascal"):
    """A call has reached Twilio."""

    caller_name: str | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {
        **_EXAMPLE,
        "From": "+14165550171",
        "To": "+14165550100",
        "Direction": "inbound",
        "CallStatus": "ringing",
    }


class TwilioStatusForm(_CallForm, rename="pascal"):
    """A leg of a call has got so far; a leg that we have dialled names the other one."""

    parent_call_sid: str | UnsetType = UNSET
    timestamp: Annotated[str, msgspec.Meta(description="RFC 2822.")] | UnsetType = UNSET
    call_duration: Annotated[str, msgspec.Meta(description="Seconds.")] | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {
        **_EXAMPLE,
        "CallSid": "CA00000000000000000000000000000002",
        "ParentCallSid": "CA00000000000000000000000000000001",
        "From": "+14165550100",
        "To": "+14165550134",
        "Direction": "outbound-dial",
        "CallStatus": "completed",
        "Timestamp": "Fri, 15 May 2026 09:13:12 +0000",
        "CallDuration": "63",
    }


class TwilioMachineDetectionForm(_TwilioForm, rename="pascal"):
    """A person has answered, or a machine."""

    answered_by: Annotated[str, _words(ANSWERED_BY)] | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {**_EXAMPLE, "AnsweredBy": "machine_end_beep"}


class TwilioRecordingForm(_TwilioForm, rename="pascal"):
    """A recording is there, or will not be."""

    recording_sid: str | UnsetType = UNSET
    recording_status: Annotated[str, msgspec.Meta(description="completed, absent, failed or in-progress.")] | (
        UnsetType
    ) = UNSET
    recording_url: str | UnsetType = UNSET
    recording_duration: Annotated[str, msgspec.Meta(description="Seconds.")] | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {
        **_EXAMPLE,
        "RecordingSid": "RE0123456789abcdef0123456789abcdef",
        "RecordingStatus": "absent",
    }


class _TextForm(WireStruct, rename="pascal"):
    account_sid: str
    message_sid: str
    from_: str | UnsetType = msgspec.field(name="From", default=UNSET)
    to: str | UnsetType = UNSET


class TwilioTextForm(_TextForm, rename="pascal"):
    """A text to a number of ours: https://www.twilio.com/docs/messaging/guides/webhook-request"""

    body: str | UnsetType = UNSET
    num_media: Annotated[str, msgspec.Meta(description="How many pictures and files it has.")] | UnsetType = UNSET
    opt_out_type: Annotated[str, msgspec.Meta(description="STOP, START, HELP.")] | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {
        "AccountSid": "AC0123456789abcdef0123456789abcdef",
        "MessageSid": "SM00000000000000000000000000000001",
        "From": "+14165550171",
        "To": "+14165550100",
        "Body": "Can you call me back at three?",
        "NumMedia": "0",
    }


class TwilioTextStatusForm(_TextForm, rename="pascal"):
    """A text that we have sent has got so far."""

    message_status: Annotated[str, _words(dict.fromkeys(TEXT_STATUSES, ""))] | UnsetType = UNSET
    error_code: Annotated[str, msgspec.Meta(description="Of one that failed or was not delivered.")] | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {
        "AccountSid": "AC0123456789abcdef0123456789abcdef",
        "MessageSid": "SM00000000000000000000000000000002",
        "From": "+14165550100",
        "To": "+14165550171",
        "MessageStatus": "delivered",
    }
