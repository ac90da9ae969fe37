"""Tests: the same settings; fast password hashes, a data folder that is thrown away, and an hour for everything.

What the settings give up after some seconds is not given up because a machine is slow; tests of the giving up set
seconds of their own. tests/unhurried.py has the rest of it.

Tests that run side by side (pytest-xdist) share nothing: each worker has a folder, a Redis database, a prefix of
channel names and a bucket of its own. pytest-django gives it a database.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TETHER_DATA_DIR", tempfile.mkdtemp(prefix="tether-test-"))

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # gw0, gw1 and so on; empty without workers
if WORKER and os.environ.get("TETHER_TEST_WORKER") != WORKER:
    # In the environment, before it is read: what a test starts is to find the same, and finds it told already.
    os.environ["TETHER_TEST_WORKER"] = WORKER
    os.environ["TETHER_DATA_DIR"] = str(Path(os.environ["TETHER_DATA_DIR"]) / WORKER)
    if redis_url := os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = f"{redis_url.rpartition('/')[0]}/{WORKER.removeprefix('gw')}"
    if bucket := os.environ.get("R2_BUCKET"):
        os.environ["R2_BUCKET"] = f"{bucket}-{WORKER}"

from tether_calls.settings import base
from tether_calls.settings.base import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A file, not memory: the tests' server threads and the tests themselves look at the same database.
if not base.DATABASE_URL:
    base.DATABASES["default"]["TEST"] = {"NAME": str(base.DATA_DIR / "test.sqlite3")}

_HOUR = 3_600
TETHER_FETCH_CONNECT_SECONDS = TETHER_FETCH_READ_SECONDS = TETHER_FETCH_TOTAL_SECONDS = float(_HOUR)
TETHER_DIAL_SECONDS = TETHER_WEBHOOK_SECONDS = float(_HOUR)
# Of SQLite or of the pool: until the database, or a connection of the pool, is free.
_options = base.DATABASES["default"]["OPTIONS"]
_options.get("pool", _options)["timeout"] = _HOUR
if base.REDIS_URL:
    base.CACHES["default"]["OPTIONS"] |= {"SOCKET_CONNECT_TIMEOUT": _HOUR, "SOCKET_TIMEOUT": _HOUR}
if base.R2_BUCKET:
    from botocore.config import Config

    for _name in ("recordings", "exports", "erasures"):
        _client = base.STORAGES[_name]["OPTIONS"]
        _client["client_config"] = _client["client_config"].merge(Config(connect_timeout=_HOUR, read_timeout=_HOUR))
if base.REDIS_URL and WORKER:
    # What is published to a channel is heard in every database of a Redis.
    base.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = f"tether-{WORKER}"
ALLOWED_HOSTS = [*base.ALLOWED_HOSTS, "testserver"]
# Each answer is compared with the API's document.
MIDDLEWARE = ["tests.contract.answers.compare", *base.MIDDLEWARE]
# Tests call the jobs themselves.
TETHER_JOBS_IN_PROCESS = False
# Tests run the jobs that they are about.
TETHER_JOBS_WOKEN_BY_EVENTS = TETHER_JOBS_WOKEN_BY_EXPORTS = TETHER_JOBS_WOKEN_BY_PRIVACY = ()
# A line for each request would be in what tests of the log look at.
TETHER_REQUEST_LOG = False
