"""Compare Cal.com with our appointments, and repair what is safe to repair."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from appointments.management.companies import company_named
from appointments.models import Company
from calcom import reconciling
from calcom.client import get_client
from calcom.errors import CalcomError
from calcom.reconciling import Difference

UNREAD = 2  # the exit status where nothing is known; 1 is a difference that remains


class Command(BaseCommand):
    help = (
        "Compare Cal.com with our appointments. Exits with 0 where both agree (after --fix: now), "
        "1 where a difference remains, 2 where Cal.com could not be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", metavar="SLUG", help="Only this one; else all that sync.")
        parser.add_argument(
            "--days",
            type=_days,
            default=reconciling.DAYS,
            help=f"How far ahead, {reconciling.DAYS} if not said; one day back always.",
        )
        parser.add_argument("--fix", action="store_true", help="Repair what is safe to repair.")
        parser.add_argument("--format", choices=("table", "json"), default="table")

    def handle(self, *, days: int, fix: bool, format: str, **options: Any) -> None:  # noqa: A002 -- the option's name
        rows: list[dict[str, Any]] = []
        unread: list[str] = []
        for company in _companies(options["company"]):
            try:
                rows += _rows_of(company, days=days, fix=fix)
            except CalcomError as error:
                unread.append(f"{company.slug}: {error}")
        if format == "json":
            self.stdout.write(json.dumps(rows, indent=2))
        elif rows or not unread:  # what could not be read may differ
            self._report(rows)
        if unread:
            msg = "\n".join(["Cal.com could not be read, so nothing was done about:", *unread])
            raise CommandError(msg, returncode=UNREAD)
        remaining = sum(row["remains"] for row in rows)
        if remaining:
            msg = f"{remaining} of {len(rows)} differences remain."
            raise CommandError(msg)

    def _report(self, rows: list[dict[str, Any]]) -> None:
        console = Console(file=cast("IO[str]", self.stdout), highlight=False)
        if not rows:
            console.print("No differences.")
            return
        columns = ("company", "kind", "remedy", "starts_at", "appointment", "segment", "detail")
        table = Table(*columns, "remains")
        for row in rows:
            table.add_row(*(row[column] for column in columns), "yes" if row["remains"] else "no")
        console.print(table)


def _companies(slug: str | None) -> list[Company]:
    if slug is None:
        return list(Company.objects.exclude(calcom_api_key="").order_by("slug"))
    company = company_named(slug)
    if not company.syncs:
        msg = f"{slug} does not sync with Cal.com: it has no API key."
        raise CommandError(msg)
    return [company]


def _days(text: str) -> int:
    days = int(text)
    if days < 0:
        msg = f"{days} lies in the past; one day back is always compared"
        raise ArgumentTypeError(msg)
    return days


def _rows_of(company: Company, *, days: int, fix: bool) -> list[dict[str, Any]]:
    """Return what was found, and of each whether it is still so."""
    client = get_client(api_key=company.calcom_api_key)
    if not fix:
        found = reconciling.find_differences(company, days=days, client=client, now=timezone.now())
        return [_row(company, difference, remains=True) for difference in found]
    found, appointment_ids = reconciling.reconcile(
        company, days=days, client=client, now=timezone.now()
    )
    if not found:
        return []
    reconciling.finish(company, appointment_ids, client=client, now=timezone.now())
    left = reconciling.find_differences(company, days=days, client=client, now=timezone.now())
    still = {difference.key: difference for difference in left}
    every = {difference.key: difference for difference in found} | still
    return [_row(company, difference, remains=key in still) for key, difference in every.items()]


def _row(company: Company, difference: Difference, *, remains: bool) -> dict[str, Any]:
    return {
        "company": company.slug,
        "kind": difference.kind.value,
        "remedy": difference.remedy.value,
        "starts_at": difference.starts_at.isoformat(timespec="minutes"),
        "appointment": difference.appointment,
        "segment": difference.segment,
        "uid": difference.uid,
        "detail": difference.detail,
        "remains": remains,
    }
