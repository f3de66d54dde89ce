"""Services: the recipe, what people call them, and who performs them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from unfold.forms import PaginationInlineFormSet

from appointments.admin.base import ScopedTabularInline
from appointments.admin.shown import NOTHING
from appointments.admin.skills import SkillsAdmin, SkillsForm
from appointments.models import (
    Appointment,
    Service,
    ServiceSegment,
    ServiceSynonym,
    Staff,
    StaffService,
    Status,
    validate_recipe,
)


class SegmentForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One step of a recipe; the formset checks them together."""

    class Meta:
        model = ServiceSegment
        fields = ("position", "key", "name", "minutes", "staff_required")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            self.fields["position"].required = False

    def _get_validation_exclusions(self) -> set[str]:
        # What a constraint would only call "violated", the recipe as a whole says in words.
        return super()._get_validation_exclusions() | {"key", "minutes", "staff_required"}  # type: ignore[misc, no-any-return]  # Django's hook, without a stub


class RecipeFormSet(PaginationInlineFormSet):  # type: ignore[misc]  # untyped theme
    """The segments of one service, in order."""

    def clean(self) -> None:
        """Refuse a recipe that cannot be carried out, naming the segment and the remedy."""
        if any(self.errors):
            return  # said beside the fields already
        validate_recipe(self._rows())

    def _rows(self) -> list[ServiceSegment]:
        """Return what the recipe would be, numbered from 0. New rows without a number go last."""
        kept = [
            form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        last = len(kept)
        kept.sort(
            key=lambda form: (
                position if (position := form.cleaned_data.get("position")) is not None else last
            )
        )
        for position, form in enumerate(kept):
            form.instance.position = position
        return [form.instance for form in kept]

    def save(self, commit: bool = True) -> list[ServiceSegment]:
        """Write the recipe anew: row by row, two that swap places would meet half-way."""
        saved: list[ServiceSegment] = super().save(commit=False)
        if not self.has_changed():
            return saved
        rows = self._rows()
        self.instance.segments.all().delete()
        for row in rows:
            row.pk, row.service = None, self.instance
        ServiceSegment.objects.bulk_create(rows)
        return saved


class SegmentInline(ScopedTabularInline):
    model = ServiceSegment
    form = SegmentForm
    formset = RecipeFormSet
    ordering = ("position",)
    min_num = 1
    verbose_name_plural = gettext_lazy(
        "recipe (keys A, B, C …; a waiting time is not hands-on and called like A_gap)"
    )


class SynonymInline(ScopedTabularInline):
    model = ServiceSynonym
    ordering = ("name",)


class ServiceForm(SkillsForm):
    skills_model = Staff
    skills = forms.ModelMultipleChoiceField(
        Staff.objects.none(), label=gettext_lazy("Performed by"), required=False
    )

    def chosen_ids(self) -> set[int]:
        return set(self.instance.staff_services.values_list("staff_id", flat=True))


@admin.register(Service)
class ServiceAdmin(SkillsAdmin):
    form = ServiceForm
    affects_availability = True
    list_display = ("name", "category", "minutes", "segment_count", "price", "is_active")
    list_filter = ("is_active",)
    list_filter_submit = True
    search_fields = ("name", "category", "synonyms__name")
    ordering = ("name", "pk")
    inlines = (SegmentInline, SynonymInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "company",
                    ("name", "slug"),
                    ("category", "price"),
                    ("buffer_before_minutes", "buffer_after_minutes"),
                    "booking_notice_minutes",
                    "is_active",
                    "skills",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(  # type: ignore[no-any-return]  # of this admin's model
            total_minutes=Sum("segments__minutes"),
            hands_on_segments=Count("segments", filter=Q(segments__staff_required=True)),
        )

    @admin.display(description=gettext_lazy("minutes"), ordering="total_minutes")
    def minutes(self, service: Any) -> int:
        return service.total_minutes or 0

    @admin.display(description=gettext_lazy("hands-on segments"), ordering="hands_on_segments")
    def segment_count(self, service: Any) -> int:
        return int(service.hands_on_segments)

    @admin.display(description=gettext_lazy("Performed by"))
    def skills(self, service: Service) -> str:
        """Name them for whoever may look, but not tick."""
        rows = service.staff_services.select_related("staff").order_by("staff__name", "pk")
        return ", ".join(row.staff.name for row in rows) or NOTHING

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is ServiceSegment and change and formset.has_changed():
            self._warn_about_standing(request, form.instance)

    def _warn_about_standing(self, request: HttpRequest, service: Service) -> None:
        standing = Appointment.objects.filter(
            service=service, status=Status.CONFIRMED, starts_at__gt=timezone.now()
        ).count()
        if not standing:
            return
        text = ngettext(
            "The new recipe concerns new appointments only: %(count)s keeps its earlier phases.",
            "The new recipe concerns new appointments only: %(count)s keep their earlier phases.",
            standing,
        )
        self.message_user(request, text % {"count": standing}, messages.WARNING)

    def write_skills(self, row: Any, *, add: set[int], remove: set[int]) -> None:
        StaffService.objects.filter(service=row, staff__in=remove).delete()
        StaffService.objects.bulk_create(StaffService(service=row, staff_id=staff) for staff in add)
