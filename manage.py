"""Django's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "booking_site.settings")
    from django.core.management import execute_from_command_line

    from appointments.actors import Actor, ActorKind, acting_as

    # Whatever a command writes, the audit trail names the command.
    command = " ".join(sys.argv[1:2])
    with acting_as(Actor(kind=ActorKind.SYSTEM, task=command)):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
