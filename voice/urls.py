"""The agent's addresses, with and without the trailing slash."""

from django.urls import re_path

from voice import views, webhooks

urlpatterns = [
    re_path(r"^functions/?$", views.functions),
    re_path(r"^functions/(?P<name>[A-Za-z0-9_]{1,64})/?$", views.functions),
    re_path(r"^webhook/?$", webhooks.webhook),
    re_path(r"^inbound/?$", webhooks.inbound),
]
