"""Finding a customer from wherever one is: what the search of every page looks through."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from appointments.admin.shown import name_of
from appointments.models import Customer

if TYPE_CHECKING:
    from dataclasses import dataclass

    @dataclass
    class SearchResult:
        """One line of the theme's search."""

        title: str
        description: str
        link: str
        icon: str | None
else:
    from unfold.dataclasses import SearchResult

MOST_FOUND = 20


def find_customers(request: HttpRequest, search_term: str) -> list[SearchResult]:
    """Return whom a name or a number in any spelling may mean, of this person's company."""
    model_admin: Any = admin.site.get_model_admin(Customer)
    if not model_admin.has_view_permission(request):
        return []
    rows = model_admin.get_queryset(request).order_by("name", "pk")
    found, _doubles = model_admin.get_search_results(request, rows, search_term)
    return [
        SearchResult(
            title=name_of(row),
            description=_("Customer"),
            link=reverse("admin:appointments_customer_change", args=[row.pk]),
            icon="person",
        )
        for row in found[:MOST_FOUND]
    ]
