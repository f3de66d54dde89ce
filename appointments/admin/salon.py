"""The company, its branches and its staff: who works where and when."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanWidget

from appointments.admin.base import CompanyScopedAdmin, ScopedTabularInline, sees_everything
from appointments.admin.filters import ChoicesFilter, OwnRelatedFilter, PeriodFilter
from appointments.admin.flags import may_change_own, rows_of_company
from appointments.admin.shown import NOTHING, label, moment
from appointments.admin.skills import SkillsAdmin, SkillsForm
from appointments.models import (
    Branch,
    BusyTime,
    Closure,
    Company,
    OpeningHours,
    PhoneNumber,
    Service,
    Staff,
    StaffService,
    TimeOff,
    WorkingHours,
)

SECRETS = ("calcom_api_key", "calcom_webhook_secret", "retell_api_key")


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A company. What is secret goes in, and never out again."""

    class Meta:
        model = Company
        fields = ("slug", "name")  # the admin's fieldsets say the rest; never a secret

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECRETS:
            stored = bool(getattr(self.instance, name))
            self.fields[f"{name}_new"].help_text = (
                _("One is stored. Leave empty to keep it.") if stored else _("None is stored.")
            )
            self.fields[f"{name}_remove"].disabled = not stored

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in SECRETS:
            if data.get(f"{name}_new") and data.get(f"{name}_remove"):
                self.add_error(
                    f"{name}_remove", _("Either enter a new one or remove the stored one.")
                )
        return data


def _secret_fields() -> dict[str, forms.Field]:
    """Return an input and a tick for each secret, to be declared on the form."""
    fields: dict[str, forms.Field] = {}
    for name in SECRETS:
        title = Company._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # a column
        fields[f"{name}_new"] = forms.CharField(
            label=title,
            required=False,
            widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        )
        fields[f"{name}_remove"] = forms.BooleanField(
            label=_("remove"), required=False, widget=UnfoldBooleanWidget
        )
    return fields


CompanyForm.base_fields |= (secret_fields := _secret_fields())
CompanyForm.declared_fields |= secret_fields


