"""Production refuses to start with an embedded part, a default secret, or an address that anybody may claim."""

from __future__ import annotations

import base64
import os
import secrets
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.waiting import PATIENCE

PROJECT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow

SECRETS = {name: f"{name}-{secrets.token_hex(30)}" for name in ("key", "database", "redis", "storage")}
SECRETS["encryption"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
# Complete, and true of nothing: settings connect nowhere.
COMPLETE = {
    "SECRET_KEY": SECRETS["key"],
    "ENCRYPTION_KEYS": SECRETS["encryption"],
    "ALLOWED_HOSTS": "calls.example",
    "PUBLIC_BASE_URL": "https://calls.example",
    "DATABASE_URL": f"postgresql://tether:{SECRETS['database']}@db.example/tether",
    "REDIS_URL": f"redis://:{SECRETS['redis']}@redis.example/0",
    "R2_BUCKET": "recordings",
    "R2_ENDPOINT_URL": "https://r2.example",
    "R2_ACCESS_KEY_ID": "access",
    "R2_SECRET_ACCESS_KEY": SECRETS["storage"],
}
# Read elsewhere, with defaults; a developer's own values are not to decide what is tested.
OTHERS = (
    "R2_ACCOUNT_ID",
    "TETHER_FETCH_EXEMPT_HOSTS",
    "TETHER_SIMULATOR",
    "SECRET_KEY_FALLBACKS",
    "ALLOWED_ORIGINS",
    "OIDC_ISSUER",
    "OIDC_FRONTEND_PAGE",
)


def start(folder: Path, statement: str = "", **changed: str | None) -> subprocess.CompletedProcess[str]:
    """Import the production settings in a process of its own; variables that are None are not set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    others = dict.fromkeys(OTHERS, "")
    own = {"DJANGO_SETTINGS_MODULE": "tether_calls.settings.production", "TETHER_DATA_DIR": str(folder / "data")}
    environment = {**kept, **others, **COMPLETE, **own, **changed}
    return subprocess.run(
        [sys.executable, "-c", f"import tether_calls.settings.production as settings\n{statement}"],
        cwd=PROJECT,
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def refusal(started: subprocess.CompletedProcess[str]) -> list[str]:
    """The reasons that were given, and nothing of what is secret."""
    assert started.returncode == 1
    output = started.stdout + started.stderr
    assert not [name for name, secret in SECRETS.items() if secret in output]
    last = started.stderr.strip().splitlines()[-1]
    prefix = "django.core.exceptions.ImproperlyConfigured: Production refuses to start: "
    assert last.startswith(prefix), started.stderr
    return last.removeprefix(prefix).split("; ")


def test_a_complete_environment_starts_and_says_nothing(tmp_path: Path) -> None:
    started = start(tmp_path)

    assert (started.returncode, started.stdout, started.stderr) == (0, "", "")


@pytest.mark.parametrize("server", ["wsgi", "asgi"])
def test_jobs_are_sent_to_the_broker_by_what_serves_http(server: str, tmp_path: Path) -> None:
    started = start(
        tmp_path,
        f"import tether_calls.{server}\n"
        "from tether_calls.background.tasks import run_job\n"
        "print(run_job.app.connection_for_write().hostname)",
        DJANGO_SETTINGS_MODULE="tether_calls.settings.production",
    )

    assert started.stdout.split()[-1:] == ["redis.example"], started.stderr


def test_a_complete_environment_has_no_embedded_part(tmp_path: Path) -> None:
    started = start(
        tmp_path,
        "print(settings.DATABASES['default']['ENGINE'], settings.CACHES['default']['BACKEND'],"
        " settings.CHANNEL_LAYERS['default']['BACKEND'], settings.STORAGES['recordings']['BACKEND'], settings.DEBUG)",
    )

    assert started.stdout.split() == [
        "tether_calls.common.postgresql",
        "django_redis.cache.RedisCache",
        "channels_redis.pubsub.RedisPubSubChannelLayer",
        "calls.storage.r2.R2Recordings",
        "False",
    ]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"SECRET_KEY": ""}, ["SECRET_KEY is not set", "SECRET_KEY is shorter than 50 characters"]),
        ({"SECRET_KEY": "x" * 49}, ["SECRET_KEY is shorter than 50 characters"]),
        ({"ENCRYPTION_KEYS": ""}, ["ENCRYPTION_KEYS is not set"]),
        ({"ENCRYPTION_KEYS": "too-short"}, ["ENCRYPTION_KEYS has one that is not 32 bytes as base64"]),
        ({"ENCRYPTION_KEYS": "x" * 44}, ["ENCRYPTION_KEYS has one that is not 32 bytes as base64"]),
        (
            {"ENCRYPTION_KEYS": f"{SECRETS['encryption']},{SECRETS['key']}"},
            ["ENCRYPTION_KEYS has one that is not 32 bytes as base64"],
        ),
        ({"DATABASE_URL": ""}, ["DATABASE_URL does not name PostgreSQL"]),
        ({"DATABASE_URL": "sqlite:////tmp/calls.sqlite3"}, ["DATABASE_URL does not name PostgreSQL"]),
        ({"REDIS_URL": ""}, ["REDIS_URL is not set"]),
        ({"R2_BUCKET": ""}, ["R2_BUCKET is not set"]),
        ({"R2_ENDPOINT_URL": ""}, ["R2_ENDPOINT_URL or R2_ACCOUNT_ID is not set"]),
        ({"ALLOWED_HOSTS": ""}, ["ALLOWED_HOSTS is not set"]),
        ({"ALLOWED_HOSTS": "calls.example,*"}, ["ALLOWED_HOSTS allows hosts of strangers"]),
        ({"ALLOWED_HOSTS": ".com"}, ["ALLOWED_HOSTS allows hosts of strangers"]),
        ({"ALLOWED_HOSTS": "calls.example,.CO.uk"}, ["ALLOWED_HOSTS allows hosts of strangers"]),
        ({"ALLOWED_HOSTS": ".com.au."}, ["ALLOWED_HOSTS allows hosts of strangers"]),
        ({"PUBLIC_BASE_URL": ""}, ["PUBLIC_BASE_URL is not an https address"]),
        ({"PUBLIC_BASE_URL": "http://calls.example"}, ["PUBLIC_BASE_URL is not an https address"]),
        ({"OIDC_ISSUER": "http://login.example"}, ["OIDC_ISSUER is not an https address"]),
        ({"OIDC_FRONTEND_PAGE": "http://app.example"}, ["OIDC_FRONTEND_PAGE is not an https address"]),
        ({"TETHER_FETCH_EXEMPT_HOSTS": "127.0.0.1"}, ["TETHER_FETCH_EXEMPT_HOSTS is for local trials only"]),
        ({"TETHER_SIMULATOR": "1"}, ["TETHER_SIMULATOR is for the demo only: its calls are invented"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_it_refuses_to_start_with(changed: dict[str, str], reasons: list[str], tmp_path: Path) -> None:
    assert refusal(start(tmp_path, **changed)) == reasons
    # Nor does it leave secrets behind that it would not use.
    assert not (tmp_path / "data").exists()


def test_every_reason_is_named_at_once(tmp_path: Path) -> None:
    for_trials = {"TETHER_FETCH_EXEMPT_HOSTS": "localhost", "TETHER_SIMULATOR": "on"}
    reasons = refusal(start(tmp_path, **dict.fromkeys(COMPLETE, ""), **for_trials))

    named = (
        "SECRET_KEY",
        "ENCRYPTION_KEYS",
        "DATABASE_URL",
        "REDIS_URL",
        "R2_BUCKET",
        "ALLOWED_HOSTS",
        "PUBLIC_BASE_URL",
        "TETHER_FETCH",
        "TETHER_SIMULATOR",
    )
    assert all(any(name in reason for reason in reasons) for name in named)


@pytest.mark.parametrize("given", [None, "", "0"])
def test_production_simulates_no_provider(given: str | None, tmp_path: Path) -> None:
    started = start(tmp_path, "print(settings.TETHER_SIMULATOR)", TETHER_SIMULATOR=given)

    assert started.stdout == "False\n", started.stderr


@pytest.mark.parametrize("name", ["R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"])
def test_it_refuses_to_start_without_the_keys_of_its_bucket(name: str, tmp_path: Path) -> None:
    without: dict[str, Any] = {name: None}
    started = start(tmp_path, **without)

    assert started.returncode == 1
    assert name in started.stderr.splitlines()[-1]
    assert not [secret for secret in SECRETS.values() if secret in started.stderr]


def test_an_account_of_r2_is_as_good_as_its_address(tmp_path: Path) -> None:
    started = start(
        tmp_path,
        "print(settings.STORAGES['recordings']['OPTIONS']['endpoint_url'])",
        R2_ENDPOINT_URL=None,
        R2_ACCOUNT_ID="abc",
    )

    assert started.stdout == "https://abc.r2.cloudflarestorage.com\n", started.stderr


@pytest.mark.parametrize(("prepares", "found"), [(None, "5 False"), ("false", "None True")])
def test_a_pooler_of_transactions_gets_nothing_that_outlives_one(
    prepares: str | None, found: str, tmp_path: Path
) -> None:
    started = start(
        tmp_path,
        "database = settings.DATABASES['default']\n"
        "print(database['OPTIONS']['prepare_threshold'], database['DISABLE_SERVER_SIDE_CURSORS'])",
        DATABASE_PREPARES=prepares,
    )

    assert started.stdout.strip() == found, started.stderr


def test_several_keys_are_taken_newest_first(tmp_path: Path) -> None:
    older = base64.urlsafe_b64encode(b"o" * 32).decode()
    keys = f"{SECRETS['encryption']},{older}"

    started = start(tmp_path, "print(*settings.ENCRYPTION_KEYS)", ENCRYPTION_KEYS=keys)

    assert started.stdout.split() == [SECRETS["encryption"], older]


def test_production_speaks_https_only(tmp_path: Path) -> None:
    started = start(
        tmp_path,
        "print(settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE,"
        " settings.SECURE_HSTS_SECONDS >= 31536000)",
    )

    assert started.stdout.split() == ["True"] * 4


EMBEDDED = """
import os
os.environ.update(dict.fromkeys(%r, ""))
from tether_calls.settings import base as settings
print(settings.SECRET_KEY, *settings.ENCRYPTION_KEYS)
"""


def embedded_secrets(folder: Path) -> list[str]:
    started = subprocess.run(
        [sys.executable, "-c", EMBEDDED % (tuple(COMPLETE) + OTHERS,)],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "TETHER_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert started.returncode == 0, started.stderr
    return started.stdout.split()


def test_the_embedded_default_makes_secrets_of_its_own_and_keeps_them(tmp_path: Path) -> None:
    first, again, elsewhere = (embedded_secrets(tmp_path / name) for name in ("one", "one", "two"))

    assert first == again
    assert not set(first) & set(elsewhere)
    assert len(first) == len(elsewhere) == 2
    assert len(first[0]) >= 50
    assert Fernet(first[1]).decrypt(Fernet(again[1]).encrypt(b"text")) == b"text"


def test_the_embedded_defaults_secrets_can_be_read_by_their_owner_only(tmp_path: Path) -> None:
    embedded_secrets(tmp_path / "data")

    files = sorted((tmp_path / "data").iterdir())
    assert [file.name for file in files] == ["encryption_key", "secret_key"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


SIMULATES = """
from tether_calls.settings import base as settings
print(settings.TETHER_SIMULATOR)
"""


@pytest.mark.parametrize(
    ("variables", "simulates"),
    [
        ({}, True),
        ({"DATABASE_URL": COMPLETE["DATABASE_URL"]}, True),
        # Several processes may share these, and each would point the demo's accounts at its own.
        ({"DATABASE_URL": COMPLETE["DATABASE_URL"], "REDIS_URL": COMPLETE["REDIS_URL"]}, False),
        ({"TETHER_SIMULATOR": "0"}, False),
    ],
)
def test_providers_are_simulated_unless_several_processes_may_run(
    variables: dict[str, str], simulates: bool, tmp_path: Path
) -> None:
    blank = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "R2_BUCKET"), "")
    started = subprocess.run(
        [sys.executable, "-c", SIMULATES],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "TETHER_DATA_DIR": str(tmp_path), **blank, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert started.stdout == f"{simulates}\n", started.stderr
