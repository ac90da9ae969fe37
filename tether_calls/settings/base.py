"""Settings, all from the environment. Without any variable the service runs embedded: one process, one folder.

`docs/settings.md` explains every variable named here; a test keeps that list complete.
"""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parents[2]
# A variable that is set wins over the file. Tests read none: they must not meet somebody's database or bucket.
if os.environ.get("DJANGO_SETTINGS_MODULE") != "tether_calls.settings.test":
    env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env.str("TETHER_DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()

DEBUG = False
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=2212)


def secret_key_of_data_dir() -> str:
    """The embedded default's secret: made once, kept in the data folder, readable by its owner only."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written aside and linked into place, so that two processes starting at once agree on one key.
        draft = DATA_DIR / f"secret_key.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


SECRET_KEY: str = env.str("SECRET_KEY", default="") or secret_key_of_data_dir()
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", HOST])
# The address that clients reach us under; empty means: as the request says.
PUBLIC_BASE_URL: str = env.str("PUBLIC_BASE_URL", default="").rstrip("/")
# Origins of browser frontends that may open the socket, besides our own.
ALLOWED_ORIGINS: list[str] = env.list("ALLOWED_ORIGINS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = [PUBLIC_BASE_URL] if PUBLIC_BASE_URL else []
# How many proxies in front of us append to X-Forwarded-For; 0 means that the peer is the client.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "channels",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "tether_calls.common",
    "tether_calls.realtime",
    "tether_calls.accounts",
    "contacts",
    "conversations",
    "calls",
]

MIDDLEWARE = [
    "tether_calls.common.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "tether_calls.urls"
WSGI_APPLICATION = "tether_calls.wsgi.application"
ASGI_APPLICATION = "tether_calls.asgi.application"
# Both /x and /x/ are served as they are: a redirect would lose the body of a POST.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ---- Database ----------------------------------------------------------------------------------------------------

DATABASE_URL: str = env.str("DATABASE_URL", default="")


def database() -> dict[str, Any]:
    """PostgreSQL with a pool of connections where DATABASE_URL is set, else SQLite in the data folder."""
    if DATABASE_URL:
        config: dict[str, Any] = dict(env.db_url("DATABASE_URL"))
        if config["ENGINE"] == "django.db.backends.postgresql":
            config["CONN_MAX_AGE"] = 0  # the pool keeps the sessions
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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- Cache and channel layer -------------------------------------------------------------------------------------

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
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}}

# ---- Recordings --------------------------------------------------------------------------------------------------

R2_BUCKET: str = env.str("R2_BUCKET", default="")
R2_ACCOUNT_ID: str = env.str("R2_ACCOUNT_ID", default="")
R2_ENDPOINT_URL: str = env.str(
    "R2_ENDPOINT_URL", default=f"https://{R2_ACCOUNT_ID}.r2.cloudflarestorage.com" if R2_ACCOUNT_ID else ""
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
        "BACKEND": "storages.backends.s3.S3Storage",
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


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "recordings": recordings_storage(),
}
STATIC_URL = "/static/"
# Static files are served from where the packages have them; production collects and compresses them instead.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# ---- Limits ------------------------------------------------------------------------------------------------------

TETHER_BODY_MAX_BYTES = env.int("TETHER_BODY_MAX_BYTES", default=1024 * 1024)
TETHER_RECORDING_MAX_BYTES = env.int("TETHER_RECORDING_MAX_BYTES", default=50 * 1024 * 1024)
TETHER_TRANSCRIPT_MAX_TURNS = env.int("TETHER_TRANSCRIPT_MAX_TURNS", default=5_000)
TETHER_METADATA_MAX_BYTES = env.int("TETHER_METADATA_MAX_BYTES", default=64 * 1024)
# Downloading a recording: seconds to connect, to wait for the next byte, and in total.
TETHER_FETCH_CONNECT_SECONDS = env.float("TETHER_FETCH_CONNECT_SECONDS", default=5.0)
TETHER_FETCH_READ_SECONDS = env.float("TETHER_FETCH_READ_SECONDS", default=10.0)
TETHER_FETCH_TOTAL_SECONDS = env.float("TETHER_FETCH_TOTAL_SECONDS", default=60.0)
# Hosts (or host:port) that may be private all the same; for trials on one machine, refused in production.
TETHER_FETCH_EXEMPT_HOSTS: list[str] = env.list("TETHER_FETCH_EXEMPT_HOSTS", default=[])
# Events are replayed to a client that reconnects; how many at most for one resume.
TETHER_RESUME_MAX_EVENTS = env.int("TETHER_RESUME_MAX_EVENTS", default=10_000)
# Requests handled at the same time by the embedded server.
TETHER_THREADS = env.int("TETHER_THREADS", default=8)
# Failed logins within five minutes before an address or an account has to wait.
TETHER_LOGIN_FAILURES_PER_ADDRESS = env.int("TETHER_LOGIN_FAILURES_PER_ADDRESS", default=60)
TETHER_LOGIN_FAILURES_PER_ACCOUNT = env.int("TETHER_LOGIN_FAILURES_PER_ACCOUNT", default=10)
# Bodies are read by the parsers, which know each endpoint's limit; this bounds the admin's forms.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# ---- Users and tokens --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("JWT_ACCESS_MINUTES", default=60)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("JWT_REFRESH_DAYS", default=14)),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    # A changed password ends every session: the tokens carry a digest of it.
    "CHECK_REVOKE_TOKEN": True,
    "UPDATE_LAST_LOGIN": False,
    "USER_ID_CLAIM": "userId",
}

# ---- REST framework and its document -----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tether_calls.accounts.authentication.JwtAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tether_calls.accounts.permissions.IsMember"],
    "DEFAULT_PARSER_CLASSES": ["tether_calls.common.parsers.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["tether_calls.common.renderers.JsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tether_calls.common.renderers.AlwaysJson",
    "DEFAULT_SCHEMA_CLASS": "tether_calls.common.schema.TetherSchema",
    "EXCEPTION_HANDLER": "tether_calls.common.exception_handler.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Tether Calls",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Where a company's phone calls end up, and from which its AI agents dial.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["tether_calls.common.schema.finish"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {"bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    },
}

# ---- The rest ----------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True

UNFOLD = {
    "SITE_TITLE": "Tether Calls",
    "SITE_HEADER": "Tether Calls",
    "SITE_SYMBOL": "call",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"navigation": "tether_calls.common.admin.navigation.navigation"},
    "STYLES": ["tether_calls.common.admin.navigation.stylesheet"],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "tether_calls.common.admin.navigation.favicon"},
    ],
    # Indigo: green, orange and red say how a call ended.
    "COLORS": {
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(80% .105 274.713)",
            "400": "oklch(74% .145 276.935)",
            "500": "oklch(68% .178 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        },
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "tether_calls.common.logs.RequestIdFilter"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # 4xx answers are the client's business and would fill the log with what strangers send.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
