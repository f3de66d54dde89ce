"""The Celery application: `celery -A booking_site worker`."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from booking_site import log_context  # noqa: F401 -- connects the call id to every task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "booking_site.settings")

TRANSPORT_ALIASES["filesystem"] = "booking_site.embedded_broker:Transport"

app = Celery("booking_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
