"""How the libraries are set up: tokens, REST framework, its document, the admin's look, the log."""

from __future__ import annotations

from datetime import timedelta

from tether_calls.settings.environment import VERSION, env

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("JWT_ACCESS_MINUTES", default=60)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("JWT_REFRESH_DAYS", default=14)),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": False,
    "USER_ID_CLAIM": "userId",
    # Between two machines whose clocks differ: a token is used within moments, at another one than made it.
    "LEEWAY": timedelta(seconds=30),
}

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
    "VERSION": VERSION,
    "DESCRIPTION": "Where a company's phone calls end up, and from which its AI agents dial.",
    "SERVERS": [{"url": "/", "description": "The service that this document is of."}],
    "TAGS": [
        {"name": "Auth", "description": "Sessions of users."},
        {"name": "User", "description": "The user that is logged in."},
        {"name": "API keys", "description": "Of the organization, for its administrators."},
        {"name": "Calls", "description": "Calls, from when they begin to their recordings."},
        {"name": "Contacts", "description": "People and companies that the organization talks to."},
        {"name": "Conversations", "description": "Calls and messages with a contact."},
        {"name": "Agents", "description": "AI voice agents."},
        {"name": "Providers", "description": "Who carries the calls of browsers."},
        {"name": "Voice AI", "description": "The account that agents speak with."},
        {"name": "Partners", "description": "The API for other systems, by API key."},
        {"name": "Webhooks", "description": "Called by providers."},
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["tether_calls.common.schema.finish"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            # Of /api/v1, which takes no JWT.
            "partnerKey": {"type": "http", "scheme": "bearer", "bearerFormat": "tk_live_…"},
            "partnerKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
    },
}

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
    "filters": {
        "request_id": {"()": "tether_calls.common.logs.RequestIdFilter"},
        "no_socket_addresses": {"()": "tether_calls.common.logs.NoSocketAddresses"},
        "once_a_minute": {"()": "tether_calls.common.logs.OnceAMinute"},
    },
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # 4xx answers are the client's business and would fill the log with what strangers send.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "CRITICAL"},
        # Each task that is sent, received and done: several lines a second.
        "celery": {"level": "WARNING"},
        "uvicorn.error": {"filters": ["no_socket_addresses"]},
        # While Redis or the database is away.
        "channels_redis.pubsub": {"filters": ["once_a_minute"]},
        "tether_calls.realtime.follower": {"filters": ["once_a_minute"]},
        "tether_calls.realtime.consumers": {"filters": ["once_a_minute"]},
    },
}
