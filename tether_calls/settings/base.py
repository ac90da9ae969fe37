"""Settings, all from the environment. Without any variable the service runs embedded: one process, one folder.

`docs/settings.md` explains every variable named here; a test keeps that list complete.
"""

from __future__ import annotations

from tether_calls.settings import environment
from tether_calls.settings.backends import *  # noqa: F403
from tether_calls.settings.background import *  # noqa: F403
from tether_calls.settings.environment import env
from tether_calls.settings.frameworks import *  # noqa: F403
from tether_calls.settings.observing import *  # noqa: F403
from tether_calls.settings.oidc import *  # noqa: F403

BASE_DIR = environment.BASE_DIR
DATA_DIR = environment.DATA_DIR
VERSION = environment.VERSION

# What was read, for the check of names that nothing reads.
VARIABLES = env
DEBUG = False
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.whole("PORT", default=2212, most=65_535)

SECRET_KEY: str = env.str("SECRET_KEY", default="") or environment.secret_key_of_data_dir()
# Of providers' secrets, the newest first; the older ones are for reading only.
ENCRYPTION_KEYS: list[str] = env.names("ENCRYPTION_KEYS") or [environment.encryption_key_of_data_dir()]
SECRET_KEY_FALLBACKS: list[str] = env.names("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS: list[str] = env.served("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", HOST])
# The address that clients reach us under; empty: the request's host.
PUBLIC_BASE_URL: str = env.address("PUBLIC_BASE_URL", like="https://calls.example.com", only_host=True)
# Origins of browser frontends, besides our own, that may use the API and open the socket.
ALLOWED_ORIGINS: list[str] = env.origins("ALLOWED_ORIGINS")
CORS_ALLOWED_ORIGINS = ALLOWED_ORIGINS
CORS_URLS_REGEX = r"^/(api|media)/"
# Whatever the APIs and the recordings read, and all that they say, so that a page can do what any other client can.
# fmt: off
CORS_ALLOW_HEADERS = [
    "authorization", "content-type", "idempotency-key", "x-access-reason", "x-api-key",
    "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range",
]
CORS_EXPOSE_HEADERS = [
    "Accept-Ranges", "Allow", "Content-Disposition", "Content-Range", "ETag", "Idempotent-Replayed", "RateLimit-Limit",
    "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "WWW-Authenticate", "X-Request-ID",
]
# fmt: on
CSRF_TRUSTED_ORIGINS: list[str] = [PUBLIC_BASE_URL] if PUBLIC_BASE_URL else []
# How many proxies in front of us append to X-Forwarded-For; 0 means that the peer is the client.
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", default=0)

INSTALLED_APPS = [
    # Before unfold, since its templates add to unfold's of the same name.
    "tether_calls.common",
    # Without its site: the admin has one of its own.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "tether_calls.common.admin_app.TetherAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # For its templates, of which ours of the same name take the place.
    "django.forms",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "channels",
    "corsheaders",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "tether_calls.realtime",
    "tether_calls.trails",
    "tether_calls.accounts",
    "contacts",
    "conversations",
    "calls",
]

MIDDLEWARE = [
    # Outermost, so that no answer is without one.
    "tether_calls.common.content_security.content_security_policy",
    "tether_calls.common.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tether_calls.accounts.middleware.who_acts",
    "tether_calls.accounts.middleware.readers_clock",
    "tether_calls.accounts.middleware.enrolment_first",
    "tether_calls.accounts.middleware.ReasonFirst",
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

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
# Static files are served from where the packages have them; production collects and compresses them instead.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# ---- Limits ------------------------------------------------------------------------------------------------------

TETHER_BODY_MAX_BYTES = env.whole("TETHER_BODY_MAX_BYTES", default=1024 * 1024, least=1)
TETHER_RECORDING_MAX_BYTES = env.whole("TETHER_RECORDING_MAX_BYTES", default=50 * 1024 * 1024, least=1)
TETHER_TRANSCRIPT_MAX_TURNS = env.whole("TETHER_TRANSCRIPT_MAX_TURNS", default=5_000)
TETHER_METADATA_MAX_BYTES = env.whole("TETHER_METADATA_MAX_BYTES", default=64 * 1024)
# A partner's variables for one call, as JSON.
TETHER_VARIABLES_MAX_BYTES = env.whole("TETHER_VARIABLES_MAX_BYTES", default=16 * 1024)
# A file for the Do Not Call list, uploaded in the admin; a larger one goes to manage.py import_dnc.
TETHER_DNC_UPLOAD_MAX_BYTES = env.whole("TETHER_DNC_UPLOAD_MAX_BYTES", default=1024 * 1024)
# Downloading a recording: seconds to connect, to wait for the next byte, and in total.
TETHER_FETCH_CONNECT_SECONDS = env.seconds("TETHER_FETCH_CONNECT_SECONDS", default=5.0)
TETHER_FETCH_READ_SECONDS = env.seconds("TETHER_FETCH_READ_SECONDS", default=10.0)
TETHER_FETCH_TOTAL_SECONDS = env.seconds("TETHER_FETCH_TOTAL_SECONDS", default=60.0)
# Exports of one organization that are not finished, and rows of one.
TETHER_EXPORTS_AT_ONCE = env.whole("TETHER_EXPORTS_AT_ONCE", default=3, least=1)
TETHER_EXPORT_MAX_ROWS = env.whole("TETHER_EXPORT_MAX_ROWS", default=1_000_000, least=1)
# What of an export is in memory, and is stored at once; S3 takes no parts of less than 5 MB, and 10,000 at most.
TETHER_EXPORT_PART_BYTES = 8 * 1024 * 1024
# Hosts (or host:port) that may be private all the same; for trials on one machine, refused in production.
TETHER_FETCH_EXEMPT_HOSTS: list[str] = env.hosts("TETHER_FETCH_EXEMPT_HOSTS")
# Events are replayed to a client that reconnects; how many at most for one resume.
TETHER_RESUME_MAX_EVENTS = env.whole("TETHER_RESUME_MAX_EVENTS", default=10_000, least=1)
# Event sockets that one user may have open at a process.
TETHER_SOCKETS_PER_USER = env.whole("TETHER_SOCKETS_PER_USER", default=100, least=1)
# How many calls one socket may read along in.
TETHER_WATCHED_CALLS_PER_SOCKET = env.whole("TETHER_WATCHED_CALLS_PER_SOCKET", default=50, least=1)
# Of calls that vendors push while they go on: how many an organization may have at once, how often a key may push, and
# after how long without a push such a call is closed.
TETHER_LIVE_CALLS = env.whole("TETHER_LIVE_CALLS", default=2_000, least=1)
TETHER_LIVE_PUSHES_PER_SECOND = env.whole("TETHER_LIVE_PUSHES_PER_SECOND", default=1_000, least=1)
TETHER_LIVE_CALL_MINUTES = env.minutes("TETHER_LIVE_CALL_MINUTES", default=120)
# Requests handled at the same time by the embedded server.
TETHER_THREADS = env.whole("TETHER_THREADS", default=40, least=1)
# Connections open at the same time at the embedded server, sockets included.
TETHER_CONNECTIONS = env.whole("TETHER_CONNECTIONS", default=5_000, least=1)
# Passwords hashed at the same time by one process: each takes 100 MB and a core for a third of a second.
TETHER_HASHING = env.whole("TETHER_HASHING", default=2, least=1)
# Recordings downloaded at the same time by one process; vendors' slow servers must leave threads for everybody else.
TETHER_DOWNLOADS = env.whole("TETHER_DOWNLOADS", default=24, least=1)
# Dials within any minute of one user, and within any hour and any day of one organization, whoever dials.
TETHER_DIALS_PER_USER_MINUTE = env.whole("TETHER_DIALS_PER_USER_MINUTE", default=10)
TETHER_DIALS_PER_ORGANIZATION_HOUR = env.whole("TETHER_DIALS_PER_ORGANIZATION_HOUR", default=1_000)
TETHER_DIALS_PER_ORGANIZATION_DAY = env.whole("TETHER_DIALS_PER_ORGANIZATION_DAY", default=5_000)
# Texts within any hour of one organization, whoever writes them.
TETHER_TEXTS_PER_ORGANIZATION_HOUR = env.whole("TETHER_TEXTS_PER_ORGANIZATION_HOUR", default=1_000)
# Scheduled calls of one organization that are still to be made, and reminders of one user that are still to come.
TETHER_SCHEDULED_CALLS_MAX = env.whole("TETHER_SCHEDULED_CALLS_MAX", default=10_000, least=1)
TETHER_REMINDERS_MAX = env.whole("TETHER_REMINDERS_MAX", default=1_000, least=1)
# How long a provider may take to answer that it dials; at most what the lock against double calls lasts, 30 seconds.
TETHER_DIAL_SECONDS = env.seconds("TETHER_DIAL_SECONDS", default=25.0)
# A partner's webhook: seconds that a receiver may take to answer, and how many are sent at a time by one worker.
TETHER_WEBHOOK_SECONDS = env.seconds("TETHER_WEBHOOK_SECONDS", default=15.0)
TETHER_WEBHOOK_SENDERS = env.whole("TETHER_WEBHOOK_SENDERS", default=16, least=1)
# Refused deliveries of providers are kept, so that a mistyped secret can be found: so many, and so many bytes, an hour
# for each organization that they name, and for all that name none.
TETHER_REFUSED_DELIVERIES = env.whole("TETHER_REFUSED_DELIVERIES", default=500)
TETHER_REFUSED_BYTES = env.whole("TETHER_REFUSED_BYTES", default=16 * 1024 * 1024)
# Refused pushes of vendors that are kept in the log of each organization: the newest.
TETHER_REFUSED_PUSHES = env.whole("TETHER_REFUSED_PUSHES", default=10_000)
# Calls that have not ended so many minutes after they were made are looked up at their provider.
TETHER_RECONCILE_MINUTES = env.minutes("TETHER_RECONCILE_MINUTES", default=15)
# Whether carriers record what is said in calls from and to browsers; not every country allows it without asking.
TETHER_RECORD_BROWSER_CALLS = env.yes("TETHER_RECORD_BROWSER_CALLS", default=True)
# Failed logins within five minutes before an address or an account has to wait.
TETHER_LOGIN_FAILURES_PER_ADDRESS = env.whole("TETHER_LOGIN_FAILURES_PER_ADDRESS", default=60)
TETHER_LOGIN_FAILURES_PER_ACCOUNT = env.whole("TETHER_LOGIN_FAILURES_PER_ACCOUNT", default=10)
# Bodies are read by the parsers, which know each endpoint's limit; this bounds the admin's forms.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# ---- How long what is no longer needed is kept, in days ----------------------------------------------------------

# Events, for clients that resume and for the page of a call.
TETHER_EVENT_LOG_DAYS = env.days("TETHER_EVENT_LOG_DAYS", default=30)
# What providers sent us, as it came.
TETHER_DELIVERY_DAYS = env.days("TETHER_DELIVERY_DAYS", default=30)
# Calls that vendors pushed and that were refused: that they came, and why.
TETHER_REFUSED_PUSH_DAYS = env.days("TETHER_REFUSED_PUSH_DAYS", default=30)
# When users were available.
TETHER_AVAILABILITY_LOG_DAYS = env.days("TETHER_AVAILABILITY_LOG_DAYS", default=90)
# Scheduled calls and transfers that are over, and reminders whose time has come.
TETHER_SCHEDULED_CALL_DAYS = env.days("TETHER_SCHEDULED_CALL_DAYS", default=90)
TETHER_TRANSFER_DAYS = env.days("TETHER_TRANSFER_DAYS", default=90)
TETHER_REMINDER_DAYS = env.days("TETHER_REMINDER_DAYS", default=90)
# How texts got to their carriers, by which a repeated request is recognised; not the texts.
TETHER_OUTGOING_TEXT_DAYS = env.days("TETHER_OUTGOING_TEXT_DAYS", default=90, least=1)
# Webhooks to partners, with every attempt.
TETHER_WEBHOOK_LOG_DAYS = env.days("TETHER_WEBHOOK_LOG_DAYS", default=30)

# Who has heard and read what was said in calls.
TETHER_ACCESS_LOG_DAYS = env.days("TETHER_ACCESS_LOG_DAYS", default=730, least=1)
# Who has changed what an organization has set.
TETHER_AUDIT_LOG_DAYS = env.days("TETHER_AUDIT_LOG_DAYS", default=730, least=1)

# ---- Telephony -----------------------------------------------------------------------------------------------------

# Where ElevenLabs sends the calls that its agents make over a Sinch number; an account may name another.
SINCH_SIP_ADDRESS = env.host("SINCH_SIP_ADDRESS", default="use1.sip.sinch.com")

# Where a carrier hands calls over to ElevenLabs' agents; accounts with data residency have another one.
ELEVENLABS_SIP_HOST = env.host("ELEVENLABS_SIP_HOST", default="sip.rtc.elevenlabs.io")

# ---- Money -------------------------------------------------------------------------------------------------------

# Of wallets that are opened from now on, and of agents that are made from now on.
TETHER_CURRENCY = environment.currency(env.str("TETHER_CURRENCY", default="USD"))
TETHER_RATE_PER_MINUTE = environment.amount_of_money(
    "TETHER_RATE_PER_MINUTE", env.str("TETHER_RATE_PER_MINUTE", default="0.10")
)
# Of prepaid organizations: with less than that, the admin's start page says so.
TETHER_LOW_BALANCE = environment.amount_of_money("TETHER_LOW_BALANCE", env.str("TETHER_LOW_BALANCE", default="10"))

# ---- Users and tokens --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "tether_calls.accounts.hashers.BoundedArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Where mails go out: for now those with which users choose another password. Without it they are printed where the
# service is tried out, and in production not sent at all: a log is no place for them.
globals().update(env.mail("EMAIL_URL", default="dummymail://" if environment.IS_PRODUCTION else "consolemail://"))
DEFAULT_FROM_EMAIL = env.sender("EMAIL_FROM", default="Tether Calls <tether@localhost>")
# The frontend's page for another password, with {token} in it; empty: the admin's.
TETHER_PASSWORD_RESET_PAGE = env.page("TETHER_PASSWORD_RESET_PAGE", placeholder="{token}")

# ---- The rest ----------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = "tether_calls.common.formats"

SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
