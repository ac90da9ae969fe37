"""How the libraries are set up: tokens, REST framework, its document, the admin's look."""

from __future__ import annotations

from datetime import timedelta

from tether_calls.settings.environment import VERSION, env

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.minutes("JWT_ACCESS_MINUTES", default=60)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.days("JWT_REFRESH_DAYS", default=14, least=1)),
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
        {"name": "Scorecards", "description": "By which criteria calls are judged, and how they were."},
        {"name": "Tags", "description": "What calls can be marked with, several at a time."},
        {"name": "Dispositions", "description": "How calls came out, in the organization's words."},
        {"name": "Access", "description": "Who has heard and read what was said, and who has changed what."},
        {
            "name": "Privacy",
            "description": "What is kept, and for how long; what persons ask to know, or to be erased.",
        },
        {"name": "Exports", "description": "Files of calls, contacts, the Do Not Call list and the wallet."},
        {"name": "Contacts", "description": "People and companies that the organization talks to."},
        {"name": "Notes", "description": "What is written of contacts, and of calls with them."},
        {"name": "Reminders", "description": "What users want to be reminded of about contacts."},
        {"name": "Conversations", "description": "Calls and messages with a contact."},
        {"name": "Organizations", "description": "What an organization's administrators say of it."},
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
    # No validator: it would send the document's address to swagger.io.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
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
    "DASHBOARD_CALLBACK": "calls.admin.desk.start.start_page",
    "STYLES": ["tether_calls.common.admin.navigation.stylesheet"],
    "SCRIPTS": ["tether_calls.common.admin.navigation.script"],
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
