"""What staff can do about event maps: check, settle differences, make the missing ones."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from kombu.exceptions import OperationalError

from appointments.admin.acting import (
    ConfirmDialog,
    NoteDialog,
    NoteForm,
    action,
    leave,
    page,
)
from appointments.admin.base import CompanyScopedAdmin, within_company
from appointments.admin.steps import step_in_words
from appointments.models import Company, User
from calcom import event_maps
from calcom.admin.event_map_forms import CompanyForm
from calcom.errors import CalcomError
from calcom.event_maps import CannotMapError, MissingMap, Problem
from calcom.models import BREAKING, CalcomEventMap, DriftKind
from calcom.tasks import create_missing_event_maps

# Somebody waits for the page: what takes longer goes on in the background.
WITHIN_SECONDS = 15
MOST_PUSHED_AT_ONCE = 20
IGNORED_UNTIL = gettext_lazy(
    "It is shown as ignored, with your note, until either side changes again. What keeps a "
    "booking from being made is not ignored."
)
REASONS = {
    "missing": gettext_lazy("missing"),
    "broken": gettext_lazy("broken"),
    **{kind.value: kind.label for kind in BREAKING},
}


class EventMapActions(CompanyScopedAdmin):
    """Buttons of the list, of its rows, and of an event map's own page."""

    actions = ("check_selected", "push_selected", "take_selected", "ignore_selected")
    actions_detail = ("check_now", "push", "take", "ignore")

    # --- What can be done -------------------------------------------------------------------

    @action(
        description=gettext_lazy("Check now"),
        icon="sync",
        permissions=["change"],
        url_path="check",
    )
    def check_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act(request, self._check, object_id)

    @action(
        description=gettext_lazy("Push ours"),
        icon="upload",
        permissions=["change"],
        url_path="push",
        dialog={
            "title": gettext_lazy("Change the event type in Cal.com?"),
            "description": gettext_lazy(
                "It gets the length, title and settings that are wanted here. One that is gone is "
                "made anew."
            ),
            "form_class": ConfirmDialog,
            "form_submit_text": gettext_lazy("Push ours"),
        },
    )
    def push(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        return self._act(request, self._push, object_id)

    @action(
        description=gettext_lazy("Take theirs"),
        icon="download",
        permissions=["change"],
        url_path="take",
        dialog={
            "title": gettext_lazy("Take over what Cal.com has?"),
            "description": gettext_lazy(
                "A length becomes the segment's, for everybody who performs the service. If the "
                "event type is gone, the event map is removed."
            ),
            "form_class": ConfirmDialog,
            "form_submit_text": gettext_lazy("Take theirs"),
        },
    )
    def take(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        return self._act(request, self._take, object_id)

    @action(
        description=gettext_lazy("Ignore"),
        icon="notifications_off",
        permissions=["change"],
        url_path="ignore",
        dialog={
            "title": gettext_lazy("Ignore what differs?"),
            "description": IGNORED_UNTIL,
            "form_class": NoteDialog,
            "form_submit_text": gettext_lazy("Ignore"),
        },
    )
    def ignore(self, request: HttpRequest, form: NoteDialog, object_id: str) -> HttpResponse:
        ignore = partial(self._ignore, note=form.cleaned_data["note"])
        return self._act(request, ignore, object_id)

    @admin.action(description=gettext_lazy("Check now"), permissions=["change"])
    def check_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._check(request, list(queryset))

    @admin.action(description=gettext_lazy("Push ours"), permissions=["change"])
    def push_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset[: MOST_PUSHED_AT_ONCE + 1])
        if len(rows) > MOST_PUSHED_AT_ONCE:
            text = _("At most %(count)s at once: Cal.com is asked for each of them.")
            self.message_user(request, text % {"count": MOST_PUSHED_AT_ONCE}, messages.WARNING)
            return
        self._push(request, rows)

    @admin.action(description=gettext_lazy("Take theirs"), permissions=["change"])
    def take_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._take(request, list(queryset))

    @admin.action(description=gettext_lazy("Ignore …"), permissions=["change"])
    def ignore_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = list(queryset)
        chosen = [("action", "ignore_selected"), *((ACTION_CHECKBOX_NAME, row.pk) for row in rows)]
        return self.ignore_with_note(request, rows, hidden=chosen, back=request.get_full_path())

    def _act(
        self,
        request: HttpRequest,
        act: Callable[[HttpRequest, list[CalcomEventMap]], None],
        object_id: str,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        act(request, [row])
        if CalcomEventMap.objects.filter(pk=row.pk).exists():
            return leave(request, reverse("admin:calcom_calcomeventmap_change", args=[row.pk]))
        return leave(request, reverse("admin:calcom_calcomeventmap_changelist"))

    # --- Doing it ---------------------------------------------------------------------------

    def _check(self, request: HttpRequest, rows: list[CalcomEventMap]) -> None:
        by_company: dict[int, list[CalcomEventMap]] = defaultdict(list)
        for row in rows:
            by_company[row.company_id].append(row)
        checked = 0
        for of_company in by_company.values():
            try:
                checked += event_maps.check_maps(
                    company=of_company[0].company,
                    maps=CalcomEventMap.objects.filter(pk__in=[row.pk for row in of_company]),
                    now=timezone.now(),
                    within_seconds=WITHIN_SECONDS,
                )
            except CalcomError as error:
                self._complain(request, CannotMapError.of(error))
        text = ngettext(
            "%(count)s of %(all)s event map checked.",
            "%(count)s of %(all)s event maps checked.",
            len(rows),
        )
        level = messages.SUCCESS if checked == len(rows) else messages.WARNING
        self.message_user(request, text % {"count": checked, "all": len(rows)}, level)

    def _push(self, request: HttpRequest, rows: list[CalcomEventMap]) -> None:
        for row in rows:
            try:
                remaining = event_maps.push(row, now=timezone.now())
            except CannotMapError as error:
                self._complain(request, error, row)
                continue
            self.log_change(request, row, _("Pushed ours to Cal.com"))
            if remaining:
                kinds = ", ".join(str(difference.kind.label) for difference in remaining)
                text = _("%(map)s still differs: %(kinds)s.")
                facts = {"map": self.in_words(row), "kinds": kinds}
                self.message_user(request, text % facts, messages.WARNING)
            else:
                text = _("%(map)s: the event type in Cal.com is as it should be.")
                self.message_user(request, text % {"map": self.in_words(row)}, messages.SUCCESS)

    def _take(
        self,
        request: HttpRequest,
        rows: list[CalcomEventMap],
        *,
        kinds: Sequence[DriftKind] = tuple(DriftKind),
    ) -> None:
        for row in rows:
            words = self.in_words(row)
            self.log_change(request, row, _("Took over what Cal.com has"))
            try:
                taken = event_maps.take_theirs(row, kinds=kinds)
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)
                continue
            if taken:
                names = ", ".join(drift.get_kind_display() for drift in taken)
                text = _("%(map)s: taken over from Cal.com: %(kinds)s.")
                self.message_user(request, text % {"map": words, "kinds": names}, messages.SUCCESS)
            else:
                text = _("%(map)s: there is nothing that could be taken over.")
                self.message_user(request, text % {"map": words}, messages.WARNING)

    def ignore_with_note(
        self,
        request: HttpRequest,
        rows: list[CalcomEventMap],
        *,
        hidden: Sequence[tuple[str, object]],
        back: str,
    ) -> HttpResponse | None:
        """Ask why the differences of some maps may stay, then ignore them; None once done."""
        form = NoteForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            self._ignore(request, rows, note=form.cleaned_data["note"])
            return None
        return page(
            request,
            self,
            title=_("Ignore what differs?"),
            button=_("Ignore"),
            back=back,
            form=form,
            explanation=IGNORED_UNTIL,
            about=[self.in_words(row) for row in rows],
            hidden=[*hidden, ("confirmed", "yes")],
        )

    def _ignore(self, request: HttpRequest, rows: list[CalcomEventMap], *, note: str) -> None:
        by = request.user if isinstance(request.user, User) else None
        count = event_maps.ignore(rows, by=by, note=note, now=timezone.now())
        for row in rows:
            self.log_change(request, row, _("Ignored differences: %s") % note)
        text = ngettext(
            "%(count)s difference is ignored until it changes.",
            "%(count)s differences are ignored until they change.",
            count,
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
        if any(row.is_broken for row in rows):
            text = _("What cannot be booked cannot be ignored: correct it, or push ours.")
            self.message_user(request, text, messages.WARNING)

    def _complain(
        self, request: HttpRequest, error: CannotMapError, row: CalcomEventMap | None = None
    ) -> None:
        about = f"{self.in_words(row)}: " if row else ""
        facts = f" ({error.facts})" if error.facts else ""
        text = f"{about}{error.problem.label}{facts}. {event_maps.remedy_for(error.problem)}"
        self.message_user(request, text, messages.ERROR)

    # --- Making the missing ones ------------------------------------------------------------

    @action(
        description=gettext_lazy("Create missing ones"),
        icon="add_link",
        permissions=["add"],
        url_path="create-missing",
    )
    def create_missing(self, request: HttpRequest) -> HttpResponse:
        """Show what is missing, and make it for one company."""
        back = reverse("admin:calcom_calcomeventmap_changelist")
        syncing = within_company(Company.objects.exclude(calcom_api_key=""), request)
        missing = event_maps.get_missing_maps(
            company_ids=list(syncing.values_list("pk", flat=True))
        )
        if not missing:
            text = _("Nothing is missing: whatever is offered can be booked in Cal.com.")
            self.message_user(request, text, messages.SUCCESS)
            return leave(request, back)
        companies = syncing.filter(pk__in={row.company_id for row in missing}).order_by("name")
        form = CompanyForm(request.POST or None, companies=companies)
        if form.is_valid():
            self._create(request, form.cleaned_data["company"])
            return leave(request, back)
        return page(
            request,
            self,
            title=_("Create missing event maps"),
            button=_("Create missing ones"),
            back=back,
            form=form,
            explanation=_(
                "These could be offered but not booked. For each one a hidden event type is made "
                "in Cal.com, or one that is there is used."
            ),
            about=list(_in_lines(missing, several=len({row.company_id for row in missing}) > 1)),
        )

    def _create(self, request: HttpRequest, company: Company) -> None:
        """Make as much as there is time for, and send for the rest."""
        began, made = time.monotonic(), 0
        failed: dict[Problem, list[str]] = defaultdict(list)
        for outcome in event_maps.create_each(company=company, now=timezone.now()):
            row = outcome.missing
            if outcome.problem:
                words = f"{_steps(row.service_name, [row])}, {row.staff_name}"
                failed[outcome.problem].append(words)
            made += outcome.problem is None
            if time.monotonic() - began > WITHIN_SECONDS:
                self._send(request, company)
                break
        text = ngettext("%(count)s event map made.", "%(count)s event maps made.", made)
        if made:
            self.message_user(request, text % {"count": made}, messages.SUCCESS)
        for problem, names in failed.items():
            text = f"{problem.label}: {'; '.join(names)}. {event_maps.remedy_for(problem)}"
            self.message_user(request, text, messages.ERROR)

    def _send(self, request: HttpRequest, company: Company) -> None:
        try:
            create_missing_event_maps.delay(company.pk)
        except (OperationalError, OSError):
            text, level = _("The rest was not begun; try again."), messages.WARNING
        else:
            text, level = _("The rest is being made; look again in a minute."), messages.INFO
        self.message_user(request, text, level)


def _in_lines(missing: Sequence[MissingMap], *, several: bool) -> Iterator[str]:
    """Name each service with each staff member once, with the segments that lack a map."""
    for (company, service, staff, reason), rows in groupby(
        missing,
        key=lambda row: (row.company_name, row.service_name, row.staff_name, row.reason),
    ):
        where = f"{company}: " if several else ""
        yield f"{where}{_steps(service, rows)}, {staff} ({REASONS[reason]})"


def _steps(service: str, rows: Iterable[MissingMap]) -> str:
    """Name a service and its steps; of a simple one there is nothing to tell apart."""
    those = [(row.segment_key, row.segment_name) for row in rows]
    if those == [("A", "")]:
        return service
    return f"{service} ({' + '.join(step_in_words(*each) for each in those)})"
