"""`flush` as tests that commit need it: Django's test cases call it by this name."""

from typing import Any

from django.core.management.commands import flush

from tests import flushing


class Command(flush.Command):
    def handle(self, **_options: Any) -> None:
        flushing.flush()
