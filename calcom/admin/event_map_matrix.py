"""The overview of event maps: who can be booked in Cal.com for what, branch by branch."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError

from appointments.admin.acting import action, leave
from appointments.admin.base import CompanyScopedAdmin, within_company
from appointments.models import Company
from calcom.event_maps import MapKey
from calcom.event_maps.matrix import Cell, get_matrix
from calcom.tasks import create_missing_event_maps

LOOK_AGAIN_SECONDS = 4
LOOKS_FOR_SECONDS = 120
STATES = {
    "ok": (gettext_lazy("usable"), "success"),
    "missing": (gettext_lazy("missing"), "danger"),
    "broken": (gettext_lazy("broken"), "danger"),
    "unverified": (gettext_lazy("not checked yet"), "warning"),
    "drift": (gettext_lazy("differs from Cal.com"), "warning"),
}


class EventMapMatrix(CompanyScopedAdmin):
    """A table with a box to tick in every cell that lacks something."""

    @action(
        description=gettext_lazy("Overview"),
        icon="grid_on",
        permissions=["view"],
        url_path="matrix",
    )
    def matrix(self, request: HttpRequest) -> HttpResponse:
        syncing = within_company(Company.objects.exclude(calcom_api_key=""), request)
        branches = get_matrix(company_ids=list(syncing.values_list("pk", flat=True)))
        lacking = {
            _spell(cell.key): cell
            for branch in branches
            for cell in branch.cells
            if cell.can_be_made
        }
        if request.method == "POST":
            return self._make(request, lacking)
        wanted = request.GET.getlist("wanted")
        waiting = [key for key in wanted if key in lacking]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Event maps at a glance"),
            "branches": [
                (branch, [(line, [_shown(cell) for cell in line.cells]) for line in branch.lines])
                for branch in branches
            ],
            "counts": _counts(cell for branch in branches for cell in branch.cells),
            "lacking": len(lacking),
            "may_create": self.has_add_permission(request),
            "wanted": len(wanted),
            "made": len(wanted) - len(waiting),
            "waiting": waiting,
            "look_again_seconds": LOOK_AGAIN_SECONDS if waiting and _is_recent(request) else 0,
            "back": reverse("admin:calcom_calcomeventmap_changelist"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/calcom/event_map_matrix.html", context)

    def _make(self, request: HttpRequest, lacking: dict[str, Cell]) -> HttpResponse:
        """Send for what was ticked, and go where one sees it appear."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        ticked = request.POST.getlist("cell")
        wanted = [key for key in lacking if key in ticked or "all" in request.POST]
        here = reverse("admin:calcom_calcomeventmap_matrix")
        if not wanted:
            self.message_user(request, _("Nothing that is missing was chosen."), messages.WARNING)
            return leave(request, here)
        by_company: dict[int, list[list[Any]]] = {}
        companies = dict(
            within_company(Company.objects.all(), request).values_list("branches", "pk")
        )
        for name in wanted:
            key = lacking[name].key
            by_company.setdefault(companies[key.branch_id], []).append(
                [key.branch_id, key.staff_id, key.service_id, key.segment_key]
            )
        try:
            for company_id, keys in by_company.items():
                create_missing_event_maps.delay(company_id, keys=keys)
        except (OperationalError, OSError):
            text = _("It could not be begun; try again.")
            self.message_user(request, text, messages.ERROR)
            return leave(request, here)
        since = int(timezone.now().timestamp())
        query = urlencode([("since", since), *(("wanted", key) for key in wanted)])
        return leave(request, f"{here}?{query}")


def _is_recent(request: HttpRequest) -> bool:
    """Whether what was sent for may still be on its way: nobody's browser asks for ever."""
    since = request.GET.get("since", "")
    return since.isdecimal() and timezone.now().timestamp() - int(since) < LOOKS_FOR_SECONDS


def _spell(key: MapKey) -> str:
    return f"{key.branch_id}-{key.staff_id}-{key.service_id}-{key.segment_key}"


def _shown(cell: Cell) -> dict[str, Any]:
    words, colour = STATES[cell.state]
    return {"cell": cell, "name": _spell(cell.key), "words": words, "colour": colour}


def _counts(cells: Iterable[Cell]) -> list[tuple[Any, str, int]]:
    found = Counter(cell.state for cell in cells)
    return [(*STATES[state], found[state]) for state in STATES if found[state]]
