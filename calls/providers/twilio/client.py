"""What we ask of Twilio: https://www.twilio.com/docs/voice/api/call-resource"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import BinaryIO
from urllib.parse import urlencode, urlsplit

from calls.providers.errors import ProviderError, ProviderProblem, is_not_there
from calls.providers.http import Ask, ProviderHttp, origin
from calls.providers.texts import SentText, TextProblem, TextStatus, TextToSend
from calls.providers.twilio.answers import (
    error_code,
    read_call,
    read_legs,
    read_recording_sids,
    read_recording_status,
    read_sent_text,
)
from calls.providers.twilio.payloads import PROVIDER
from calls.providers.twilio.settings import TwilioCredentials
from calls.providers.twilio.texts import problem_of, text_status_url
from calls.reports import CallReport
from tether_calls.common.http import FetchLimits

API_HOST = "https://api.twilio.com"

_CALLS = "/2010-04-01/Accounts/{account}/Calls.json"
_CALL = "/2010-04-01/Accounts/{account}/Calls/{call}.json"
_RECORDINGS = "/2010-04-01/Accounts/{account}/Recordings.json"
# The one that runs: https://www.twilio.com/docs/voice/api/recording#update-a-recording-resource
_CURRENT_RECORDING = "/2010-04-01/Accounts/{account}/Calls/{call}/Recordings/Twilio.CURRENT.json"
_RECORDING = "/2010-04-01/Accounts/{account}/Recordings/{recording}.json"
_MESSAGES = "/2010-04-01/Accounts/{account}/Messages.json"
_MESSAGE = "/2010-04-01/Accounts/{account}/Messages/{message}.json"
# "Call is not in-progress": https://www.twilio.com/docs/api/errors/21220
_NOT_IN_PROGRESS = "21220"
_MOST_LEGS = "50"
_MP3 = frozenset({"audio/mpeg", "audio/mp3"})


def is_over(error: ProviderError) -> bool:
    """Whether a hang-up was refused because there is nothing left to end."""
    return is_not_there(error) or error.reason == _NOT_IN_PROGRESS


def _of_text(error: ProviderError) -> TextProblem | None:
    """What is wrong with the one text that was refused, and with nothing else."""
    return problem_of(error.reason) if error.problem is ProviderProblem.REFUSED else None


class TwilioClient:
    """Every method raises ProviderError, and asks once, with the API key."""

    def __init__(self, credentials: TwilioCredentials, *, limits: FetchLimits | None = None) -> None:
        self._credentials = credentials
        self._http = ProviderHttp(
            provider=PROVIDER, base_url=credentials.base_url, limits=limits, error_code=error_code
        )

    def call(self, call_sid: str) -> CallReport:
        """What Twilio knows of a call by now."""
        return self._http.answer(
            replace(self._ask("call", "GET", self._call_url(call_sid)), expects=is_not_there), read_call
        )

    def legs(self, call_sid: str) -> list[CallReport]:
        """The legs that <Dial> has made in a call, as Twilio knows them by now: the first 50 that it lists."""
        self._check()
        ask = self._ask("legs", "GET", self._http.url(_CALLS, account=self._credentials.account_sid))
        ask = replace(ask, params={"ParentCallSid": call_sid, "PageSize": _MOST_LEGS})
        return self._http.answer(ask, read_legs)

    def hangup(self, call_sid: str, *, answered: bool = True) -> None:
        """End a call: `answered` or not yet, which Twilio calls canceled. NOT_FOUND where there is none."""
        body = urlencode({"Status": "completed" if answered else "canceled"}).encode()
        ask = replace(self._ask("hangup", "POST", self._call_url(call_sid), body), expects=is_over)
        self._http.answer(ask, read_call)

    def send_text(self, text: TextToSend) -> SentText:
        """https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource

        There is no idempotency key: what was sent once is never sent again.
        """
        self._check()
        fields = {
            "To": text.to_number,
            "From": text.from_number,
            "MessagingServiceSid": self._credentials.messaging_service_sid,
            "Body": text.content,
            "StatusCallback": text_status_url(text),
        }
        body = urlencode({name: value for name, value in fields.items() if value}).encode()
        url = self._http.url(_MESSAGES, account=self._credentials.account_sid)
        try:
            ask = replace(self._ask("send_text", "POST", url, body), expects=lambda error: _of_text(error) is not None)
            return self._http.answer(ask, read_sent_text)
        except ProviderError as error:
            problem = _of_text(error)
            if problem is None:
                raise
            return SentText(status=TextStatus.FAILED, problem=problem, provider_code=error.reason)

    def delete_text(self, message_sid: str) -> None:
        """NOT_FOUND when there is none, REFUSED while it is on its way.

        https://www.twilio.com/docs/messaging/api/message-resource#delete-a-message-resource
        """
        self._check()
        url = self._http.url(_MESSAGE, account=self._credentials.account_sid, message=message_sid)
        self._http.nothing(replace(self._ask("delete text", "DELETE", url), expects=is_not_there))

    def pause_recording(self, call_sid: str) -> None:
        """Silence in place of what is said: the file keeps its length, so that its seconds stay those of the call.

        NOT_FOUND where none runs; one that pauses already stays so.
        """
        self._change_recording(call_sid, Status="paused", PauseBehavior="silence")

    def resume_recording(self, call_sid: str) -> None:
        """NOT_FOUND where there is none; one that runs goes on."""
        self._change_recording(call_sid, Status="in-progress")

    def _change_recording(self, call_sid: str, **fields: str) -> None:
        self._check()
        url = self._http.url(_CURRENT_RECORDING, account=self._credentials.account_sid, call=call_sid)
        ask = replace(self._ask("change recording", "POST", url, urlencode(fields).encode()), expects=is_over)
        try:
            told = self._http.answer(ask, read_recording_status)
        except ProviderError as error:
            if error.reason == _NOT_IN_PROGRESS:
                raise ProviderError(ProviderProblem.NOT_FOUND, provider=PROVIDER, reason=error.reason) from error
            raise
        if told != fields["Status"]:
            raise ProviderError(ProviderProblem.REFUSED, provider=PROVIDER, reason=told)

    def recording_sids(self, call_sid: str) -> list[str]:
        """The recordings of a call: the first 50 that Twilio lists, which fall short only while there are more.

        https://www.twilio.com/docs/voice/api/recording#read-multiple-recording-resources
        """
        self._check()
        ask = self._ask("recordings", "GET", self._http.url(_RECORDINGS, account=self._credentials.account_sid))
        ask = replace(ask, params={"CallSid": call_sid, "PageSize": _MOST_LEGS}, expects=is_not_there)
        return self._http.answer(ask, read_recording_sids)

    def delete_recording(self, recording_sid: str) -> None:
        """NOT_FOUND when there is none: https://www.twilio.com/docs/voice/api/recording#delete-a-recording-resource"""
        self._check()
        url = self._http.url(_RECORDING, account=self._credentials.account_sid, recording=recording_sid)
        self._http.nothing(replace(self._ask("delete recording", "DELETE", url), expects=is_not_there))

    def recording(self, url: str, into: BinaryIO, *, max_bytes: int) -> int:
        """Write a recording's MP3 and return its size. Our key goes to Twilio and the configured host only.

        Raises REFUSED for an address elsewhere, before anything is sent.
        """
        parts = urlsplit(url) if origin(url) in (origin(API_HOST), origin(self._http.base_url)) else None
        if parts is None or parts.query or parts.fragment or "/Recordings/" not in parts.path or ".." in parts.path:
            raise ProviderError(ProviderProblem.REFUSED, provider=PROVIDER, reason="foreign_address")
        # Without an ending it would be a WAV.
        ask = self._ask("recording", "GET", url if url.endswith(".mp3") else f"{url}.mp3")
        return self._http.download(ask, into=into, media_types=_MP3, max_bytes=max_bytes)

    def _call_url(self, call_sid: str) -> str:
        self._check()
        return self._http.url(_CALL, account=self._credentials.account_sid, call=call_sid)

    def _ask(self, operation: str, method: str, url: str, body: bytes | None = None) -> Ask:
        self._check()
        pair = f"{self._credentials.api_key_sid}:{self._credentials.api_key_secret}"
        headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return Ask(operation=operation, method=method, url=url, headers=headers, body=body)

    def _check(self) -> None:
        known = (self._credentials.account_sid, self._credentials.api_key_sid, self._credentials.api_key_secret)
        if not all(known):
            raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=PROVIDER)
