from __future__ import annotations

import pytest

from calls.providers.external import EXTERNAL
from tests.calls.providers.provider_contract import ProviderContract
from tests.calls.providers.worlds import NoWorld


class TestProvider(ProviderContract):
    provider = EXTERNAL
    capabilities = frozenset[str]()
    values: dict[str, str] = {}

    @pytest.fixture
    def world(self) -> NoWorld:
        return NoWorld()

    def test_a_vendors_system_has_nothing_that_could_be_set_or_called(self) -> None:
        assert not self.provider.settings
        assert not self.provider.endpoints
        assert not self.provider.reports_calls
