"""Tests: the same settings; fast password hashes, and a data folder that is thrown away."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("TETHER_DATA_DIR", tempfile.mkdtemp(prefix="tether-test-"))

from tether_calls.settings import base
from tether_calls.settings.base import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A file, not memory: the tests' server threads and the tests themselves look at the same database.
if not base.DATABASE_URL:
    base.DATABASES["default"]["TEST"] = {"NAME": str(base.DATA_DIR / "test.sqlite3")}
ALLOWED_HOSTS = [*base.ALLOWED_HOSTS, "testserver"]
# Tests call the jobs themselves.
TETHER_JOBS_IN_PROCESS = False
