"""Every address of the site. Those of machines work with and without the trailing slash."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from booking_site import health
from booking_site.access.headers import favicon

handler403 = "booking_site.access.pages.denied"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("favicon.ico", favicon),
    path("admin/day/", include("appointments.urls")),
    path("admin/two-factor/", include("booking_site.access.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/voice/", include("voice.urls")),
    path("api/calcom/", include("calcom.urls")),
    re_path(r"^api/schema/?$", SpectacularAPIView.as_view(), name="schema"),
    re_path(r"^api/docs/?$", SpectacularSwaggerSplitView.as_view(url_name="schema")),
    re_path(r"^healthz/?$", health.healthz),
    re_path(r"^readyz/?$", health.readyz),
    re_path(r"^metrics/?$", health.metrics),
]
