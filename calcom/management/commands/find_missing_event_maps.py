"""List what could be offered but not booked in Cal.com, and make what it takes."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override
from rich.console import Console
from rich.table import Table

from appointments.management.companies import company_named
from appointments.models import Company
from calcom.event_maps import (
    MapKey,
    MissingMap,
    Outcome,
    Problem,
    create_each,
    get_missing_maps,
    remedy_for,
)

WIDTH = 100
NOTHING_MISSING = "Nothing is missing: whatever is offered can be booked in Cal.com."
PAUSE_SECONDS = 60  # Cal.com refuses for so long, once it has been asked too often
LONGEST_PAUSE_SECONDS = 120
MOST_PAUSES = 5  # in a row, with nothing made between them


class Command(BaseCommand):
    help = (
        "List every branch, staff member, service and segment that could be offered but not "
        "booked in Cal.com: its event map is missing or broken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", metavar="SLUG", help="only this one; else all that sync")
        parser.add_argument("--format", choices=["table", "json"], default="table")
        parser.add_argument(
            "--create",
            action="store_true",
            help="make the missing event types and maps; exits with 1 if any could not be made",
        )

    # Kinds of problems have names in the admin's languages; a terminal reads English.
    @override("en")
    def handle(self, *, company: str | None, format: str, create: bool, **_: Any) -> None:  # noqa: A002 -- the option's name
        companies = self._companies(company, create=create)
        as_json = format == "json"
        if not create:
            missing = get_missing_maps(company_ids=[each.pk for each in companies])
            self._write_json(map(_row, missing)) if as_json else self._show(missing)
            return
        outcomes = [
            outcome for each in companies for outcome in self._create(each, says_so=not as_json)
        ]
        if as_json:
            self._write_json(map(_result, outcomes))
        else:
            self._sum_up(outcomes)
        failed = sum(outcome.problem is not None for outcome in outcomes)
        if failed:
            message = f"{_count(failed, 'event map')} could not be made."
            raise CommandError(message)

    def _companies(self, slug: str | None, *, create: bool) -> list[Company]:
        if slug is None:
            return list(Company.objects.exclude(calcom_api_key="").order_by("slug"))
        company = company_named(slug)
        if not company.syncs:
            message = f"{slug} does not sync with Cal.com: it has no API key."
            if create:
                raise CommandError(message)
            self.stderr.write(f"{message} Until then nothing needs these maps.")
        return [company]

    # --- Listing ----------------------------------------------------------------------------

    def _write_json(self, rows: Iterable[dict[str, Any]]) -> None:
        self.stdout.write(json.dumps(list(rows), ensure_ascii=False, indent=2))

    def _show(self, missing: Sequence[MissingMap]) -> None:
        console = self._console()
        if not missing:
            console.print(NOTHING_MISSING)
            return
        for (company, branch), rows in groupby(missing, key=lambda row: (row.company, row.branch)):
            table = Table("staff", "service", "segments", "reason", title=f"{company}, {branch}")
            table.title_justify = "left"
            for cells in _lines(rows):
                table.add_row(*cells)
            console.print(table)
        combinations = {(row.key.branch_id, row.staff_id, row.service_id) for row in missing}
        companies = sorted({row.company for row in missing})
        console.print(
            f"{_count(len(missing), 'event map')} missing or broken, for "
            f"{_count(len(combinations), 'combination')} of staff member and service, in "
            f"{_count(len(companies), 'company', 'companies')}."
        )
        only = f" --company {companies[0]}" if len(companies) == 1 else ""
        console.print(f"Make them: manage.py find_missing_event_maps{only} --create")

    def _console(self) -> Console:
        stream = cast("IO[str]", self.stdout)
        width = None if self.stdout.isatty() else WIDTH
        return Console(file=stream, width=width, highlight=False, soft_wrap=False)

    # --- Making -----------------------------------------------------------------------------

    def _create(self, company: Company, *, says_so: bool) -> Iterator[Outcome]:
        """Make what is missing of a company, and pause whenever Cal.com asks for it."""
        keys: set[MapKey] | None = None
        pauses = 0
        while True:
            put_off: list[Outcome] = []
            for outcome in create_each(company=company, now=timezone.now(), keys=keys):
                if outcome.problem == Problem.BUSY:
                    put_off.append(outcome)
                    continue
                pauses = 0
                if says_so:
                    self._tell(outcome)
                yield outcome
            if not put_off or pauses == MOST_PAUSES:
                break
            keys = {outcome.missing.key for outcome in put_off}
            pauses += 1
            self._pause(put_off[0], says_so=says_so)
        yield from put_off

    def _pause(self, outcome: Outcome, *, says_so: bool) -> None:
        seconds = min(outcome.retry_after_seconds or PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        if says_so:
            self.stdout.write(f"Cal.com asks to wait: going on in {seconds:.0f} seconds.")
            self.stdout.flush()
        time.sleep(seconds)

    def _tell(self, outcome: Outcome) -> None:
        row = outcome.missing
        what = f"{row.company}: {row.service} {row.segment_key}, {row.staff}"
        if outcome.problem is None:
            how = "made" if outcome.made else "found"
            self.stdout.write(f"{what}: event type {outcome.event_type_id} {how}")
        else:
            problem = Problem(outcome.problem)
            facts = f" ({outcome.facts})" if outcome.facts else ""
            self.stdout.write(f"{what}: not made, {problem.label}{facts}")
        self.stdout.flush()

    def _sum_up(self, outcomes: Sequence[Outcome]) -> None:
        console = self._console()
        if not outcomes:
            console.print(NOTHING_MISSING)
            return
        done = [outcome for outcome in outcomes if outcome.problem is None]
        made = sum(outcome.made for outcome in done)
        console.print(
            f"{_count(len(done), 'event map')} made: {made} with a new event type, "
            f"{len(done) - made} with one that was there."
        )
        problems = {Problem(each.problem) for each in outcomes if each.problem}
        for problem in sorted(problems):
            console.print(f"{problem.label}: {remedy_for(problem)}", markup=False)


def _row(row: MissingMap) -> dict[str, Any]:
    names = ("company", "branch", "staff", "service", "segment_key", "reason")
    return {name: getattr(row, name) for name in names}


def _result(outcome: Outcome) -> dict[str, Any]:
    problem = Problem(outcome.problem) if outcome.problem else None
    return _row(outcome.missing) | {
        "event_type_id": outcome.event_type_id,
        "made": outcome.made,
        "problem": problem,
        "facts": outcome.facts,
        "remedy": remedy_for(problem) if problem else "",
    }


def _lines(rows: Iterable[MissingMap]) -> Iterator[tuple[str, str, str, str]]:
    """Join the segments of one service with one staff member that lack the same."""
    for (staff, service), of_service in groupby(rows, key=lambda row: (row.staff, row.service)):
        keys: dict[str, list[str]] = {}
        for row in of_service:
            keys.setdefault(row.reason, []).append(row.segment_key)
        for reason, segments in keys.items():
            yield staff, service, ", ".join(segments), reason


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
