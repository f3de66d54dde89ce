"""Flags: what each means, what holds where and why, and who changed it last."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from appointments.actions import set_flag
from appointments.admin.acting import page
from appointments.admin.base import ModelAdmin, choices_for
from appointments.admin.shown import NOTHING, label, moment, name_of
from appointments.models import Company
from features.flags import Flag
from features.models import CompanyFlag

# As addresses and history spell it; history names a company by its slug.
WORDS: dict[str, bool | None] = {"on": True, "off": False, "unset": None}
EVERYONE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One setting that a click leads to, by way of a question; the present one leads nowhere."""

    text: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What holds of one flag, for everyone or for one company."""

    title: str
    meaning: str = ""
    state: str
    because: str
    changed: str
    choices: list[Choice]


def rows_of_flag(flag: CompanyFlag, companies: Iterable[Company]) -> list[Row]:
    """Return what holds for everyone, then company by company. Two questions."""
    own = dict(flag.settings.values_list("company_id", "is_on"))
    history = _history([flag])
    everyone = Row(
        title=gettext("For everyone"),
        state=_on_off(flag.everyone),
        because=gettext("goes before whatever a company has set"),
        changed=history.get((flag.pk, EVERYONE), NOTHING),
        choices=_choices(flag, None, flag.everyone),
    )
    ours = [
        _row(flag, company, own.get(company.pk), history, title=name_of(company))
        for company in companies
    ]
    return [everyone, *ours]


def rows_of_company(company: Company, *, may_change: bool) -> list[Row]:
    """Return what holds for a company, flag by flag. Three questions."""
    flags = [flag for flag in CompanyFlag.objects.order_by("name") if flag.name in set(Flag)]
    own = dict(company.flag_settings.values_list("flag_id", "is_on"))
    history = _history(flags)
    return [
        _row(
            flag,
            company,
            own.get(flag.pk),
            history,
            title=flag.name,
            meaning=gettext(flag.note),
            may_change=may_change,
        )
        for flag in flags
    ]


def _row(
    flag: CompanyFlag,
    company: Company,
    own: bool | None,
    history: dict[tuple[int, str], str],
    *,
    title: str,
    meaning: str = "",
    may_change: bool = True,
) -> Row:
    if flag.everyone is not None:
        because, decided_by = gettext("set for everyone"), EVERYONE
    elif own is not None:
        because, decided_by = gettext("set for this company"), company.slug
    else:
        because, decided_by = gettext("default"), company.slug
    return Row(
        title=title,
        meaning=meaning,
        state=_on_off(Flag(flag.name).resolve(everyone=flag.everyone, own=own)),
        because=because,
        changed=history.get((flag.pk, decided_by), NOTHING),
        choices=_choices(flag, company, own) if may_change else [],
    )


def _choices(flag: CompanyFlag, company: Company | None, current: bool | None) -> list[Choice]:
    address = reverse("admin:features_companyflag_set", args=[flag.pk])
    of = f"company={company.slug}&" if company else ""
    return [
        Choice(text=text, address=f"{address}?{of}to={word}", is_current=WORDS[word] is current)
        for word, text in _words(company).items()
    ]


def _words(company: Company | None) -> dict[str, str]:
    unset = gettext("as for everyone") if company else gettext("not set")
    return {"on": gettext("on"), "off": gettext("off"), "unset": unset}


def _history(flags: Iterable[CompanyFlag]) -> dict[tuple[int, str], str]:
    """Return who changed what last and when: by flag, and company's slug or EVERYONE."""
    entries = LogEntry.objects.filter(
        content_type=get_content_type_for_model(CompanyFlag),
        object_id__in=[str(flag.pk) for flag in flags],
    ).select_related("user")
    last: dict[tuple[int, str], str] = {}
    for entry in entries.order_by("-action_time", "-pk"):
        whose, _colon, _word = entry.change_message.rpartition(": ")
        said = f"{entry.user.get_username()}, {moment(entry.action_time)}"
        last.setdefault((int(entry.object_id or 0), whose), said)
    return last


def _on_off(value: bool | None, *, is_default: bool = False) -> str:
    if value is None:
        return gettext("not set")
    colour = "default" if is_default else "success" if value else "danger"
    return label(gettext("on") if value else gettext("off"), colour)


def show_rows(rows: list[Row]) -> SafeString:
    return render_to_string("admin/appointments/flags.html", {"rows": rows})