@admin.register(Company)
class CompanyAdmin(CompanyScopedAdmin):
    form = CompanyForm
    company_path = "pk"
    affects_availability = True
    list_display = ("name", "slug", "timezone", "gap_policy", "syncs_with_calcom")
    search_fields = ("name", "slug")
    ordering = ("name", "pk")
    inlines: ClassVar[list[Any]] = []
    change_form_after_template = "admin/appointments/company_flags.html"
    fieldsets = (
        (None, {"fields": (("name", "slug"), ("timezone", "locale"))}),
        (
            _("Booking rules"),
            {
                "fields": (
                    ("booking_notice_minutes", "horizon_days"),
                    ("cancel_deadline_hours", "reschedule_deadline_hours"),
                    ("max_reschedules", "callback_promise_minutes"),
                    "gap_policy",
                )
            },
        ),
        (
            _("Access"),
            {
                "fields": (
                    *((f"{name}_new", f"{name}_remove") for name in SECRETS),
                    "calcom_team_id",
                ),
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        # Inputs for secrets are no use to somebody who only looks.
        return fieldsets if self.has_change_permission(request, obj) else fieldsets[:-1]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if company := kwargs.get("obj"):
            context["rows"] = rows_of_company(company, may_change=may_change_own(request))
        return super().render_change_form(request, context, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return sees_everything(request) and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request) and super().has_delete_permission(request, obj)

    @admin.display(description="Cal.com")
    def syncs_with_calcom(self, company: Company) -> SafeString | str:
        return label(_("connected"), "success") if company.syncs else NOTHING

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        for name in SECRETS:
            if new := form.cleaned_data.get(f"{name}_new"):
                setattr(obj, name, new)
            elif form.cleaned_data.get(f"{name}_remove"):
                setattr(obj, name, "")
        super().save_model(request, obj, form, change)

    def edited_fields(self, form: Any) -> list[str]:
        touched = {name.rpartition("_")[0] for name in form.changed_data}
        return [*super().edited_fields(form), *(name for name in SECRETS if name in touched)]


class OpeningHoursInline(ScopedTabularInline):
    model = OpeningHours
    ordering = ("weekday", "from_time")


class ClosureInline(ScopedTabularInline):
    model = Closure
    ordering = ("closed_on",)


class PhoneNumberInline(ScopedTabularInline):
    model = PhoneNumber
    ordering = ("number",)


@admin.register(Branch)
class BranchAdmin(CompanyScopedAdmin):
    affects_availability = True
    list_display = ("name", "numbers", "region", "zone_name")
    search_fields = ("name", "slug", "phone_numbers__number")
    phone_fields = ("phone_numbers__number",)
    ordering = ("name", "pk")
    inlines = (OpeningHoursInline, ClosureInline, PhoneNumberInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "company",
                    ("name", "slug"),
                    ("region", "own_timezone"),
                    "booking_notice_minutes",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("company")
        return rows.prefetch_related("phone_numbers")

    @admin.display(description=_("phone numbers"))
    def numbers(self, branch: Branch) -> str:
        return ", ".join(row.number for row in branch.phone_numbers.all()) or NOTHING

    @admin.display(description=_("time zone"))
    def zone_name(self, branch: Branch) -> str:
        return branch.zone.key


class WorkingHoursInline(ScopedTabularInline):
    model = WorkingHours
    ordering = ("weekday", "from_time")
    verbose_name_plural = _("working hours (none: works whenever the branch is open)")


class TimeOffInline(ScopedTabularInline):
    model = TimeOff
    ordering = ("-starts_at",)


class StaffForm(SkillsForm):
    skills_model = Service
    skills = forms.ModelMultipleChoiceField(
        Service.objects.none(), label=_("Performs"), required=False
    )

    def chosen_ids(self) -> set[int]:
        return set(self.instance.services.values_list("service_id", flat=True))


@admin.register(Staff)
class StaffAdmin(SkillsAdmin):
    form = StaffForm
    affects_availability = True
    list_display = ("name", "branch_name", "is_active", "calcom_user_id")
    list_filter = ("is_active", ("branch", OwnRelatedFilter))
    list_filter_submit = True
    search_fields = ("name", "slug")
    ordering = ("name", "pk")
    inlines = (WorkingHoursInline, TimeOffInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "company",
                    ("name", "slug"),
                    ("branch", "calcom_user_id"),
                    "is_active",
                    "skills",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("company", "branch")

    @admin.display(description=_("branch"), ordering="branch__name")
    def branch_name(self, staff: Staff) -> str:
        return staff.branch.name

    @admin.display(description=_("Performs"))
    def skills(self, staff: Staff) -> str:
        """Name them for whoever may look, but not tick."""
        rows = staff.services.select_related("service").order_by("service__name", "pk")
        return ", ".join(row.service.name for row in rows) or NOTHING

    def write_skills(self, row: Any, *, add: set[int], remove: set[int]) -> None:
        StaffService.objects.filter(staff=row, service__in=remove).delete()
        StaffService.objects.bulk_create(
            StaffService(staff=row, service_id=service) for service in add
        )


@admin.register(BusyTime)
class BusyTimeAdmin(CompanyScopedAdmin):
    """Blocks that staff enter; foreign bookings of Cal.com are only shown."""

    affects_availability = True
    named_with = ("staff__branch__company",)
    list_display = ("begins", "ends", "whose", "reason", "source_label")
    list_filter = (PeriodFilter, ("source", ChoicesFilter), ("staff", OwnRelatedFilter))
    list_filter_submit = True
    search_fields = ("reason", "external_uid")
    ordering = ("starts_at", "pk")
    fieldsets = (
        (None, {"fields": ("company", "staff", ("starts_at", "ends_at"), "reason")}),
        (_("Origin"), {"fields": ("source", "external_uid")}),
    )
    readonly_fields = ("source", "external_uid")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("company", "staff__branch__company")

    def in_words(self, row: BusyTime) -> str:
        return f"{self.begins(row)}, {row.staff.name if row.staff else _('everybody')}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_foreign(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_foreign(obj) and super().has_delete_permission(request, obj)

    @admin.display(description=_("start"), ordering="starts_at")
    def begins(self, busy: BusyTime) -> str:
        return moment(busy.starts_at, busy.staff.branch if busy.staff else None)

    @admin.display(description=_("end"), ordering="ends_at")
    def ends(self, busy: BusyTime) -> str:
        return moment(busy.ends_at, busy.staff.branch if busy.staff else None)

    @admin.display(description=_("staff member"), ordering="staff__name")
    def whose(self, busy: BusyTime) -> SafeString | str:
        return busy.staff.name if busy.staff else label(_("everybody"), "warning")

    @admin.display(description=_("source"), ordering="source")
    def source_label(self, busy: BusyTime) -> SafeString:
        return label(busy.get_source_display(), "info" if _is_foreign(busy) else "default")


def _is_foreign(busy: Any) -> bool:
    return isinstance(busy, BusyTime) and busy.source == BusyTime.Source.CALCOM
