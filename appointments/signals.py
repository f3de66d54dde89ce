"""The signals of the site: doorbells, not ledgers."""

from django.dispatch import Signal

# Sent after the commit with `appointment_id`. It may be missed: whoever must keep up compares
# `Appointment.revision` with what they know.
appointment_changed = Signal()

# Sent after the commit with `company_id` when anything changed that availability depends on:
# appointments, hours, time off, services.
availability_changed = Signal()

# Sent after the commit with `company_id` when holds were made or given back: they change what
# can be offered here, and nothing outside.
holds_changed = Signal()
