from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from tether_calls.realtime import consumers


@pytest.fixture(scope="module")
def _committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield
        call_command("flush", interactive=False, verbosity=0)
        connections.close_all()


@pytest.fixture
def transactional_db(_committed: None) -> None:
    """What tests write is committed and stays until the module is over: emptying the tables takes longer than a test.

    Every test has organizations of its own, so that none meets another's rows.
    """


@pytest.fixture(autouse=True)
def _events_do_not_wait_long_for_a_resume(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "RESUME_WITHIN_SECONDS", 0.02)