@admin.register(CompanyFlag)
class CompanyFlagAdmin(ModelAdmin):
    """For superusers: a flag concerns every company. A company's own are on its page too."""

    list_display = ("name", "meaning", "everyone_label", "default_label", "deviating", "changed")
    search_fields = ("name", "note")
    ordering = ("name",)
    fields = ("name", "meaning", "default_label", "where")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        last = LogEntry.objects.filter(
            content_type=get_content_type_for_model(CompanyFlag),
            object_id=Cast(OuterRef("pk"), CharField()),
        ).order_by("-action_time", "-pk")
        rows: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                own_settings=Count("settings"),
                changed_at=Subquery(last.values("action_time")[:1]),
                changed_by=Subquery(last.values("user__username")[:1]),
            )
        )
        return rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # flags are made in code

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.set)
        address = path("<int:flag_id>/set/", view, name="features_companyflag_set")
        return [address, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        hidden = ("show_save", "show_save_and_continue", "show_save_and_add_another")
        context |= dict.fromkeys(hidden, False)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("meaning"))
    def meaning(self, flag: CompanyFlag) -> str:
        return gettext(flag.note) if flag.note else NOTHING

    @admin.display(description=_("for everyone"), ordering="everyone")
    def everyone_label(self, flag: CompanyFlag) -> str:
        return _on_off(flag.everyone)

    @admin.display(description=_("default"))
    def default_label(self, flag: CompanyFlag) -> str:
        if flag.name not in set(Flag):
            return gettext("not used any more")
        return _on_off(Flag(flag.name).resolve(everyone=None, own=None), is_default=True)

    @admin.display(description=_("companies with a setting of their own"))
    def deviating(self, flag: Any) -> int:
        return int(flag.own_settings)

    @admin.display(description=_("last changed"), ordering="changed_at")
    def changed(self, flag: Any) -> str:
        if flag.changed_at is None:
            return NOTHING
        return f"{flag.changed_by}, {moment(flag.changed_at)}"

    @admin.display(description=_("what holds where"))
    def where(self, flag: CompanyFlag) -> SafeString | str:
        if flag.name not in set(Flag):
            return NOTHING
        return show_rows(rows_of_flag(flag, Company.objects.order_by("name", "pk")))

    # --- Changing, after a question ----------------------------------------------------------

    def set(self, request: HttpRequest, flag_id: int) -> HttpResponse:
        """Ask whether a flag should be set, for everyone or for one company; then set it."""
        flag = get_object_or_404(CompanyFlag, pk=flag_id, name__in=list(Flag))
        word, company = request.GET.get("to", ""), self._company(request)
        if word not in WORDS:
            raise Http404
        self._admit(request, company)
        back, words = self._back(request, flag, company), _words(company)
        if request.method == "POST":
            set_flag(flag=flag, company=company, to=WORDS[word])
            self._note(request, flag, company, word)
            return HttpResponseRedirect(back)
        return page(
            request,
            self,
            title=_("Change a flag?"),
            explanation=f"{flag.name}: {gettext(flag.note)}",
            about=[f"{name_of(company) if company else gettext('For everyone')}: {words[word]}"],
            button=_("Yes, change it"),
            back=back,
            form=forms.Form(),
            variant="primary",
        )

    def _company(self, request: HttpRequest) -> Company | None:
        slug = request.GET.get("company", "")
        return get_object_or_404(choices_for(Company, request), slug=slug) if slug else None

    def _admit(self, request: HttpRequest, company: Company | None) -> None:
        """Let in who may change flags; for their own company also who may change its settings."""
        own = company is not None and may_change_own(request)
        if not (own or self.has_change_permission(request)):
            raise PermissionDenied

    def _back(self, request: HttpRequest, flag: CompanyFlag, company: Company | None) -> str:
        if company and not self.has_view_permission(request):
            return reverse("admin:appointments_company_change", args=[company.pk])
        return reverse("admin:features_companyflag_change", args=[flag.pk])

    def _note(
        self, request: HttpRequest, flag: CompanyFlag, company: Company | None, word: str
    ) -> None:
        self.log_change(request, flag, f"{company.slug if company else EVERYONE}: {word}")
        text = gettext("%(flag)s is changed, from the next question of a caller on.")
        self.message_user(request, text % {"flag": flag.name}, messages.SUCCESS)


def may_change_own(request: HttpRequest) -> bool:
    return request.user.has_perm("appointments.change_flagsetting")
