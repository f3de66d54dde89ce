"""`python -m tests.showroom [--serve] [--again] [--only PAGE …]`: a lived-in salon to look at.

Without --serve, pictures of it go to docs/screenshots. It has a database and a simulated Cal.com
of its own, in var/showroom, made anew unless --again says that those of the last time will do.
"""

import argparse
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import django
from django.core.management import call_command
from django.test.utils import setup_test_environment

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "var" / "showroom"
PICTURES = ROOT / "docs" / "screenshots"
# A Thursday, a while before noon: half of the day is over, and half lies ahead.
NOW = datetime(2026, 11, 19, 11, 20, tzinfo=ZoneInfo("Europe/Berlin"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--serve", action="store_true", help="let a person look, take no pictures")
    parser.add_argument("--again", action="store_true", help="as it was made the last time")
    parser.add_argument("--only", nargs="*", default=[], metavar="PAGE")
    parser.add_argument("--look", default="", help="only those, such as de-phone or dark")
    options = parser.parse_args()
    os.chdir(ROOT)
    _set_up(anew=not options.again)
    # Models and pages need the settings, and only pictures a browser.
    if options.serve:
        from tests.showroom.showing import serve  # noqa: PLC0415

        return serve(folder=FOLDER, now=NOW, anew=not options.again)
    from tests.showroom.camera import take_pictures  # noqa: PLC0415

    return take_pictures(
        folder=FOLDER,
        pictures=PICTURES,
        now=NOW,
        anew=not options.again,
        only=options.only,
        look=options.look,
    )


def _set_up(*, anew: bool) -> None:
    if anew:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "booking_site.settings_test",
        "DATABASE_URL": f"sqlite:///{FOLDER / 'showroom.sqlite3'}",
        "REDIS_URL": "",
        "LOG_LEVEL": "CRITICAL",
        # Playwright's loop runs in this thread, which is all that Django looks at.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
    django.setup()
    setup_test_environment()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
