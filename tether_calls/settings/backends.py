"""What the service runs on: each part embedded, until its variable names a server."""

from __future__ import annotations

from typing import Any

from tether_calls.settings.environment import DATA_DIR, env

# ---- Database ------------------------------------------------------------------------------------------------------

DATABASE_URL: str = env.str("DATABASE_URL", default="")


def database() -> dict[str, Any]:
    """PostgreSQL with a pool of connections where DATABASE_URL is set, else SQLite in the data folder."""
    if DATABASE_URL:
        config: dict[str, Any] = dict(env.db_url("DATABASE_URL"))
        if config["ENGINE"] == "django.db.backends.postgresql":
            config["CONN_MAX_AGE"] = 0  # the pool keeps the sessions
            config["ENGINE"] = "tether_calls.common.postgresql"
            config.setdefault("OPTIONS", {})["pool"] = {
                "min_size": 1,
                "max_size": env.int("DATABASE_POOL_MAX", default=16),
                "timeout": 10,
            }
        return config
    return {
        "ENGINE": "tether_calls.common.sqlite",
        "NAME": DATA_DIR / "tether.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
        },
    }


DATABASES = {"default": database()}

# ---- Cache and channel layer ---------------------------------------------------------------------------------------

REDIS_URL: str = env.str("REDIS_URL", default="")

if REDIS_URL:
    CACHES: dict[str, Any] = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "tether",
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 2, "SOCKET_TIMEOUT": 2},
        },
    }
    # The PubSub layer: sockets survive a Redis restart, and idle ones are not closed after five seconds
    # as with the classic layer on redis-py 8 (django/channels_redis#422).
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "tether"},
        },
    }
else:
    # Locks are in it, none of which may go because of other entries; Django's own limit is 300.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        },
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}}

# ---- Providers of telephony ----------------------------------------------------------------------------------------

# Whether script/server simulates the providers of the demo's organization, in its own process. Several processes on
# one database would point its accounts at each other's.
TETHER_SIMULATOR: bool = env.bool("TETHER_SIMULATOR", default=not (DATABASE_URL and REDIS_URL))

# ---- Recordings ----------------------------------------------------------------------------------------------------

R2_BUCKET: str = env.str("R2_BUCKET", default="")
R2_ACCOUNT_ID: str = env.str("R2_ACCOUNT_ID", default="")
R2_ENDPOINT_URL: str = env.str("R2_ENDPOINT_URL", default="") or (
    f"https://{R2_ACCOUNT_ID}.r2.cloudflarestorage.com" if R2_ACCOUNT_ID else ""
)
# How long the address of a recording works, in seconds.
RECORDING_URL_SECONDS = 600


def recordings_storage() -> dict[str, Any]:
    """R2 where R2_BUCKET is set, else a folder whose files are served through signed addresses."""
    if not R2_BUCKET:
        return {
            "BACKEND": "calls.storage.LocalRecordings",
            "OPTIONS": {"location": DATA_DIR / "recordings", "base_url": "/media/recordings/"},
        }
    from botocore.config import Config

    return {
        "BACKEND": "calls.storage.r2.R2Recordings",
        "OPTIONS": {
            "bucket_name": R2_BUCKET,
            "endpoint_url": R2_ENDPOINT_URL,
            "region_name": "auto",
            "access_key": env.str("R2_ACCESS_KEY_ID"),
            "secret_key": env.str("R2_SECRET_ACCESS_KEY"),
            "default_acl": None,
            # Names are unique by construction; asking whether one exists would cost a request for every upload.
            "file_overwrite": True,
            "querystring_auth": True,
            "querystring_expire": RECORDING_URL_SECONDS,
            # R2 knows no aws-chunked checksums (cloudflare/cloudflare-docs#19236), hence the two when_required.
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=5,
                read_timeout=30,
                retries={"max_attempts": 3, "mode": "standard"},
            ),
        },
    }


# Recordings in a folder are for its owner's eyes.
FILE_UPLOAD_PERMISSIONS = 0o600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "recordings": recordings_storage(),
}
