"""What tests change, and nothing else."""

import atexit
import os
import shutil
import tempfile

# One folder per run, so that two runs on one machine never meet.
FOLDER = tempfile.mkdtemp(prefix="booking-site-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

# ... and so that two processes of one run share no cache: emptying it empties all of it.
if worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
    redis, _, number = os.environ.get("REDIS_URL", "").rpartition("/")
    if redis:
        os.environ["REDIS_URL"] = f"{redis}/{int(number) + int(worker) + 1}"

# Before the settings are read: no developer's .env, no developer's messages.
os.environ["ENV_FILE"] = os.devnull
os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 50)
os.environ["CELERY_MESSAGES_DIR"] = f"{FOLDER}/messages"
os.environ["CACHE_DIR"] = f"{FOLDER}/cache"
os.environ["STATIC_ROOT"] = f"{FOLDER}/static"
os.environ["PROMETHEUS_MULTIPROC_DIR"] = f"{FOLDER}/metrics"
os.makedirs(f"{FOLDER}/metrics")  # noqa: PTH103 -- before anything else is imported

from booking_site.settings import *  # noqa: E402, F403 -- the environment comes first
from booking_site.settings import DATABASES, INSTALLED_APPS, STORAGES  # noqa: E402

INSTALLED_APPS += ["tests.flushing"]

HTTPS = SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SESSION_COOKIE_AGE = 14 * 24 * 3600  # one client sees several days of a test go by
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file: in memory, SQLite's table locks ignore the time limit and threads collide.
    DATABASES["default"]["TEST"] = {"NAME": f"{FOLDER}/test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
else:
    # Nobody will miss what a power cut takes.
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}

# Cal.com is wherever a test started the simulator; a forgotten setting must reach nobody.
CALCOM_API_URL = "http://127.0.0.1:9"
CALCOM_VERIFY_DELAY_SECONDS = 0.0
CALCOM_REQUESTS_PER_MINUTE = 0
CALCOM_RETRY_DELAYS_SECONDS = [0.0, 0.0, 0.0]
RETELL_API_KEY = ""
RETELL_API_URL = "http://127.0.0.1:9"
