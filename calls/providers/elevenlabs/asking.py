"""One request to ElevenLabs' API, with the account's key: what each of our clients of it begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from calls.providers.elevenlabs.answers import error_code
from calls.providers.elevenlabs.conversation import PROVIDER
from calls.providers.elevenlabs.settings import ElevenLabsCredentials
from calls.providers.errors import ProviderError, ProviderProblem, is_not_there
from calls.providers.http import Ask, ProviderHttp, json_body
from tether_calls.common.http import FetchLimits

# https://elevenlabs.io/docs/api-reference: the largest page that its lists have.
PAGE = "100"


class ElevenLabsAsking:
    """Every method raises ProviderError, and asks once."""

    def __init__(self, credentials: ElevenLabsCredentials, *, limits: FetchLimits | None = None) -> None:
        self._credentials = credentials
        self._http = ProviderHttp(
            provider=PROVIDER, base_url=credentials.base_url, limits=limits, error_code=error_code
        )

    def _ask(
        self,
        operation: str,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Ask:
        if not self._credentials.api_key:
            raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=PROVIDER)
        headers = {"xi-api-key": self._credentials.api_key, "Accept": "*/*"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return Ask(
            operation=operation,
            method=method,
            url=url,
            headers=headers,
            params=params,
            body=None if body is None else json_body(body),
        )

    def _ask_of_one(self, operation: str, method: str, url: str, body: Mapping[str, Any] | None = None) -> Ask:
        """Of something that may be gone: that it is not there is an answer."""
        return replace(self._ask(operation, method, url, body), expects=is_not_there)
