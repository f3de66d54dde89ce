"""Pages of long lists."""

from typing import Any

from django.core.paginator import Page, Paginator


class LatePaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Pages whose rows are found by their keys alone, and read whole only then.

    To sort or skip a hundred thousand rows with all that is shown beside them takes a database
    ten times as long.
    """

    def page(self, number: int | str) -> Page[Any]:
        page = super().page(number)
        keys = list(page.object_list.values_list("pk", flat=True))  # type: ignore[attr-defined]  # of a list of rows
        page.object_list = self.object_list.filter(pk__in=keys)  # type: ignore[attr-defined]  # in the same order
        return page
