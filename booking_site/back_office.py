"""The admin's site: the theme's, which keeps nothing of what was searched for, and is quicker."""

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

    class UnfoldAdminSite(AdminSite):
        """The theme's site."""

        def _search_apps(self, app_list: list[Any], search_term: str) -> list[Any]:
            raise NotImplementedError
else:
    from unfold.sites import UnfoldAdminSite

RESULTS_PER_PAGE = 100


class BackOffice(UnfoldAdminSite):
    empty_value_display = "\N{EN DASH}"  # `shown.NOTHING`; its module needs the models

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return all models by app, made out only when somebody looks: the menu is our own."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def search(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002 -- the theme's
        """Answer what is typed into the menu's search, or (`extended`) after Ctrl+K.

        The theme keeps answers for five minutes: names of customers who are erased meanwhile, and
        of pages that somebody may not see any more.
        """
        from appointments.admin.finding import find_customers  # noqa: PLC0415 -- registers with us

        began, term = monotonic(), request.GET.get("s", "").strip()
        if not term:
            return HttpResponse()
        is_extended = "extended" in request.GET
        found = self._search_apps(self.get_app_list(request), term.lower())
        if is_extended:
            found += find_customers(request, term)
        paginator = Paginator(found, RESULTS_PER_PAGE)
        page = paginator.get_page(request.GET.get("page"))
        return TemplateResponse(
            request,
            f"unfold/helpers/{'command' if is_extended else 'search'}_results.html",
            {
                "page_obj": paginator,
                "results": page,
                "page_counter": page.start_index() - 1,
                "execution_time": monotonic() - began,
                "command_show_history": False,
            },
            headers={"HX-Trigger": "search"},
        )
