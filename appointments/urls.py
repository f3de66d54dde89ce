"""The pages of the back office that are not a model's."""

from django.contrib import admin
from django.urls import path

from appointments.admin.day import card, day

urlpatterns = [
    path("", admin.site.admin_view(day), name="day"),
    path("<int:pk>/", admin.site.admin_view(card), name="day_card"),
]
