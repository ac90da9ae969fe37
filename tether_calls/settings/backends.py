"""What the service runs on: each part embedded, until its variable names a server."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from tether_calls.settings.environment import DATA_DIR, env

# ---- Database ------------------------------------------------------------------------------------------------------

DATABASE_URL: str = env.str("DATABASE_URL", default="")
# The sessions that one process keeps to PostgreSQL, at most.
_POOL_MAX = env.whole("DATABASE_POOL_MAX", default=16, least=1)
# What statements.py sends is prepared; the ORM's own cursors never are, whatever the number. A pooler that pools
# transactions keeps neither prepared statements nor cursors from one to the next.
_PREPARES = env.yes("DATABASE_PREPARES", default=True)


def database() -> dict[str, Any]:
    """PostgreSQL with a pool of connections where DATABASE_URL is set, else SQLite in the data folder."""
    if DATABASE_URL:
        config: dict[str, Any] = env.database("DATABASE_URL")
        if config["ENGINE"] == "django.db.backends.postgresql":
            config["CONN_MAX_AGE"] = 0  # the pool keeps the sessions
            config["ENGINE"] = "tether_calls.common.postgresql"
            config.setdefault("OPTIONS", {})["prepare_threshold"] = 5 if _PREPARES else None
            config["DISABLE_SERVER_SIDE_CURSORS"] = not _PREPARES
            config["OPTIONS"]["pool"] = {
                "min_size": 1,
                "max_size": _POOL_MAX,
                "timeout": 10,
                # Its pauses double: after an outage it would go on waiting for as long as that took. What it gives up,
                # the next request begins anew.
                "reconnect_timeout": 5,
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

# A standby of that PostgreSQL, for reads that take long; what it is not fit for, the primary answers.
DATABASE_REPLICA_URL: str = env.str("DATABASE_REPLICA_URL", default="")
# How long a read waits for the replica to have what the primary had when it began.
DATABASE_REPLICA_WAIT_SECONDS = env.seconds("DATABASE_REPLICA_WAIT_SECONDS", default=0.1)


def replica() -> dict[str, Any]:
    """As the primary, with less patience: what hangs is not waited for, since there is somebody else to ask."""
    config: dict[str, Any] = {**env.database("DATABASE_REPLICA_URL"), "CONN_MAX_AGE": 0, "TEST": {"MIRROR": "default"}}
    primary = DATABASES["default"]
    engines = (primary["ENGINE"], config["ENGINE"])
    if engines != ("tether_calls.common.postgresql", "django.db.backends.postgresql"):
        raise ImproperlyConfigured("DATABASE_REPLICA_URL and DATABASE_URL both have to name PostgreSQL")
    if config["NAME"] != primary["NAME"]:
        raise ImproperlyConfigured("DATABASE_REPLICA_URL names another database than DATABASE_URL")
    config["ENGINE"] = primary["ENGINE"]
    config.setdefault("OPTIONS", {})
    config["OPTIONS"] |= {"connect_timeout": 2, "tcp_user_timeout": 5_000}
    # No session is made in advance, and none is sought for minutes in vain.
    pool = primary["OPTIONS"]["pool"]
    config["OPTIONS"]["pool"] = {**pool, "min_size": 0, "timeout": 2, "reconnect_timeout": 5}
    return config


if DATABASE_REPLICA_URL:
    DATABASES["replica"] = replica()
    DATABASE_ROUTERS = ["tether_calls.common.postgresql.replica.ReplicaRouter"]

# ---- Cache and channel layer ---------------------------------------------------------------------------------------

REDIS_URL: str = env.address("REDIS_URL", like="redis://:password@host:6379/0")

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
TETHER_SIMULATOR: bool = env.yes("TETHER_SIMULATOR", default=not (DATABASE_URL and REDIS_URL))

# ---- Recordings and exports ----------------------------------------------------------------------------------------

R2_BUCKET: str = env.str("R2_BUCKET", default="")
R2_ACCOUNT_ID: str = env.str("R2_ACCOUNT_ID", default="")
R2_ENDPOINT_URL: str = env.address("R2_ENDPOINT_URL", like="https://s3.example.com") or (
    f"https://{R2_ACCOUNT_ID}.r2.cloudflarestorage.com" if R2_ACCOUNT_ID else ""
)
# How long the address of a recording, or of an export, works, in seconds.
RECORDING_URL_SECONDS = 600


def stored_files(*, folder: str, local: str, r2: str, location: str = "") -> dict[str, Any]:
    """R2 where R2_BUCKET is set (names there begin with `location`), else a folder with signed addresses."""
    if not R2_BUCKET:
        return {"BACKEND": local, "OPTIONS": {"location": DATA_DIR / folder, "base_url": f"/media/{folder}/"}}
    from botocore.config import Config

    return {
        "BACKEND": r2,
        "OPTIONS": {
            "bucket_name": R2_BUCKET,
            "location": location,
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


# Files in a folder are for its owner's eyes.
FILE_UPLOAD_PERMISSIONS = 0o600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "recordings": stored_files(
        folder="recordings", local="calls.storage.LocalRecordings", r2="calls.storage.r2.R2Recordings"
    ),
    "exports": stored_files(
        folder="exports", local="calls.storage.LocalExports", r2="calls.storage.r2.R2Exports", location="exports"
    ),
    # Which persons were erased, as digests: to be kept when the database is restored from a backup.
    "erasures": stored_files(
        folder="erasures", local="calls.storage.LocalExports", r2="calls.storage.r2.R2Exports", location="erasures"
    ),
}
