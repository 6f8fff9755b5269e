"""All settings of the project, read from the environment (see docs/settings.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from cdp import env
from cdp.outside import *  # noqa: F403 - all of them are settings
from cdp.security import *  # noqa: F403 - all of them are settings
from cdp.shell import UNFOLD  # noqa: F401 - a setting

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("REGULARS_DATA_DIR", str(BASE_DIR / "var"))).expanduser().resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(
        f"The folder REGULARS_DATA_DIR ({DATA_DIR}) cannot be created: {error.strerror}. "
        "Name a folder that this user may write to."
    ) from error

# Workers share the cores: threads of the arithmetic library would fight for them.
env.default("OPENBLAS_NUM_THREADS", "1")

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY", kept_in=DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.text("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").replace(" ", "").split(",")
CSRF_TRUSTED_ORIGINS = [
    o for o in env.text("CSRF_TRUSTED_ORIGINS", "").replace(" ", "").split(",") if o
]
if any(urlsplit(origin).scheme not in ("http", "https") for origin in CSRF_TRUSTED_ORIGINS):
    raise ImproperlyConfigured(
        "The setting CSRF_TRUSTED_ORIGINS holds an address without scheme. "
        "Write https://shop.example, several separated by commas."
    )

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "cdp.apps.SiteConfig",
    "axes",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_countries",
    "django_filters",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_q",
    "rest_framework",
    "cdp",
    "analytics",
    "segments",
    "integrations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "cdp.middleware.ShopCalendarMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "cdp.urls"
WSGI_APPLICATION = "cdp.wsgi.application"
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

DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'regulars.sqlite3'}")
try:
    _database: dict[str, Any] = {
        **dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)
    }
except (ValueError, dj_database_url.UnknownSchemeError) as error:
    raise ImproperlyConfigured(
        "The setting DATABASE_URL cannot be read. Write sqlite:////path/to/file.sqlite3 or "
        "postgres://user:password@host:5432/name."
    ) from error
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a deferred transaction that reads and then writes fails at once under WAL,
    # whatever the time-out is. FULL: an acknowledged import survives a power cut.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-131072; "
            "PRAGMA mmap_size=4294967296; PRAGMA temp_store=MEMORY; "
            "PRAGMA journal_size_limit=67108864;"
        ),
    }
elif _database["ENGINE"] == "django.db.backends.postgresql":
    _database["OPTIONS"] = {"connect_timeout": 10} | _database.get("OPTIONS", {})
else:
    raise ImproperlyConfigured(
        "The setting DATABASE_URL names a database that Regulars does not run on. "
        "Use SQLite or PostgreSQL."
    )
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("da", "Dansk"), ("de", "Deutsch"), ("it", "Italiano")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # served from where they lie, nothing to collect

Q_WORKERS = env.integer("WORKERS", 2, minimum=1, maximum=64)
Q_TIMEOUT = env.integer("TASK_TIMEOUT_SECONDS", 60, minimum=15, maximum=3600)
Q_CLUSTER = {
    "name": "regulars",
    "label": "Background jobs",
    "orm": "default",
    "workers": Q_WORKERS,
    "queue_limit": Q_WORKERS,
    "bulk": 1,
    "timeout": Q_TIMEOUT,
    # Longer than a task may wait in memory and then run; checked by cdp.E003.
    "retry": ((Q_WORKERS + 1 + Q_WORKERS - 1) // Q_WORKERS + 1) * (Q_TIMEOUT + 3) + 30,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 50,
    "recycle": 200,
    "max_rss": 800_000,
    "poll": 0.5,
    "time_zone": "UTC",
    "scheduler": False,  # `manage.py worker` asks for the tick; daily times are in cdp.schedules
}
# A lease outlives the longest task, so that only a dead worker lets it lapse; checked by cdp.W003.
JOB_LEASE_SECONDS = env.integer("JOB_LEASE_SECONDS", Q_TIMEOUT + 30, minimum=1, maximum=7200)
JOB_SLICE_SECONDS = env.integer("JOB_SLICE_SECONDS", 10, minimum=1, maximum=600)
JOB_TICK_SECONDS = env.integer("JOB_TICK_SECONDS", 60, minimum=1, maximum=600)
WORKER_SILENCE_SECONDS = env.integer("WORKER_SILENCE_SECONDS", 180, minimum=3, maximum=86400)

EXPORT_DAYS = env.integer("EXPORT_DAYS", 7, minimum=1, maximum=365)
# Uploads go straight to the data folder: /tmp may lie in memory.
UPLOAD_LIMIT_MB = env.integer("UPLOAD_LIMIT_MB", 500, minimum=1, maximum=100_000)
FILE_UPLOAD_HANDLERS = ["cdp.ingest.receiving.ImportUploadHandler"]
SEGMENT_MAX_CONDITIONS = env.integer("SEGMENT_MAX_CONDITIONS", 4, minimum=1, maximum=20)
LOG_LEVEL = env.choice(
    "LOG_LEVEL", "WARNING", allowed=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"secrets": {"()": "cdp.redaction.SecretFilter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["secrets"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # In place of Django's own handlers, which write the address of every request as it came.
    "loggers": {
        "django": {"handlers": []},
        "urllib3": {"level": "WARNING"},  # its debug lines hold addresses with their queries
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
