"""Every setting of Cadence, read from the environment. docs/configuration.md lists the names."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from config import env, logs, secret

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("CADENCE_DATA_DIR", BASE_DIR / "var")

DEBUG = env.boolean("CADENCE_DEBUG")
DEMO = env.boolean("CADENCE_DEMO")

# What `cadence up` starts.
PORT = env.integer("PORT", 8000)
SQLITE = not env.text("DATABASE_URL") or env.text("DATABASE_URL").startswith("sqlite:")
WEB_WORKERS = env.integer("CADENCE_WEB_WORKERS", 1 if SQLITE else 2)
WEB_THREADS = env.integer("CADENCE_WEB_THREADS", 4)
ACCESS_LOG = env.boolean("CADENCE_ACCESS_LOG")

SECRET_KEY = env.text("CADENCE_SECRET_KEY") or secret.kept_in(DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.words("CADENCE_OLD_SECRET_KEYS")

# Where people reach it; links in mails begin with it.
PUBLIC_URL = env.address("CADENCE_URL", f"http://localhost:{PORT}")
HTTPS = PUBLIC_URL.startswith("https://")
BEHIND_PROXY = env.boolean("CADENCE_BEHIND_PROXY")
ALLOWED_HOSTS = env.words("CADENCE_HOSTS") or [
    *dict.fromkeys([str(urlsplit(PUBLIC_URL).hostname), "localhost", "127.0.0.1", "[::1]"])
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL, *env.words("CADENCE_TRUSTED_ORIGINS")]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "accounts",
    "cadence",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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

DATABASES = {"default": env.database(env.text("DATABASE_URL"), DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # an address is unique, by a constraint that this check does not see
    "security.W005",  # subdomains and browsers' lists are for the owner of the domain to decide
    "security.W021",
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "web:sign-in"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "web:sign-in"

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "config.client.client_address"
# As Django's form calls it. By the model's own "email" every guess is counted for nobody.
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
USE_I18N = True
# Pages convert to the zone of the organization; nothing else may leave UTC.
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Not the compressed storage: it takes a minute over Swagger's source maps.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = env.integer("CADENCE_HSTS_SECONDS", 30 * 24 * 3600 if HTTPS else 0)
if BEHIND_PROXY:
    # Only behind a proxy that sets it: anybody else could claim to have come by HTTPS.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = HTTPS

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    },
}

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if env.text("EMAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = env.text("EMAIL_HOST")
    EMAIL_PORT = env.integer("EMAIL_PORT", 587)
    EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
    EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
    EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", True)
    EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Cadence <cadence@localhost>")

# An empty CADENCE_BROKER_URL is the embedded broker: a folder in the data directory.
BROKER_URL = env.text("CADENCE_BROKER_URL")
# How often the timetable says that it is time to look.
TICK_SECONDS = env.integer("CADENCE_TICK_SECONDS", 60, least=1)
# How often waiting e-mails, Slack messages and webhooks are looked for.
DELIVER_SECONDS = env.integer("CADENCE_DELIVER_SECONDS", 10, least=1)
# How often large imports that wait are looked for.
IMPORT_SECONDS = env.integer("CADENCE_IMPORT_SECONDS", 5, least=1)
# Receivers inside the own network that may be called: host:port or a CIDR block.
OUTBOUND_ALLOW = env.receivers("CADENCE_OUTBOUND_ALLOW")
# Databases and web addresses inside the own network that sources may read, likewise.
SOURCES_ALLOW = env.receivers("CADENCE_SOURCES_ALLOW")
# The folder below which SQLite files may be read; without one, none are.
SOURCES_FOLDER = env.existing_folder("CADENCE_SOURCES_FOLDER")

# Requests a minute that a token may ask of the API, on each machine; 0 is as many as it likes.
API_RATE = env.integer("CADENCE_API_RATE", 600, least=0)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["cadence.api.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["cadence.api.rendering.JsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "cadence.api.rendering.Negotiation",
    "DEFAULT_PARSER_CLASSES": ["cadence.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "cadence.api.pagination.Cursors",
    "EXCEPTION_HANDLER": "cadence.api.problems.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    # Closed to begin with: drawn all at once, the operations take a browser half a minute.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none"},
    "TITLE": "Cadence",
    "DESCRIPTION": "Owners, thresholds, breaches, decisions and the reviews that wait for them.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Members of one name, with other choices each.
    "ENUM_SUFFIX": "",
    "ENUM_NAME_OVERRIDES": {
        "Role": "accounts.models.Role",
        "InitiativeState": "cadence.initiatives.models.State",
        "MetricKind": "cadence.metrics.models.Kind",
        "Period": "cadence.metrics.models.Period",
        "Result": "cadence.metrics.models.Result",
        "MetricState": "cadence.api.metrics.STATES",
        "OrphanReason": "cadence.api.orphans.REASONS",
        "BreachKind": "cadence.breaches.models.Kind",
        "EscalationKind": "cadence.escalations.models.EscalationKind",
        "EscalationBecause": "cadence.escalations.models.Because",
        "DecisionKind": "cadence.decisions.models.DecisionKind",
        "BehaviourVerdict": "cadence.api.behaviour.VERDICTS",
        "VerdictResult": "cadence.decisions.models.VerdictResult",
        "SeriesKind": "cadence.reviews.models.SeriesKind",
        "AgendaKind": "cadence.reviews.models.AgendaKind",
        "ReviewState": "cadence.api.reviews.STATES",
        "HoldKind": "cadence.api.reviews.HOLDS",
        "Channel": "cadence.notices.models.Channel",
        "DeliveryState": "cadence.api.webhooks.DELIVERY_STATES",
        "Origin": "cadence.metrics.models.Origin",
        "ConnectionKind": "cadence.sources.models.ConnectionKind",
        "SourceState": "cadence.api.sources.SOURCE_STATES",
        "PulledChange": "cadence.api.sources.CHANGES",
        "ImportState": "cadence.api.imports.STATES",
        "FileKind": "cadence.imports.models.FileKind",
        "ReadingStatus": "cadence.imports.findings.STATUSES",
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LOGGING = logs.configure(
    env.choice("CADENCE_LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}),
    env.choice("CADENCE_LOG_FORMAT", "console", {"console", "json"}),
)
