"""The company's page with a button that says whether its connection to Cal.com works."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin.acting import action, leave
from appointments.admin.salon import CompanyAdmin
from appointments.admin.shown import moment, who
from appointments.models import Company, User
from calcom.admin.connection_words import LIGHTS, line_about
from calcom.connection import Level, findings_of, run_test
from calcom.models import ConnectionTest

WORST_FIRST = (Level.DANGER, Level.WARNING, Level.UNKNOWN, Level.OK)

# The company's page lies below and knows no Cal.com.
admin.site.unregister(Company)


@admin.register(Company)
class ConnectedCompanyAdmin(CompanyAdmin):
    """A company whose connection to Cal.com can be tested."""

    actions_detail = ("connection",)

    @action(
        description=gettext_lazy("Connection to Cal.com"),
        icon="network_check",
        permissions=["view"],
        url_path="connection",
    )
    def connection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what was found last; when the button is pressed, ask Cal.com now."""
        company = self.get_object(request, object_id)
        if company is None:
            raise Http404
        here = reverse("admin:appointments_company_connection", args=[company.pk])
        if request.method == "POST":
            if not self.has_change_permission(request, company):
                raise PermissionDenied
            if company.syncs:
                self._test(request, company)
            else:
                text = _("There is no API key to test. Enter one on the company's page.")
                self.message_user(request, text, messages.WARNING)
            return leave(request, here)
        tests = company.connection_tests.select_related("asked_by").order_by("-asked_at", "-pk")
        shown = [(test, findings_of(test)) for test in tests]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Connection to Cal.com"),
            "company": company,
            "may_test": self.has_change_permission(request, company),
            "lines": [line_about(each, company) for each in shown[0][1]] if shown else [],
            "tests": [_summary(test, findings, company) for test, findings in shown],
            "back": reverse("admin:appointments_company_change", args=[company.pk]),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/calcom/connection.html", context)

    def _test(self, request: HttpRequest, company: Company) -> None:
        path = reverse("calcom-webhook", args=[company.slug])
        by = request.user
        run_test(
            company=company,
            address=request.build_absolute_uri(path),
            asked_by=by if isinstance(by, User) else None,
            now=timezone.now(),
        )


def _summary(test: ConnectionTest, findings: list[Any], company: Company) -> dict[str, Any]:
    levels = {finding.level for finding in findings}
    light, colour = LIGHTS[next(level for level in WORST_FIRST if level in levels)]
    return {
        "at": moment(test.asked_at, zone=ZoneInfo(company.timezone)),
        "who": who(test.asked_by),
        "light": light,
        "colour": colour,
    }
