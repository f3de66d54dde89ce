"""What needs a person, as a list of its own."""

from django.utils.translation import gettext_lazy as _

from appointments.models.appointment import Appointment
from appointments.models.audited import heard_as


class Review(Appointment):
    """An appointment seen as a case of the manual-review queue."""

    class Meta:
        proxy = True
        verbose_name = _("appointment to review")
        verbose_name_plural = _("to review")


heard_as(Review)
