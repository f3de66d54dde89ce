"""Cal.com's address, with and without the trailing slash."""

from django.urls import re_path

from calcom import webhooks

urlpatterns = [
    re_path(r"^webhook/(?P<slug>[-a-zA-Z0-9_]+)/?$", webhooks.receive, name="calcom-webhook")
]
