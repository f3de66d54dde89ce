"""Settings for every environment. What differs between them comes from the environment.

Nothing outside this file reads the environment. To see what can be set, read `.env.example`.
"""

import sys
from datetime import timedelta
from pathlib import Path

import environ
import structlog
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from structlog.typing import Processor

from booking_site.log_privacy import exceptions_without_locals, without_personal_data

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"  # everything a run leaves behind: database, messages, cache
METRICS = VAR / "metrics"

env = environ.FileAwareEnv()  # SECRET_KEY_FILE=/run/secrets/key works for every variable
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR / "static")))
for _folder in (VAR, METRICS, STATIC_ROOT):
    _folder.mkdir(exist_ok=True, parents=True)

# Read by prometheus-client when it is imported: web and worker count into one place.
env.ENVIRON.setdefault("PROMETHEUS_MULTIPROC_DIR", str(METRICS))

# --- Core -----------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or ("only-for-debug" if DEBUG else "")
if not SECRET_KEY:
    _remedy = "Set SECRET_KEY to a long random text, or DEBUG=true to try things."
    raise ImproperlyConfigured(_remedy)
# Encrypts the companies' API keys. Several, comma-separated, while one is being replaced:
# the first encrypts, all decrypt. Empty: derived from SECRET_KEY (a deployment check warns).
CREDENTIALS_KEY = [key for key in env.list("CREDENTIALS_KEY", default=[]) if key]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
ROOT_URLCONF = "booking_site.urls"
WSGI_APPLICATION = "booking_site.wsgi.application"
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the theme without its own site
    "unfold.contrib.filters",
    "booking_site.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "waffle",
    "features",
    "appointments",
    "calcom",
    "voice",
    "booking_site",
]
MIDDLEWARE = [
    "booking_site.log_context.LogContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "booking_site.acting.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "booking_site.access.headers.PageHeadersMiddleware",
    "booking_site.access.gate.GateMiddleware",
    "booking_site.unanswerable.UnanswerableMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "booking_site" / "templates"],  # before the theme's own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_USER_MODEL = "appointments.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: whoever is locked out is asked no further
    "booking_site.access.second_factor.StaffBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- Security: HTTPS wherever a person logs in -----------------------------------------
HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
# What machines send is signed, and probes come from next door: no redirect for either.
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^healthz", r"^readyz", r"^metrics"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Logging in ------------------------------------------------------------------------
LOGIN_REDIRECT_URL = "admin:index"  # where no page was wanted, or one of another site
SESSION_ENGINE = "booking_site.access.session_store"
# A working day from the log-in on, whatever is done meanwhile. Not "while idle": a day view that
# stays open asks for news all day long, and each page would have to write to the database.
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
# How many proxies of ours stand in front and write X-Forwarded-For; 0: believe none of it.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# After five wrong passwords for one name from one address: a pause. Not for the name alone, else
# anybody could keep a salon out of its own books.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page has said until when
AXES_CLIENT_IP_CALLABLE = "booking_site.access.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "booking_site.access.throttle.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # nobody would read it, and it grows for ever
AXES_ENABLE_ADMIN = False  # booking_site.admin.attempts is ours, by company
AXES_VERBOSE = False
# Of whom a second factor is required: nobody, ops (whoever may enter a salon's credentials,
# superusers included) or everyone. Whoever has one gives its code, required or not.
TWO_FACTOR_REQUIRED = env.str("TWO_FACTOR_REQUIRED", default="nobody")
if TWO_FACTOR_REQUIRED not in {"nobody", "ops", "everyone"}:
    _remedy = f"TWO_FACTOR_REQUIRED is nobody, ops or everyone, not {TWO_FACTOR_REQUIRED!r}."
    raise ImproperlyConfigured(_remedy)
OTP_TOTP_ISSUER = "booking_site"  # what the app on the phone calls it

# --- Language and time: stored in UTC, spoken in the branch's zone ----------------------
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "booking_site" / "locale"]

# --- Database -------------------------------------------------------------------------
DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'booking_site.sqlite3'}")
    | {"CONN_MAX_AGE": 600}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction is alone from its first statement, so "look, then book"
    # is safe. PostgreSQL gets the same safety from a row lock.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

# --- Cache and background: Redis where there is one, else no server at all --------------
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        # A file, not process memory: a flag switched off in the admin must reach the worker.
        else {
            "BACKEND": "booking_site.embedded_cache.EmbeddedCache",
            "LOCATION": env.str("CACHE_DIR", default=str(VAR / "cache")),
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    )
}
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 5}
else:
    MESSAGES = env.path("CELERY_MESSAGES_DIR", default=str(VAR / "messages"))
    for folder in ("queue", "control"):
        Path(MESSAGES(folder)).mkdir(parents=True, exist_ok=True)  # kombu will not
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": MESSAGES("queue"),
        "data_folder_out": MESSAGES("queue"),
        "control_folder": MESSAGES("control"),
        "polling_interval": 0.1,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # the sweep sends again what a dead broker refused
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 50  # below the lease of 60 s
CELERY_TASK_SOFT_TIME_LIMIT = 40
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sync-unsynced": {"task": "calcom.tasks.sync_unsynced", "schedule": 15.0},
    # At night (UTC), and often enough for what Cal.com did not answer or had no time for.
    "check-event-maps": {
        "task": "calcom.tasks.check_event_maps",
        "schedule": crontab(hour="1-4", minute="*/15"),
    },
    "release-expired-holds": {
        "task": "appointments.tasks.release_expired_holds",
        "schedule": 600.0,
    },
    # At night, in UTC.
    "reconcile-with-calcom": {
        "task": "calcom.tasks.reconcile_all",
        "schedule": crontab(hour="2", minute="20"),
    },
    "forget-old-webhooks": {
        "task": "calcom.tasks.forget_old_webhooks",
        "schedule": crontab(hour="3", minute="20"),
    },
    "alert-callbacks": {"task": "appointments.tasks.alert_callbacks", "schedule": 300.0},
    "sweep-calls": {"task": "voice.tasks.sweep_calls", "schedule": 60.0},
    "forget-what-was-said": {
        "task": "voice.tasks.forget_what_was_said",
        "schedule": crontab(hour="3", minute="40"),
    },
    "forget-log-ins": {
        "task": "booking_site.tasks.forget_log_ins",
        "schedule": crontab(hour="3", minute="50"),
    },
}

