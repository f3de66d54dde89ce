"""What a refusal means, in words for whoever sits at the screen, and which field it is about."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments import errors
from appointments.admin.shown import NOTHING, moment
from appointments.domain.diary import Reason
from appointments.errors import AppointmentError

Explanation = tuple[str, str]


def explain(refusal: AppointmentError, zone: ZoneInfo) -> Explanation:
    """Return the name of the field a refusal is about, and a sentence to show beside it."""
    return EXPLANATIONS[type(refusal)](refusal, zone)


def _past(_refusal: Any, _zone: ZoneInfo) -> Explanation:
    return "time", _("This time has passed. Choose a later one.")


def _too_soon(refusal: errors.TooSoonError, zone: ZoneInfo) -> Explanation:
    return "time", ngettext(
        "Appointments are made at least %(minutes)s minute ahead; the earliest is %(earliest)s.",
        "Appointments are made at least %(minutes)s minutes ahead; the earliest is %(earliest)s.",
        refusal.minimum_notice_minutes,
    ) % {
        "minutes": refusal.minimum_notice_minutes,
        "earliest": moment(refusal.earliest_bookable, zone=zone),
    }


def _too_far(refusal: errors.TooFarError, _zone: ZoneInfo) -> Explanation:
    return "day", ngettext(
        "Appointments are made at most %(days)s day ahead.",
        "Appointments are made at most %(days)s days ahead.",
        refusal.horizon_days,
    ) % {"days": refusal.horizon_days}


def _closed(_refusal: Any, _zone: ZoneInfo) -> Explanation:
    return "time", _("The branch is closed then, or would close before the service is done.")


def _taken(refusal: errors.SlotTakenError, _zone: ZoneInfo) -> Explanation:
    return {
        Reason.CLOSED: ("time", _("The branch is closed at that time.")),
        Reason.STAFF_ABSENT: ("staff", _("Nobody suitable works at that time.")),
        Reason.TOO_LONG: (
            "time",
            _("The service does not fit in before closing time, a break or the end of work."),
        ),
        Reason.TAKEN: (
            "time",
            _("This time is taken. Choose another time or another staff member."),
        ),
    }[refusal.reason]


def _own(refusal: errors.OwnAppointmentError, _zone: ZoneInfo) -> Explanation:
    theirs = refusal.appointment
    return "customer", _(
        "This customer already has an appointment then: %(service)s with %(staff)s, %(start)s. "
        "Tick “one more” to book beside it."
    ) % {
        "service": theirs.service.name,
        "staff": theirs.staff.name,
        "start": moment(theirs.starts_at, theirs.branch),
    }


def _not_changeable(_refusal: Any, _zone: ZoneInfo) -> Explanation:
    return "time", _("Only a confirmed appointment can be moved; this one has changed meanwhile.")


def _already_there(_refusal: Any, _zone: ZoneInfo) -> Explanation:
    return "time", _("The appointment is at that time already, with that staff member.")


def _cannot_provide(refusal: errors.CannotProvideServiceError, _zone: ZoneInfo) -> Explanation:
    others = ", ".join(name for _pk, name in refusal.alternative_staff)
    return "staff", _("%(staff)s does not perform this service. Who does: %(others)s.") % {
        "staff": refusal.requested_staff,
        "others": others or NOTHING,
    }


def _denied(_refusal: Any, _zone: ZoneInfo) -> Explanation:
    return "time", _("Customers may not change this any more; whoever works here may.")


def _other_company(_refusal: Any, _zone: ZoneInfo) -> Explanation:
    return "branch", _("Branch, service, staff member and customer are not of one company.")


EXPLANATIONS: dict[type[AppointmentError], Callable[[Any, ZoneInfo], Explanation]] = {
    errors.PastTimeError: _past,
    errors.TooSoonError: _too_soon,
    errors.TooFarError: _too_far,
    errors.ClosedError: _closed,
    errors.SlotTakenError: _taken,
    errors.OwnAppointmentError: _own,
    errors.NotChangeableError: _not_changeable,
    errors.AlreadyAtThatTimeError: _already_there,
    errors.CannotProvideServiceError: _cannot_provide,
    errors.DeniedError: _denied,
    errors.OtherCompanyError: _other_company,
}
