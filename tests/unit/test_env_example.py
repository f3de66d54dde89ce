"""The example of an environment says what the settings would say without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRINT = (
    "from django.conf import settings as s; "
    "print(s.DEBUG, s.HTTPS, s.REDIS_URL, s.RETELL_API_KEY, s.CREDENTIALS_KEY, s.CALCOM_API_URL,"
    " s.CSRF_TRUSTED_ORIGINS, s.DATABASES['default']['NAME'], s.FEATURE_DEFAULTS,"
    " s.SESSION_COOKIE_AGE, s.TRUSTED_PROXIES, s.TWO_FACTOR_REQUIRED)"
)


def settings_with(env_file: Path | str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "booking_site.settings",
        "ENV_FILE": str(env_file),
        **more,
    }
    return subprocess.run(  # noqa: S603 -- our own settings
        [sys.executable, "-c", PRINT],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_changes_nothing():
    key = {"SECRET_KEY": "x" * 50}

    example = settings_with(ROOT / ".env.example", **key)

    assert example.stdout
    assert example.stdout == settings_with(os.devnull, **key).stdout


@pytest.mark.parametrize("env_file", [ROOT / ".env.example", os.devnull])
def test_without_a_secret_key_nothing_starts(env_file):
    refused = settings_with(env_file)

    assert refused.returncode == 1
    assert "Set SECRET_KEY to a long random text" in refused.stderr


def test_a_second_factor_of_nobody_in_particular_is_a_mistake():
    refused = settings_with(os.devnull, SECRET_KEY="x" * 50, TWO_FACTOR_REQUIRED="managers")

    assert refused.returncode == 1
    assert "TWO_FACTOR_REQUIRED is nobody, ops or everyone, not 'managers'" in refused.stderr
