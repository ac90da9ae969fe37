"""What we ask of Sinch: https://developers.sinch.com/docs/voice/api-reference/voice/tag/Calls"""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import urlsplit

from calls.providers.errors import ProviderError, ProviderProblem, is_not_there
from calls.providers.http import Ask, ProviderHttp, json_body
from calls.providers.reading import fields
from calls.providers.sinch import signature, svaml
from calls.providers.sinch.payloads import PROVIDER, read_call
from calls.providers.sinch.settings import SinchCredentials
from calls.reports import CallReport
from tether_calls.common.http import FetchLimits

_CALL = "/calling/v1/calls/id/{id}"
_CALLEE = "/calling/v1/calls/id/{id}/leg/callee"


class SinchClient:
    """Every method raises ProviderError, and asks once, with a signed request."""

    def __init__(self, credentials: SinchCredentials, *, limits: FetchLimits | None = None) -> None:
        self._credentials = credentials
        self._http = ProviderHttp(
            provider=PROVIDER, base_url=credentials.base_url, limits=limits, error_code=_error_code
        )

    def call(self, call_id: str) -> CallReport:
        """What Sinch knows of a call by now."""
        return self._http.answer(self._ask_of_one("call", "GET", self._http.url(_CALL, id=call_id)), read_call)

    def hangup(self, call_id: str) -> None:
        """End a call; NOT_FOUND when it is over. Only calls from or to a telephone can be ended this way."""
        body = json_body(svaml.hangup())
        self._http.nothing(self._ask_of_one("hangup", "PATCH", self._http.url(_CALL, id=call_id), body))

    def tell_callee(self, call_id: str, text: str) -> None:
        """Say something to who was called, of a call that is connected; NOT_FOUND when it is over.

        Only in calls from or to a telephone:
        https://developers.sinch.com/docs/voice/api-reference/voice/calls/calling_managecallwithcallleg
        """
        url = self._http.url(_CALLEE, id=call_id)
        self._http.nothing(self._ask_of_one("tell callee", "PATCH", url, json_body(svaml.say(text))))

    def _ask(self, operation: str, method: str, url: str, body: bytes | None = None) -> Ask:
        stamp, content_type = signature.timestamp(time.time()), "" if body is None else "application/json"
        try:
            authorization = signature.authorization(
                key=self._credentials.application_key,
                secret=self._credentials.application_secret,
                method=method,
                path=urlsplit(url).path,
                timestamp=stamp,
                content_type=content_type,
                body=body or b"",
            )
        except ValueError:
            raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=PROVIDER) from None
        headers = {"Authorization": authorization, "x-timestamp": stamp, "Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        return Ask(operation=operation, method=method, url=url, headers=headers, body=body)

    def _ask_of_one(self, operation: str, method: str, url: str, body: bytes | None = None) -> Ask:
        """Of a call that may be over: that it is not there is an answer."""
        return replace(self._ask(operation, method, url, body), expects=is_not_there)


def _error_code(body: object) -> object:
    """https://developers.sinch.com/docs/voice/api-reference/status-codes"""
    return fields(body).get("errorCode")
