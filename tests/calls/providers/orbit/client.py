"""What we ask of Orbit."""

from __future__ import annotations

from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.http import Ask, ProviderHttp
from calls.reports import CallReport
from tests.calls.providers.orbit.payloads import PROVIDER, error_code, read_call
from tests.calls.providers.orbit.settings import OrbitCredentials
from tether_calls.common.http import FetchLimits

_CALL = "/v1/calls/{ref}"
OVER = "call_is_over"


class OrbitClient:
    """Every method raises ProviderError, and asks once."""

    def __init__(self, credentials: OrbitCredentials, *, limits: FetchLimits | None = None) -> None:
        self._key = credentials.api_key
        self._http = ProviderHttp(
            provider=PROVIDER, base_url=credentials.base_url, limits=limits, error_code=error_code
        )

    def call(self, ref: str) -> CallReport:
        return self._http.answer(self._ask("call", "GET", ref), read_call)

    def hang_up(self, ref: str) -> None:
        self._http.nothing(self._ask("hang up", "DELETE", ref))

    def _ask(self, operation: str, method: str, ref: str) -> Ask:
        if not self._key:
            raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=PROVIDER)
        url = self._http.url(_CALL, ref=ref)
        return Ask(operation=operation, method=method, url=url, headers={"Authorization": f"Bearer {self._key}"})
