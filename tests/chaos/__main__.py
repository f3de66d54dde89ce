"""`python -m tests.chaos [--seed N] [--appointments N]`: play a campaign, print the counts.

It has a database, a broker and a simulated Cal.com of its own, in `var/chaos`. DATABASE_URL and
REDIS_URL, where given, are used instead: **emptied**, so name ones that hold nothing.
"""

import argparse
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

import django
from django.core.management import call_command

from booking_site.demo.stage import Stage, manage, run, running, wait_until_ready

ROOT = Path(__file__).parents[2]
SALONS = ("salons/salon-eins.yaml", "salons/salon-zwei.yaml")
# As in production, only faster: a campaign is to end today.
SPEED = {
    "CALCOM_SLOTS_TIMEOUT_SECONDS": "0.5",
    "CALCOM_BOOKING_TIMEOUT_SECONDS": "1",
    "CALCOM_VERIFY_DELAY_SECONDS": "0.1",
    "CALCOM_RETRY_DELAYS_SECONDS": "0.3,1,4",
    "CALCOM_REQUESTS_PER_MINUTE": "0",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--appointments", type=int, default=300)
    options = parser.parse_args()
    os.chdir(ROOT)
    stage = Stage.build(ROOT / "var" / "chaos")
    addresses = stage.addresses()
    environment = stage.environment(addresses) | SPEED | _storage(os.environ)
    os.environ.update(environment, LOG_LEVEL="CRITICAL")  # what is printed are the counts
    os.environ["DJANGO_SETTINGS_MODULE"] = "booking_site.settings"
    run(manage("migrate", "--verbosity", "0"), environment=environment)
    django.setup()
    # With CASCADE: PostgreSQL will not empty the users' table without waffle's own, which is
    # left behind when its flag model is replaced.
    call_command("flush", interactive=False, verbosity=0, allow_cascade=True)
    for salon in SALONS:
        run(manage("load_salon", salon), environment=environment)
    from tests.chaos.campaign import Campaign  # noqa: PLC0415 -- its models need the settings

    bind = addresses.web.removeprefix("http://")
    gunicorn = [sys.executable, "-m", "gunicorn", "booking_site.wsgi", "--threads", "4"]
    web = {"web": [*gunicorn, "--bind", bind]}
    with running(web, stage=stage, environment=environment) as processes:
        wait_until_ready(f"{addresses.web}/healthz", process=processes["web"], log=stage.log("web"))
        campaign = Campaign(
            seed=options.seed,
            appointments=options.appointments,
            stage=stage,
            environment=environment,
            addresses=addresses,
        )
        return campaign.play()


def _storage(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in ("DATABASE_URL", "REDIS_URL") if given.get(name)}


if __name__ == "__main__":
    sys.exit(main())
