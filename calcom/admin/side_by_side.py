"""What Cal.com holds and what we hold of one appointment, side by side, when somebody asks."""

from typing import Any
from urllib.parse import urlencode

import structlog
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin.acting import action
from appointments.admin.base import CompanyScopedAdmin
from appointments.admin.reviews import advice
from appointments.admin.shown import NOTHING, clock, moment
from appointments.admin.steps import step_of
from appointments.models import AppointmentPhase, Branch, Review, ReviewReason
from calcom import sync
from calcom.errors import CalcomError
from calcom.payloads import Booking
from calcom.sync import Side, Standing, Verdict

log = structlog.get_logger(__name__)

# What helps with a case, by the last word of its address; that it is settled, always.
FITTING = {
    ReviewReason.MISSING_EVENT_MAP: ("create-map",),
    ReviewReason.EVENT_MAP_BROKEN: ("event-map", "move"),
    ReviewReason.SLOT_CONFLICT: ("move", "cancel-and-call"),
    ReviewReason.CALCOM_COLLISION: ("move", "cancel-and-call"),
    ReviewReason.REJECTED_BY_CALCOM: ("retry",),
    ReviewReason.CREDENTIALS_REJECTED: ("retry",),
    ReviewReason.RETRIES_EXHAUSTED: ("retry", "verify"),
    ReviewReason.PARTIAL_BOOKING: ("move", "retry", "cancel-and-call"),
    ReviewReason.BOOKING_NOT_FOUND: ("put-back", "cancel-and-call"),
    ReviewReason.SEGMENT_CHANGED_IN_CALCOM: ("put-back", "move", "cancel-and-call"),
    ReviewReason.START_OUT_OF_RANGE: ("move",),
}
GOOD = frozenset({Verdict.MATCHES, Verdict.BEGUN})
STANDING_COLOURS = {
    Standing.AGREES: "success",
    Standing.NOTHING_DUE: "success",
    Standing.UNNOTED: "warning",
    Standing.MOVED: "warning",
}


def level_of(verdict: Verdict) -> int:
    return messages.SUCCESS if verdict in GOOD else messages.WARNING


class SideBySide(CompanyScopedAdmin):
    """A page that asks Cal.com only when its button is pressed."""

    @action(
        description=gettext_lazy("Look in Cal.com"),
        icon="compare_arrows",
        permissions=["view"],
        url_path="compare",
    )
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        review = self._get(request, object_id)
        sides: list[Side] | None = None
        if request.method == "POST":
            if "adopt" in request.POST:
                self._adopt(request, review)
                review.refresh_from_db()
            sides = self._look(request, review)
        return self._page(request, review, sides)

    def _look(self, request: HttpRequest, review: Review) -> list[Side] | None:
        try:
            return sync.look_now(review.pk)
        except LookupError:
            self.message_user(request, str(Verdict.NOT_SYNCING.label), messages.WARNING)
        except CalcomError as error:
            log.warning("calcom.look_failed", appointment_id=review.pk, why=str(error))
            self.message_user(request, str(Verdict.UNREACHABLE.label), messages.ERROR)
        return None

    def _adopt(self, request: HttpRequest, review: Review) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied
        phase_id, _colon, uid = request.POST["adopt"].partition(":")
        confirmed = "confirmed" in request.POST
        verdict = sync.adopt_booking(
            review,
            phase_id=int(phase_id) if phase_id.isdecimal() else 0,
            uid=uid,
            confirmed=confirmed,
            now=timezone.now(),
        )
        if verdict in {Verdict.MATCHES, Verdict.DIFFERS}:
            by_whom = _("named by a person") if confirmed else _("by its reference")
            text = _("Adopted booking %(uid)s (%(by_whom)s)")
            self.log_change(request, review, text % {"uid": uid, "by_whom": by_whom})
            self.message_user(request, _("The booking is noted as this appointment's."))
        self.message_user(request, str(verdict.label), level_of(verdict))

    def _page(
        self, request: HttpRequest, review: Review, sides: list[Side] | None
    ) -> TemplateResponse:
        phases = (
            review.phases.filter(staff_required=True)
            .select_related("staff", "appointment__service")
            .prefetch_related("appointment__service__segments")
        )
        by_phase = {side.phase.pk: side for side in sides or ()}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What Cal.com holds"),
            "about": self.in_words(review),
            "cases": [
                (reason.label, advice(reason))
                for reason in review.review_reasons
                if review.requires_manual_review
            ],
            "back": self._page_of(review),
            "acts": self._fitting(request, review),
            "looked": sides is not None,
            "may_adopt": self.has_change_permission(request),
            "rows": [
                _row(phase, by_phase.get(phase.pk), review.branch)
                for phase in phases.order_by("sequence")
            ],
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/calcom/side_by_side.html", context)

    def _fitting(self, request: HttpRequest, review: Review) -> list[tuple[str, str]]:
        """Return what helps with this case, of what may be done: its name and address."""
        helps = {path for each in review.review_reasons for path in FITTING.get(each, ())}
        offered = self.get_actions_detail(request, review.pk)  # type: ignore[attr-defined]  # the theme's
        back = urlencode({"back": request.path})
        return [
            (each.description, f"../{each.path}/?{back}")
            for each in sorted(offered, key=lambda each: each.path == "resolve")
            if each.path in helps | {"resolve"}
        ]

    def _get(self, request: HttpRequest, object_id: str) -> Review:
        review = self.get_object(request, object_id)
        if review is None:
            raise Http404
        return review  # type: ignore[no-any-return]  # of this admin's model

    def _page_of(self, review: Review) -> str:
        return reverse("admin:appointments_review_change", args=[review.pk])


def _row(phase: AppointmentPhase, side: Side | None, branch: Branch) -> dict[str, Any]:
    row: dict[str, Any] = {
        "phase": phase,
        "step": step_of(phase.appointment.service, phase.segment_key),
        "span": f"{moment(phase.starts_at, branch)} {NOTHING} {clock(phase.ends_at, branch)}",
    }
    if side is None:
        return row
    return row | {
        "standing": side.standing.label,
        "colour": STANDING_COLOURS.get(side.standing, "danger"),
        "booking": side.booking and _in_words(side.booking, branch),
        "candidates": [_in_words(each, branch) for each in side.candidates],
        "in_the_way": [
            _in_words(each, branch) for each in side.in_the_way if each not in side.candidates
        ],
    }


def _in_words(booking: Booking, branch: Branch) -> dict[str, Any]:
    begins, ends = moment(booking.starts_at, branch), clock(booking.ends_at, branch)
    return {
        "uid": booking.uid,
        "span": f"{begins} {NOTHING} {ends}",
        "is_live": booking.is_live,
        "is_named": booking.reference is not None,
        "event_type_id": booking.event_type_id or NOTHING,
        "why": booking.cancellation_reason,
    }
