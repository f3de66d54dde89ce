"""`erase_customer ID`: forget who a customer was."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from appointments.actions import erase_customer
from appointments.models import Customer


class Command(BaseCommand):
    help = (
        "Erase a customer's personal data (GDPR): name, number, e-mail and notes, everywhere. "
        "Appointments stay for the statistics; those ahead are cancelled first, in Cal.com too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, help="the customer's number, as in the admin's address")

    def handle(self, *_args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(pk=options["id"]).first()
        if customer is None:
            raise CommandError(f"There is no customer {options['id']}.")
        erased = erase_customer(customer=customer, now=timezone.now())
        self.stdout.write(f"Customer {customer.pk} is erased.")
        self.stdout.write(f"  appointments cancelled: {erased.cancelled}")
        for kind, rows in erased.emptied.items():
            self.stdout.write(f"  {kind} emptied: {rows}")
        self.stdout.write(
            "Not in our reach: what Cal.com keeps of past and cancelled bookings, and recordings "
            "at the telephone platform. Delete them there."
        )
