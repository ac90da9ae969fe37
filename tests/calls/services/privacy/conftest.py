from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_user
from tether_calls.accounts.models import User


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def folders(settings: Any, tmp_path: Path) -> None:
    """Storages of this test alone, which are folders."""
    settings.STORAGES = {
        **settings.STORAGES,
        "recordings": _folder("calls.storage.LocalRecordings", tmp_path / "recordings"),
        "exports": _folder("calls.storage.LocalExports", tmp_path / "exports"),
        "erasures": _folder("calls.storage.LocalExports", tmp_path / "erasures"),
    }


def _folder(backend: str, path: Path) -> dict[str, Any]:
    return {"BACKEND": backend, "OPTIONS": {"location": path, "base_url": "/media/x/"}}
