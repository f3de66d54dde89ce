"""Time that goes by between two turns, without anybody waiting for it.

The site's clock stays what it is: everything the salon remembers becomes older instead. Only a
salon that was made for a script is ever touched.
"""

from datetime import timedelta

from django.db.models import F

from appointments.models import Appointment, Company, Status
from voice.models import Call, FunctionCall, Offer


def let_pass(company: Company, minutes: int) -> None:
    """Make holds, offers, calls and function calls of a company older."""
    by = timedelta(minutes=minutes)
    Appointment.objects.of(company).filter(status=Status.HELD).update(
        held_until=F("held_until") - by
    )
    Offer.objects.filter(call__company=company).update(offered_at=F("offered_at") - by)
    FunctionCall.objects.filter(call__company=company).update(started_at=F("started_at") - by)
    Call.objects.filter(company=company).update(
        created_at=F("created_at") - by, limited_until=F("limited_until") - by
    )
