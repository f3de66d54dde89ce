"""Lists as CSV files: what the list shows, row by row as the database gives it."""

import csv
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from appointments.admin.base import CompanyScopedAdmin, company_id_of
from appointments.models import Appointment, Customer, Verb
from appointments.models.audited import new_entry

# What makes Excel read UTF-8, and separate columns as it does in German.
BOM, SEPARATOR = "\ufeff", ";"
# A cell that begins like this is a formula to a spreadsheet, whoever typed it into the phone.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
AT_ONCE = 500

Column = tuple[Any, Callable[[Any], object]]


def _local(at: Any, branch: Any) -> str:
    return timezone.localtime(at, branch.zone).strftime("%d.%m.%Y %H:%M")


APPOINTMENTS: tuple[Column, ...] = (
    (_("public id"), lambda row: row.public_id),
    (_("start"), lambda row: _local(row.starts_at, row.branch)),
    (_("end"), lambda row: _local(row.ends_at, row.branch)),
    (_("status"), lambda row: row.get_status_display()),
    (_("customer"), lambda row: row.customer.name if row.customer else row.customer_name),
    (_("phone"), lambda row: (row.customer and row.customer.phone) or ""),
    (_("service"), lambda row: row.service.name),
    (_("price"), lambda row: row.service.price),
    (_("staff member"), lambda row: row.staff.name),
    (_("branch"), lambda row: row.branch.name),
    (_("source"), lambda row: row.get_source_display()),
    (_("notes"), lambda row: row.notes),
)
CUSTOMERS: tuple[Column, ...] = (
    (_("name"), lambda row: row.name),
    (_("phone"), lambda row: row.phone or ""),
    (_("e-mail"), lambda row: row.email or ""),
    (_("customer since"), lambda row: f"{timezone.localtime(row.created_at):%d.%m.%Y}"),
    (_("notes"), lambda row: row.notes),
)


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def safe(value: object) -> str:
    """Return a cell that no spreadsheet calculates: what looks like a formula is text."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def csv_lines(columns: Iterable[Column], rows: Iterable[Any]) -> Iterator[str]:
    """Yield a file line by line."""
    writer = csv.writer(_Echo(), delimiter=SEPARATOR)
    columns = list(columns)
    yield BOM + writer.writerow([capfirst(gettext(str(title))) for title, _value in columns])
    for row in rows:
        yield writer.writerow([safe(value(row)) for _title, value in columns])


class ExportsCsv(CompanyScopedAdmin):
    """A list that can be taken along: as it is filtered, of one's own company, and noted."""

    change_list_template = "admin/appointments/exporting.html"
    exported: ClassVar[dict[type, tuple[Column, ...]]] = {
        Appointment: APPOINTMENTS,
        Customer: CUSTOMERS,
    }

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export)
        return [path("export/", view, name=name), *super().get_urls()]

    def has_export_permission(self, request: HttpRequest) -> bool:
        allowed = f"{self.opts.app_label}.export_{self.opts.model_name}"
        return self.has_view_permission(request) and request.user.has_perm(allowed)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        more = {"may_export": self.has_export_permission(request), "query": request.GET.urlencode()}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def export(self, request: HttpRequest) -> Any:
        """GET /admin/…/export/?…: the rows of the list with the same filters, all pages of it."""
        if request.method != "GET" or not self.has_export_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters as error:
            raise SuspiciousOperation from error
        model = self.model
        new_entry(
            verb=Verb.EXPORTED,
            model=model,
            company_id=company_id_of(request),
            changes={"rows": rows.count(), "filters": sorted(set(request.GET) - {"q"})},
        ).save()
        lines = csv_lines(self.exported[model], rows.iterator(chunk_size=AT_ONCE))
        name = f"{self.opts.model_name}s-{timezone.localdate():%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
