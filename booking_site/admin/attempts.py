"""Failed log-ins that still count: who has to wait, and the button that lets them in again."""

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from appointments.admin.base import ModelAdmin, company_id_of, is_admitted, sees_everything
from appointments.admin.shown import NOTHING, label, moment
from appointments.models import User
from booking_site.access.throttle import PAUSE, unlock


@admin.register(AccessAttempt)
class AttemptAdmin(ModelAdmin):
    """Superusers see all; others those whose name is one of their company's."""

    list_display = ("username", "address", "failures", "state", "last")
    list_display_links = None
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time", "-pk")
    actions = ("unlock_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # One name and address may come with several browsers; they count together.
        same = AccessAttempt.objects.filter(
            username=OuterRef("username"), ip_address=OuterRef("ip_address")
        )
        together = same.order_by().values("username").annotate(sum=Sum("failures_since_start"))
        rows: QuerySet[Any] = super().get_queryset(request)
        rows = rows.filter(attempt_time__gte=timezone.now() - PAUSE).annotate(
            # Behind a socket nobody has an address: no other row has the same.
            together=Coalesce(Subquery(together.values("sum")), "failures_since_start")
        )
        if sees_everything(request):
            return rows
        colleagues = User.objects.filter(company=company_id_of(request), is_superuser=False)
        return rows.filter(username__in=colleagues.values("username"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_admitted(request) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admitted(request) and super().has_view_permission(request, obj)

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return is_admitted(request) and request.user.has_perm("axes.change_accessattempt")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("IP address"), ordering="ip_address")
    def address(self, attempt: AccessAttempt) -> str:
        return attempt.ip_address or NOTHING

    @admin.display(description=_("failures"))
    def failures(self, attempt: Any) -> int:
        return int(attempt.together)

    @admin.display(description=_("state"))
    def state(self, attempt: Any) -> SafeString:
        if attempt.together < settings.AXES_FAILURE_LIMIT:
            return label(gettext("may try again"))
        until = timezone.localtime(attempt.attempt_time + PAUSE)
        return label(gettext("locked until %(time)s") % {"time": f"{until:%H:%M}"}, "danger")

    @admin.display(description=_("last failure"), ordering="attempt_time")
    def last(self, attempt: AccessAttempt) -> str:
        return moment(attempt.attempt_time)

    @admin.action(description=_("Let try again"), permissions=["unlock"])
    def unlock_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        names = {*queryset.values_list("username", "ip_address")}
        for username, address in names:
            unlock(username=username, address=address)
        text = gettext("Can try again: %(names)s.")
        names_only = ", ".join(sorted({username for username, _address in names}))
        self.message_user(request, text % {"names": names_only}, messages.SUCCESS)
