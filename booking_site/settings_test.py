"""What tests change, and nothing else."""

import os
import tempfile

# Before the settings are read: no developer's .env, no developer's messages.
os.environ["ENV_FILE"] = os.devnull
os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 50)
os.environ.setdefault("CELERY_MESSAGES_DIR", tempfile.mkdtemp(prefix="booking-site-messages-"))

from booking_site.settings import *  # noqa: F403 -- the environment comes first
from booking_site.settings import CACHES, DATABASES, REDIS_URL, STORAGES, VAR

HTTPS = SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file: in memory, SQLite's table locks ignore the time limit and threads collide.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
if not REDIS_URL:
    CACHES["default"]["LOCATION"] = tempfile.mkdtemp(prefix="booking-site-cache-")

# Cal.com is wherever a test started the simulator; a forgotten setting must reach nobody.
CALCOM_API_URL = "http://127.0.0.1:9"
CALCOM_VERIFY_DELAY_SECONDS = 0.0
CALCOM_RETRY_DELAYS_SECONDS = [0.0, 0.0, 0.0]
RETELL_API_KEY = ""
