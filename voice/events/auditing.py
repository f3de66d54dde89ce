"""What was promised on the phone, compared with what was done: a promise is a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from appointments import actions
from appointments.models import (
    Appointment,
    AppointmentChange,
    CallbackRequest,
    ReviewReason,
    Status,
    Tallied,
)
from voice import naming
from voice.calls import ABANDONED_AFTER
from voice.events.promises import get_promises
from voice.events.wording import Claim
from voice.metrics import promises_broken
from voice.models import Call, FunctionCall

log = structlog.get_logger(__name__)

LIVE = (Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)
# Functions that look for a new appointment: what is said after them is about that one.
SEEKING = frozenset(
    {
        "check_availability",
        "get_alternatives",
        "find_next_available",
        "reserve_slot",
        "start_booking",
        "confirm_booking",
    }
)
# ... unless all they found is what the caller has already.
OWN = frozenset({"own_appointment", "already_booked"})
MOVED = frozenset({"rescheduled", "already_at_that_time"})
CANCELLED = frozenset({"cancelled", "already_cancelled"})
# "Der neue ist gebucht, den alten habe ich storniert": said of a move, too.
KEPT_BY: Mapping[Claim, frozenset[str]] = {
    Claim.BOOKED: MOVED,
    Claim.MOVED: MOVED,
    Claim.CANCELLED: CANCELLED | MOVED | {"released"},
    Claim.SOMETHING: CANCELLED | MOVED,
}

DONE_BY = {
    AppointmentChange.Kind.MOVED.value: "rescheduled",
    AppointmentChange.Kind.CANCELLED.value: "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """What a call did, by the rows it left.

    Attributes:
        appointment: what stands of what it booked, or was told to have booked already.
        done: what its functions answered, and what was changed in it, in the same words.
        read_back: whether the only appointments spoken of were there before.
    """

    appointment: Appointment | None
    done: frozenset[str]
    read_back: bool


def audit(call_pk: int, *, now: datetime) -> bool:
    """Compare what a call promised with what it did, once it is over and nothing runs any more.

    An appointment outranks everything that is said about it. A promise with nothing behind it
    puts the call before a person, and calls the caller back where there is a number. It does so
    once: what a person has settled stays settled. A review that turns out to be unfounded,
    because the appointment is there after all, is taken back.

    Returns:
        whether it was due; not if another worker was faster.
    """
    with transaction.atomic():
        call = (
            Call.objects.to_audit(now=now)
            .select_for_update(of=("self",))
            .select_related("branch__company", "customer", "service", "staff", "appointment")
            .filter(pk=call_pk)
            .first()
        )
        if call is None:
            return False
        functions = list(call.function_calls.order_by("started_at", "pk"))
        if until := _running_until(functions, now=now):
            call.audit_due_at = until
            call.save(update_fields=["audit_due_at"])
            return True
        deeds = _deeds_of(call, functions)
        _settle(call, _broken_promise(call, deeds), now=now)
        call.appointment = call.appointment or deeds.appointment
        call.audit_due_at = None
        call.save(
            update_fields=[
                "appointment",
                "requires_manual_review",
                "review_reason",
                "promise",
                "audit_due_at",
            ]
        )
    return True


def audit_again(calls: Sequence[Call], *, now: datetime) -> None:
    """Compare once more, because a person asks for it."""
    for call in calls:
        Call.objects.filter(pk=call.pk).update(audit_due_at=now)
        audit(call.pk, now=now)


def _running_until(functions: Sequence[FunctionCall], *, now: datetime) -> datetime | None:
    """Return when the last function that has no answer yet has surely ended; None if none runs."""
    begun = [row.started_at for row in functions if row.milliseconds is None]
    until = max(begun, default=now - ABANDONED_AFTER) + ABANDONED_AFTER + timedelta(seconds=1)
    return until if until > now + timedelta(seconds=1) else None


def _made_by(call: Call) -> Appointment | None:
    """Return what stands of what the call booked, or was told to have booked already."""
    booked = Appointment.objects.of(call.branch.company).filter(
        call_id=call.call_id, status__in=LIVE
    )
    made = booked.order_by("-created_at", "-pk").first()
    linked = call.appointment
    return made or (linked if linked and linked.status in LIVE else None)


def _deeds_of(call: Call, functions: Sequence[FunctionCall]) -> Deeds:
    changes = AppointmentChange.objects.filter(company=call.company_id, call_id=call.call_id)
    changed = {DONE_BY[kind] for kind in changes.values_list("kind", flat=True)}
    return Deeds(
        appointment=_made_by(call),
        done=frozenset(changed | {row.status for row in functions}),
        read_back=_was_read_back(functions),
    )


def _broken_promise(call: Call, deeds: Deeds) -> str:
    """Return the words of a promise with nothing behind it; "" where all were kept."""
    # Whoever the call was put through to may have booked by hand.
    analysis = {} if call.transferred_to or call.analysis.get("in_voicemail") else call.analysis
    for claim, words in get_promises(call.transcript, analysis).items():
        if not _is_kept(claim, deeds):
            return words
    return ""


def _is_kept(claim: Claim, deeds: Deeds) -> bool:
    if deeds.appointment and claim is not Claim.CANCELLED:
        return True
    if deeds.done & KEPT_BY[claim]:
        return True
    if claim in {Claim.MOVED, Claim.CANCELLED}:
        return False
    # Booked, and cancelled again by the caller's own wish; or there before the call.
    return {"booked", "cancelled"} <= deeds.done or deeds.read_back


def _was_read_back(functions: Sequence[FunctionCall]) -> bool:
    """Whether the only appointments spoken of were there before: "Ja, Sie sind eingetragen"."""
    sought = {row.status for row in functions if row.name in SEEKING}
    listed = any(row.name == "list_appointments" and row.status == "found" for row in functions)
    return sought <= OWN and (listed or bool(sought))


def _settle(call: Call, broken: str, *, now: datetime) -> None:
    """Put the call before a person, once; or take back what no longer holds."""
    promised = ReviewReason.PROMISED_WITHOUT_APPOINTMENT
    if not broken:
        if call.review_reason == promised and call.requires_manual_review:
            call.requires_manual_review, call.review_reason, call.promise = False, "", ""
            log.info("call.promise_kept_after_all")
        return
    if call.review_reason:
        return
    call.requires_manual_review, call.review_reason, call.promise = True, promised, broken[:500]
    promises_broken.labels(call.branch.company.slug).inc()
    actions.tally(company_id=call.company_id, what=Tallied.REVIEWS, now=now)
    log.error("call.promise_without_appointment", call_pk=call.pk)
    if call.from_number or _left_a_number(call):
        _promise_callback(call, now=now)


def _left_a_number(call: Call) -> bool:
    of_call = CallbackRequest.objects.filter(company=call.company_id, call_id=call.call_id)
    return of_call.still_open().exclude(phone="").exists()


def _promise_callback(call: Call, *, now: datetime) -> None:
    actions.request_callback(
        order=actions.CallbackOrder(
            branch=call.branch,
            reason=ReviewReason.PROMISED_WITHOUT_APPOINTMENT,
            caller_phone=call.from_number,
            name=_name_of(call),
            wish=_wish_of(call),
            customer=call.customer,
            call_id=call.call_id,
            staff_id=call.staff_id,
            service_id=call.service_id,
        ),
        now=now,
    )


def _name_of(call: Call) -> str:
    """Return the customer's name; else what the platform heard, if it is one. Never stored."""
    heard = str(call.analysis.get("custom", {}).get("customer_name") or "")
    if call.customer:
        return call.customer.name
    return heard[:150] if naming.is_a_name(heard) else ""


def _wish_of(call: Call) -> str:
    """Return what the caller had settled on, as far as it was understood, and what was said."""
    day = f"{call.agreed_on:%d.%m.%Y}" if call.agreed_on else ""
    time = f"{call.wished_time:%H:%M}" if call.wished_time else ""
    settled = (
        call.service.name if call.service else "",
        f"{day} {time}".strip(),
        call.staff.name if call.staff else "",
    )
    return "\n".join(filter(None, (", ".join(filter(None, settled)), f"„{call.promise}“")))
