"""How the demo looks: a dialogue as a person would like to read it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from appointments.models import Appointment, AppointmentPhase

ARGUMENT_CHARACTERS = 60
WIDTH = 110  # where no terminal says


class Programme:
    """Prints the demo, one thing after the other."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)

    def title(self, text: str) -> None:
        self.console.print(Panel(text, style="bold", expand=False))

    def call(self, number: str, what: str) -> None:
        self.console.print()
        self.console.rule(f"[bold]Anruf {number}[/] · {what}", align="left")

    def caller(self, words: str) -> None:
        self.console.print(f"  [yellow]Anruferin[/]  {words}")

    def answer(self, answer: Any, args: Mapping[str, Any]) -> None:
        """Print a function call with its milliseconds, and what the agent says."""
        given = ", ".join(f"{key}={short(value)}" for key, value in args.items())
        self.console.print(
            f"  [dim]{answer.milliseconds:7.0f} ms  {answer.function}({given}) → {answer.status}[/]"
        )
        self.console.print(f"  [green]Agent[/]      {answer.message}")

    def note(self, text: str) -> None:
        self.console.print(f"  [cyan]{text}[/]")

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        with self.console.status(text):
            yield

    def synced(self, seconds: float) -> None:
        self.console.print(f"  [dim]{seconds * 1000:7.0f} ms  Celery: fertig[/]")

    def phases(
        self,
        appointment: Appointment,
        phases: Sequence[AppointmentPhase],
        verified: Sequence[AppointmentPhase],
    ) -> None:
        """Print what we hold beside what Cal.com really holds."""
        zone = appointment.branch.zone
        table = Table(title=f"{appointment.service.name} bei {appointment.staff.name}")
        for heading in ("Phase", "Zeit", "Hände", "Buchung in Cal.com", "geprüft"):
            table.add_column(heading)
        for phase in phases:
            start, end = (at.astimezone(zone) for at in (phase.starts_at, phase.ends_at))
            table.add_row(
                phase.segment_key,
                f"{start:%H:%M}-{end:%H:%M}",
                "ja" if phase.staff_required else "frei",
                phase.calcom_booking_uid or "-",
                "✓" if phase in verified else ("✗" if phase.staff_required else ""),
            )
        self.console.print(table)

    def review(self, appointment: Appointment) -> None:
        """Print an item of the manual-review queue."""
        table = Table(title="Prüfliste im Admin")
        for heading in ("Termin", "Grund", "Fehler"):
            table.add_column(heading)
        start = appointment.starts_at.astimezone(appointment.branch.zone)
        table.add_row(
            f"{appointment.service.name}, {start:%d.%m. %H:%M}",
            appointment.review_reason,
            appointment.sync_error,
        )
        self.console.print(table)

    def failed(self, text: str) -> None:
        self.console.print(f"[bold red]DEMO FAILED[/] {text}")


def short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= ARGUMENT_CHARACTERS else f"{text[:ARGUMENT_CHARACTERS]}…"
