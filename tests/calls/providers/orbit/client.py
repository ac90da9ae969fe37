"""What we ask of Orbit."""

from __future__ import annotations

from dataclasses import replace

from calls.providers.errors import ProviderError, ProviderProblem, is_not_there
from calls.providers.http import Ask, ProviderHttp
from calls.reports import CallReport
from tests.calls.providers.orbit.payloads import PROVIDER, error_code, read_call
from tests.calls.providers.orbit.settings import OrbitCredentials
from tether_calls.common.http import FetchLimits

_CALL = "/v1/calls/{ref}"
_OVER = "call_is_over"


def is_over(error: ProviderError) -> bool:
    """Whether a hang-up was refused because there is nothing left to end."""
    return is_not_there(error) or error.reason == _OVER


class OrbitClient:
    """Every method raises ProviderError, and asks once."""

    def __init__(self, credentials: OrbitCredentials, *, limits: FetchLimits | None = None) -> None:
        self._key = credentials.api_key
        self._http = ProviderHttp(
            provider=PROVIDER, base_url=credentials.base_url, limits=limits, error_code=error_code
        )

    def call(self, ref: str) -> CallReport:
        return self._http.answer(replace(self._ask("call", "GET", ref), expects=is_not_there), read_call)

    def hang_up(self, ref: str) -> None:
        self._http.nothing(replace(self._ask("hang up", "DELETE", ref), expects=is_over))

    def _ask(self, operation: str, method: str, ref: str) -> Ask:
        if not self._key:
            raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=PROVIDER)
        url = self._http.url(_CALL, ref=ref)
        return Ask(operation=operation, method=method, url=url, headers={"Authorization": f"Bearer {self._key}"})
