"""What other processes need to run jobs next to a test's database."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from django.db import connection

from tests.server_process import clean_environment


def environment_of_tests(folder: Path, **variables: str) -> Mapping[str, str]:
    """The settings of the base, with the database of the tests."""
    name = str(connection.settings_dict["NAME"])
    address = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    return {
        **clean_environment(folder),
        "PATH": os.environ.get("PATH", os.defpath),
        "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base",
        "TETHER_DATA_DIR": str(folder),
        **dict.fromkeys(("R2_BUCKET", "PUBLIC_BASE_URL", "SECRET_KEY_FALLBACKS"), ""),
        "REDIS_URL": os.environ["REDIS_URL"],
        "DATABASE_URL": f"{address}/{name}",
        **variables,
    }


def celery(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "tether_calls", *arguments]
