"""Load a salon file: create or update everything it describes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from booking_site.salon_file import (
    DocumentError,
    Loaded,
    load_salon_file,
    read_salon_file,
)

COLUMNS = ("created", "updated", "unchanged", "pruned")


class Command(BaseCommand):
    help = "Create or update a company from a salon file. Twice is the same as once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="Remove what the file no longer names; never anything with appointments.",
        )

    def handle(self, *, file: Path, prune: bool, verbosity: int, **_: Any) -> None:
        try:
            text = file.read_text(encoding="utf-8")
            loaded = load_salon_file(
                salon=read_salon_file(text=text), now=timezone.now(), prune=prune
            )
        except DocumentError as error:
            for problem in error.problems:
                self.stderr.write(f"{file}:{problem}")
            msg = f"Nothing of {file} was loaded; put right what is listed above."
            raise CommandError(msg) from error
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{file} cannot be read: {error}"
            raise CommandError(msg) from error
        if verbosity:
            self._report(loaded)

    def _report(self, loaded: Loaded) -> None:
        console = Console(file=cast("IO[str]", self.stdout), highlight=False)
        table = Table("", *COLUMNS, title=loaded.company, title_justify="left")
        for kind, counts in loaded.counts.items():
            numbers = (getattr(counts, column) for column in COLUMNS)
            table.add_row(kind, *(str(number or ".") for number in numbers))
        console.print(table)
        for heading, names in (
            ("Not in the file, and left as it is (--prune removes it):", loaded.surplus),
            ("Not in the file, but kept, because something depends on it:", loaded.kept),
        ):
            if names:
                console.print(heading)
                for name in names:
                    console.print(f"  {name}", markup=False)
