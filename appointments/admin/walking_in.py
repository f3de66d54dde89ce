"""Somebody stands at the desk: who is free soonest for what they want."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin.acting import action, back_to, leave
from appointments.admin.base import CompanyScopedAdmin, choices_for, is_admitted
from appointments.admin.moving import PATIENCE_SECONDS
from appointments.admin.shown import moment
from appointments.domain.diary import Slot
from appointments.models import Branch, Service
from appointments.ports import Deadline
from appointments.queries import Search, Unwanted, get_next_slot


class WalkingIn(CompanyScopedAdmin):
    """The part of the appointments' admin that finds a start for somebody who is here now."""

    actions_list = ("walk_in",)

    def has_override_permission(self, request: HttpRequest) -> bool:
        return is_admitted(request) and request.user.has_perm("appointments.override_appointment")

    @action(
        description=gettext_lazy("Walk-in: now"),
        icon="directions_walk",
        permissions=["add"],
        url_path="walk-in",
    )
    def walk_in(self, request: HttpRequest) -> HttpResponse:
        """Ask what they want; then go to the form, with the first start and who is free."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        branches = choices_for(Branch, request).select_related("company")
        wanted = request.GET.get("branch", "")
        branch = branches.filter(pk=wanted).first() if wanted.isdecimal() else None
        branch = branch or branches.first()
        back = back_to(request, reverse("day"))
        if branch is None:
            return leave(request, back)
        services = Service.objects.filter(company=branch.company_id, is_active=True)
        services = services.order_by("name", "pk")
        chosen = request.GET.get("service", "")
        if chosen.isdecimal():
            service = get_object_or_404(services, pk=chosen)
            if address := self._find(request, branch, service, back=back):
                return leave(request, address)
        here = {"branch": branch.pk, "back": back}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Walk-in: now"),
            "branch": branch,
            "services": [
                (service.name, f"?{urlencode(here | {'service': service.pk})}")
                for service in services
            ],
            "back": back,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/appointments/walk_in.html", context)

    def _find(
        self, request: HttpRequest, branch: Branch, service: Service, *, back: str
    ) -> str | None:
        """Return the form for the first start of today; None, and say so, if there is none."""
        unbound = self.has_override_permission(request)
        now = timezone.now()
        slot = get_next_slot(
            Search(branch=branch, service=service, unbound=unbound),
            after=now,
            now=now,
            deadline=Deadline.after(PATIENCE_SECONDS),
            unwanted=Unwanted(),
        )
        today = timezone.localdate(now, timezone=branch.zone)
        if slot and slot.starts_at.astimezone(branch.zone).date() == today:
            reason = _("Walk-in") if unbound else ""
            return _form_for(branch, service, slot, back=back, reason=reason)
        self.message_user(request, _nobody(branch, service, slot), messages.WARNING)
        return None


def _form_for(branch: Branch, service: Service, slot: Slot, *, back: str, reason: str) -> str:
    local = slot.starts_at.astimezone(branch.zone)
    known: dict[str, Any] = {
        "branch": branch.pk,
        "service": service.pk,
        "staff": slot.staff_id,
        "day": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "walk_in": "1",
        "override_reason": reason,
        "back": back,
    }
    address = reverse("admin:appointments_appointment_add")
    return f"{address}?{urlencode({key: it for key, it in known.items() if it})}"


def _nobody(branch: Branch, service: Service, slot: Slot | None) -> str:
    if slot is None:
        return _("Nobody is free for %(service)s, today or later.") % {"service": service.name}
    return _("Nobody is free for %(service)s any more today; next: %(start)s with %(staff)s.") % {
        "service": service.name,
        "start": moment(slot.starts_at, branch),
        "staff": slot.staff_name,
    }