# --- The outside world ----------------------------------------------------------------
APPOINTMENTS_KEEPERS = ["voice.keeping.CallKeeper", "calcom.keeping.BookingKeeper"]
APPOINTMENTS_CALENDAR = "calcom.calendar.CalcomCalendar"
CALCOM_API_URL = env.str("CALCOM_API_URL", default="https://api.cal.com")
CALCOM_CONNECT_TIMEOUT_SECONDS = 1.0
CALCOM_SLOTS_TIMEOUT_SECONDS = env.float("CALCOM_SLOTS_TIMEOUT_SECONDS", default=3.0)
CALCOM_BOOKING_TIMEOUT_SECONDS = env.float("CALCOM_BOOKING_TIMEOUT_SECONDS", default=5.0)
CALCOM_VERIFY_DELAY_SECONDS = env.float("CALCOM_VERIFY_DELAY_SECONDS", default=2.0)
CALCOM_RETRY_DELAYS_SECONDS = env.list(
    "CALCOM_RETRY_DELAYS_SECONDS", cast=float, default=[1, 5, 30]
)
# Of each API key, by all processes together; 0: no limit of ours.
CALCOM_REQUESTS_PER_MINUTE = env.int("CALCOM_REQUESTS_PER_MINUTE", default=120)
CALCOM_PLACEHOLDER_EMAIL_DOMAIN = env.str(
    "CALCOM_PLACEHOLDER_EMAIL_DOMAIN", default="customers.invalid"
)
RETELL_API_KEY = env.str("RETELL_API_KEY", default="")
RETELL_API_URL = env.str("RETELL_API_URL", default="https://api.retellai.com")
PUBLIC_URL = env.str("PUBLIC_URL", default="")  # where the platform reaches this site
# How long transcripts and recordings of calls are kept.
CALL_TRANSCRIPT_DAYS = env.int("CALL_TRANSCRIPT_DAYS", default=30)

# --- Flags: what holds where nobody has set anything in the admin ----------------------
WAFFLE_FLAG_MODEL = "features.CompanyFlag"
WAFFLE_ENABLE_ADMIN_PAGES = False  # features.admin has its own, in the site's theme
FEATURE_DEFAULTS = {
    name.removeprefix("FEATURE_").lower(): env.bool(name)
    for name in env.ENVIRON
    if name.startswith("FEATURE_")
}

# --- Answers --------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "booking_site",
    "VERSION": "1",
    "DESCRIPTION": "What the voice agent and Cal.com send to a salon, and what they are answered. "
    "Every address also works without its last slash.",
    "OAS_VERSION": "3.1.0",
    "DEFAULT_GENERATOR_CLASS": "booking_site.api.generator.Generator",
    "SERVE_INCLUDE_SCHEMA": False,
    # Enums stand where they are used: each function has statuses of its own.
    "POSTPROCESSING_HOOKS": [],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "retell": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Retell-Signature",
                "description": "`v=<unix milliseconds>,d=<hex>`: HMAC-SHA256 of the raw body and "
                "those milliseconds, with the company's Retell API key. At most five minutes old.",
            },
            "calcom": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Cal-Signature-256",
                "description": "Hex HMAC-SHA256 of the raw body with the company's secret.",
            },
        }
    },
    # The page's scripts are ours to serve: no salon's browser asks another site for them.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # No badge of somebody else's site either, which would be sent our addresses.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
}

# --- Static files and the admin's theme -------------------------------------------------
STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
UNFOLD = {
    "SITE_TITLE": "booking_site.navigation.get_house",
    "SITE_HEADER": "booking_site.navigation.get_house",
    "SITE_SYMBOL": "content_cut",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("booking_site/favicon.svg"),
        }
    ],
    "STYLES": [lambda _request: static("booking_site/accessible.css")],
    "SCRIPTS": [lambda _request: static("booking_site/accessible.js")],
    "SHOW_LANGUAGES": True,
    "ACCOUNT": {"navigation": "booking_site.navigation.get_account_links"},
    "DASHBOARD_CALLBACK": "booking_site.dashboard.show",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "booking_site.navigation.get_navigation",
    },
    "TABS": "booking_site.navigation.get_tabs",
}

# --- Logging: one event per line, every line with its call id -------------------------
_processors: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
_last: list[Processor] = (
    [
        without_personal_data,
        structlog.dev.ConsoleRenderer(
            # A handler writes to stderr; what goes into a file or a pipe is read without colours.
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,
        ),
    ]
    if DEBUG
    else [
        exceptions_without_locals,
        without_personal_data,
        structlog.processors.JSONRenderer(),
    ]
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _processors,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_last,
            ],
        }
    },
    "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A client that writes the addresses it asks, which name numbers; and a log-in in five lines.
    "loggers": {"httpx": {"level": "WARNING"}, "axes": {"level": "WARNING"}},
    "root": {"handlers": ["stdout"], "level": env.str("LOG_LEVEL", default="INFO")},
}
