"""The pages about one's own way in."""

from django.contrib import admin
from django.urls import path

from booking_site.access import pages

own = admin.site.admin_view
urlpatterns = [
    path("", own(pages.two_factor), name="two_factor"),
    path("begin/", own(pages.begin), name="two_factor_begin"),
    path("confirm/", own(pages.confirm), name="two_factor_confirm"),
    path("backup-codes/", own(pages.backup_codes), name="two_factor_backup_codes"),
    path("off/", own(pages.off), name="two_factor_off"),
    path("code/", own(pages.code), name="two_factor_code"),
]
