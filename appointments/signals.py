"""The one signal of the site: a doorbell, not a ledger."""

from django.dispatch import Signal

# Sent after the commit with `appointment_id`. It may be missed: whoever must keep up compares
# `Appointment.revision` with what they know.
appointment_changed = Signal()

# Sent after the commit with `company_id` when anything changed that availability depends on:
# appointments, hours, time off, services. Holds are nobody else's business.
availability_changed = Signal()
