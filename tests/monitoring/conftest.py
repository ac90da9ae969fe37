from __future__ import annotations

import pytest
from pytest_django import Settings

from tests.monitoring.scraping import TOKEN


@pytest.fixture(autouse=True)
def _is_counted(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
