"""A Twilio call, how the API shows it, and what the requests to us tell of it.

https://www.twilio.com/docs/voice/api/call-resource
https://www.twilio.com/docs/voice/twiml#request-parameters
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, ClassVar
from urllib.parse import urldefrag, urlencode

from calls.demo.simulator.callbacks import Callback, Repetition
from calls.demo.simulator.config import TwilioAccount
from calls.demo.simulator.phone import Outcome, PhoneCall, new_id

_VERSION = "2010-04-01"
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides: 15 s, and by default one more attempt, and
# that only where the connection failed.
_SECONDS = 15.0
REPETITION = Repetition(pauses=(0,), after=lambda reply: reply.problem == "connection")

FINAL = ("completed", "busy", "failed", "no-answer", "canceled")


def signature(auth_token: str, url: str, parameters: Mapping[str, str]) -> str:
    """X-Twilio-Signature of a form: https://www.twilio.com/docs/usage/security."""
    text = url + "".join(name + parameters[name] for name in sorted(parameters))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def rfc_2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment.astimezone(UTC))


@dataclass(kw_only=True, eq=False)
class TwilioCall(PhoneCall):
    """`direction` is Twilio's: inbound, outbound-api or outbound-dial."""

    provider: ClassVar[str] = "twilio"

    account: TwilioAccount
    parent: TwilioCall | None = None
    # Where its progress is reported, and which events of it.
    status_callback: str = ""
    status_events: tuple[str, ...] = ("completed",)
    # Where its recording is reported, once the call is over.
    recording_callback: str = ""
    recording_source: str = ""
    recording_sid: str = ""
    # While it is made: in-progress, or paused, and how it was asked to pause.
    recording_status: str = "in-progress"
    pause_behavior: str = ""
    amd_callback: str = ""
    # Whether the leg that it has dialled was answered.
    is_bridged: bool = False
    _sequence: int = field(default=0, init=False)

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def uri(self) -> str:
        return f"/{_VERSION}/Accounts/{self.account.account_sid}/Calls/{self.id}.json"

    @property
    def recording_path(self) -> str:
        return f"/{_VERSION}/Accounts/{self.account.account_sid}/Recordings/{self.recording_sid}"

    @property
    def is_recorded_now(self) -> bool:
        """From the moment that the other leg is answered: record-from-answer."""
        return bool(self.recording_sid) and self.is_bridged and not self.is_final

    def as_document(self) -> dict[str, Any]:
        told = super().as_document()
        recording = {"recording": self.recording_status, "pauseBehavior": self.pause_behavior}
        return {**told, **recording} if self.is_recorded_now else told

    def details(self) -> dict[str, Any]:
        return {
            "sid": self.id,
            "account_sid": self.account.account_sid,
            "parent_call_sid": self.parent.id if self.parent else None,
            "to": self.to_number,
            "to_formatted": self.to_number,
            "from": self.from_number,
            "from_formatted": self.from_number,
            "phone_number_sid": None,
            "status": self.status,
            "start_time": rfc_2822(self.answered),
            "end_time": rfc_2822(self.ended),
            "duration": str(self.duration) if self.is_final else None,
            "price": None,
            "price_unit": "USD",
            "direction": self.direction,
            "answered_by": "human" if self.amd_callback and self.answered else None,
            "annotation": None,
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None,
            "queue_time": "0",
            "trunk_sid": None,
            "api_version": _VERSION,
            "date_created": rfc_2822(self.started),
            "date_updated": rfc_2822(self.ended or self.answered or self.started),
            "uri": self.uri,
            "subresource_uris": {},
        }

    def voice(self, url: str, **more: str) -> Callback:
        """The request for TwiML."""
        return self._request("voice", url, self._parameters() | more)

    def progress(self, event: str, status: str) -> Callback:
        """https://www.twilio.com/docs/voice/api/call-resource#statuscallback"""
        parameters = self._parameters() | {
            "CallStatus": status,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._sequence),
            "Timestamp": format_datetime(datetime.now(UTC)),
        }
        self._sequence += 1
        if event == "completed":
            # Duration is in started minutes, as it is billed.
            parameters |= {"CallDuration": str(self.duration), "Duration": str(math.ceil(self.duration / 60))}
            parameters["SipResponseCode"] = {"busy": "486", "no-answer": "487", "canceled": "487"}.get(status, "200")
        return self._request(f"status {status}", self.status_callback, parameters)

    def detected(self) -> Callback:
        """https://www.twilio.com/docs/voice/answering-machine-detection"""
        parameters = {
            "CallSid": self.id,
            "AccountSid": self.account.account_sid,
            # As of MachineDetection=DetectMessageEnd; whom a telephone screens it takes for a person.
            "AnsweredBy": "machine_end_beep" if self.outcome is Outcome.VOICEMAIL else "human",
            "MachineDetectionDuration": "1200",
        }
        return self._request("amd", self.amd_callback, parameters)

    def recorded(self, world_url: str) -> Callback:
        """https://www.twilio.com/docs/voice/twiml/dial#recordingstatuscallback; the call is the parent of two legs."""
        parameters = {
            "AccountSid": self.account.account_sid,
            "CallSid": self.id,
            "RecordingSid": self.recording_sid,
            "RecordingUrl": world_url + self.recording_path,
            "RecordingStatus": "completed",
            "RecordingDuration": str(self.duration),
            "RecordingChannels": "1",
            "RecordingStartTime": rfc_2822(self.answered) or "",
            "RecordingSource": self.recording_source,
            "RecordingTrack": "both",
            "ErrorCode": "0",
        }
        return self._request("recording", self.recording_callback, parameters)

    def _parameters(self) -> dict[str, str]:
        parent = {"ParentCallSid": self.parent.id} if self.parent else {}
        return {
            "CallSid": self.id,
            "AccountSid": self.account.account_sid,
            "From": self.from_number,
            "To": self.to_number,
            "Caller": self.from_number,
            "Called": self.to_number,
            "CallStatus": self.status,
            "ApiVersion": _VERSION,
            "Direction": self.direction,
            **parent,
        }

    def _request(self, event: str, url: str, parameters: Mapping[str, str]) -> Callback:
        # What follows # are connection overrides, which Twilio keeps to itself.
        url = urldefrag(url).url
        token = new_id("", 36)
        return Callback(
            event=event,
            url=url,
            body=urlencode(parameters).encode(),
            sign=lambda target: {
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "User-Agent": "TwilioProxy/1.1",
                "X-Twilio-Signature": signature(self.account.auth_token, target, parameters),
                # Equal in all attempts.
                "I-Twilio-Idempotency-Token": token,
            },
            seconds=_SECONDS,
            repetition=REPETITION,
        )
