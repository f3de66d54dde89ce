"""The Celery application: `celery -A booking_site worker`."""

import os

from celery import Celery

from booking_site import log_context  # noqa: F401 -- connects the call id to every task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "booking_site.settings")

app = Celery("booking_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
