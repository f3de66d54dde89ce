"""Every address of the site. Those of machines work with and without the trailing slash."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
