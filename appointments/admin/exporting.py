"""Lists as CSV files: what the list shows, row by row as the database gives it."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from itertools import islice
from operator import itemgetter
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from appointments.admin.base import CompanyScopedAdmin, company_id_of
from appointments.models import Appointment, Customer, Source, Status, Verb
from appointments.models.audited import new_entry

# What makes Excel read UTF-8, and separate columns as it does in German.
BOM, SEPARATOR = "\ufeff", ";"
# A cell that begins like this is a formula to a spreadsheet, whoever typed it into the phone.
# Some programs read the wide signs of Asian keyboards as well, and skip a break before either.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 -- wide on purpose
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file.

    Attributes:
        title: what stands above it.
        reads: what of a row it is made of, as a query names it.
        words: makes a cell of that.
    """

    title: str
    reads: tuple[str, ...]
    words: Callable[..., object] = str


def _or_nothing(value: str | None) -> str:
    return value or ""


def _local(at: datetime, zone: str, company_zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone or company_zone)):%d.%m.%Y %H:%M}"


def _who(name: str | None, as_spoken: str) -> str:
    return as_spoken if name is None else name


def appointment_columns() -> list[Column]:
    """Return what is said of an appointment, in the language of whoever asks."""
    zones = ("branch__own_timezone", "branch__company__timezone")
    # Translated once for all rows.
    statuses, sources = (
        {value: str(label) for value, label in words.choices} for words in (Status, Source)
    )
    return [
        Column(_("public id"), ("public_id",)),
        Column(_("start"), ("starts_at", *zones), _local),
        Column(_("end"), ("ends_at", *zones), _local),
        Column(_("status"), ("status",), statuses.__getitem__),
        Column(_("customer"), ("customer__name", "customer_name"), _who),
        Column(_("phone"), ("customer__phone",), _or_nothing),
        Column(_("service"), ("service__name",)),
        Column(_("price"), ("service__price",)),
        Column(_("staff member"), ("staff__name",)),
        Column(_("branch"), ("branch__name",)),
        Column(_("source"), ("source",), sources.__getitem__),
        Column(_("notes"), ("notes",)),
    ]


def customer_columns() -> list[Column]:
    """Return what is said of a customer, in the language of whoever asks."""
    return [
        Column(_("name"), ("name",)),
        Column(_("phone"), ("phone",), _or_nothing),
        Column(_("e-mail"), ("email",), _or_nothing),
        Column(_("customer since"), ("created_at",), lambda at: f"{localtime(at):%d.%m.%Y}"),
        Column(_("notes"), ("notes",)),
    ]


def safe(value: object) -> str:
    """Return a cell that no spreadsheet calculates: what looks like a formula is text."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def csv_parts(columns: Sequence[Column], rows: QuerySet[Any]) -> Iterator[str]:
    """Yield a file in parts of some hundred lines. One query; no row becomes an object.

    Args:
        columns: what is said of each row.
        rows: of any model that has what the columns read.
    """
    reads = list(dict.fromkeys(name for column in columns for name in column.reads))
    makers = [(column.words, _picker(reads, column.reads)) for column in columns]
    found = rows.values_list(*reads).iterator(chunk_size=AT_ONCE)
    yield BOM + _written([[capfirst(column.title) for column in columns]])
    while part := list(islice(found, AT_ONCE)):
        yield _written([safe(words(*pick(row))) for words, pick in makers] for row in part)


def _picker(
    reads: Sequence[str], wanted: Sequence[str]
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Return what takes some values out of a row, as a tuple even if there is one."""
    at = [reads.index(name) for name in wanted]
    return (lambda row: (row[at[0]],)) if len(at) == 1 else itemgetter(*at)


def _written(lines: Iterable[Sequence[str]]) -> str:
    file = StringIO()
    csv.writer(file, delimiter=SEPARATOR).writerows(lines)
    return file.getvalue()


class ExportsCsv(CompanyScopedAdmin):
    """A list that can be taken along: as it is filtered, of one's own company, and noted."""

    change_list_template = "admin/appointments/exporting.html"
    exported: ClassVar[dict[type, Callable[[], list[Column]]]] = {
        Appointment: appointment_columns,
        Customer: customer_columns,
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
        parts = csv_parts(self.exported[model](), rows)
        name = f"{self.opts.model_name}s-{localdate():%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8", headers=headers)
