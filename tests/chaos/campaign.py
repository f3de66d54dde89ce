"""One campaign: the plan comes from the seed, what the processes make of it from the machine."""

import random
import subprocess
import time
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from appointments.models import Company
from booking_site.demo.stage import Addresses, Stage, manage, run
from calcom.seeding import seed_of
from calcom.simulator import Simulator
from tests.chaos.people import DAYS_AHEAD, Customers, Outsiders
from tests.chaos.verdict import Verdict, judge
from tests.chaos.weather import Weather
from tests.chaos.workers import Workers

LONGEST_STEP_SECONDS = 0.4
# Of every hundred steps so many …
WEATHER_CHANGES, KILLS, LOST_QUEUES, OUTSIDERS = 10, 3, 3, 12


class Campaign:
    """Plays steps until enough appointments were made, lets all of it settle, and judges."""

    def __init__(
        self,
        *,
        seed: int,
        appointments: int,
        stage: Stage,
        environment: Mapping[str, str],
        addresses: Addresses,
    ) -> None:
        self._seed = seed
        self._appointments = appointments
        self._stage = stage
        self._environment = environment
        self._addresses = addresses
        self._companies = list(Company.objects.order_by("slug"))
        self._show = Console(highlight=False, width=100)

    def play(self) -> int:
        """Return 0 if everything that must be true is, else 1."""
        port = int(self._addresses.calcom.rpartition(":")[2])
        with Simulator(port=port) as simulator:
            for company in self._companies:
                simulator.seed(**seed_of(company, site=self._addresses.web))
            customers = Customers(self._companies, self._dice("customers"))
            outsiders = Outsiders(simulator, self._dice("outsiders"))
            weather = Weather(simulator, self._dice("weather"))
            began = time.monotonic()
            with Workers(stage=self._stage, environment=self._environment) as workers:
                steps = self._storm(customers, outsiders, weather, workers)
            stormed = time.monotonic() - began
            weather.clear()
            self._settle()
            settled = time.monotonic() - began - stormed
            verdict = judge(simulator, outsiders=outsiders)
            self._print(
                {
                    "seed": self._seed,
                    "steps": steps,
                    "seconds of storm": round(stormed),
                    "seconds until settled": round(settled),
                    **customers.done,
                    **outsiders.done,
                    **{f"fault {kind}": times for kind, times in sorted(weather.turned.items())},
                    "requests spoilt": _spoilt(simulator),
                    "workers killed": workers.kills,
                    "messages lost": workers.lost_messages,
                },
                verdict,
            )
        return 1 if verdict.wrong else 0

    def _storm(
        self, customers: Customers, outsiders: Outsiders, weather: Weather, workers: Workers
    ) -> int:
        steps, dice = 0, self._dice("steps")
        while customers.done["booked"] < self._appointments:
            steps += 1
            for share, act in (
                (WEATHER_CHANGES, weather.change),
                (KILLS, lambda: workers.kill_one(dice)),
                (LOST_QUEUES, workers.lose_messages),
                (OUTSIDERS, outsiders.act),
            ):
                if dice.randrange(100) < share:
                    act()
            customers.act()
            time.sleep(dice.uniform(0, LONGEST_STEP_SECONDS))
        return steps

    def _dice(self, whose: str) -> random.Random:
        """Return dice of one's own: what one does must not change another's plan."""
        return random.Random(f"{self._seed} {whose}")  # noqa: S311 -- repeatable, not secret

    def _settle(self) -> None:
        """Do what is due; compare both sides, for what no webhook told; do what that found."""
        sync = manage("sync_pending", "--until-idle")
        run(sync, environment=self._environment)
        # Its exit status speaks of what is left to people; what must be true is judged below.
        subprocess.run(  # noqa: S603 -- our own command
            manage("reconcile_calcom", "--days", str(DAYS_AHEAD + 2), "--fix"),
            env=dict(self._environment),
            capture_output=True,
            check=False,
        )
        run(sync, environment=self._environment)

    def _print(self, counts: Mapping[str, object], verdict: Verdict) -> None:
        table = Table("what happened", "how often", title="Chaos")
        for what, number in counts.items():
            table.add_row(what, str(number))
        table.add_section()
        for what, number in verdict.counts.items():
            table.add_row(what, str(number))
        self._show.print(table)
        for line in verdict.wrong:
            self._show.print(f"[red]WRONG[/] {line}")
        if not verdict.wrong:
            self._show.print("[green]Both calendars agree; the rest is in manual review.[/]")


def _spoilt(simulator: Simulator) -> int:
    return sum(bool(request["faults"]) for request in simulator.requests())
