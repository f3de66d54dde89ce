"""What must be true when the storm is over."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from appointments.models import (
    Appointment,
    AppointmentPhase,
    BusyTime,
    CallbackRequest,
    ReviewReason,
    Status,
    SyncStatus,
)
from calcom.models import CalcomEventMap, OrphanedBooking
from calcom.simulator import Simulator
from tests.chaos.people import LIVE, Outsiders, Where

# Where Cal.com may hold some of an appointment's bookings and not others, until a person decides.
IN_PARTS = {ReviewReason.SEGMENT_CHANGED_IN_CALCOM, ReviewReason.ORPHANED_BOOKING}
TOLD = {
    ReviewReason.SLOT_CONFLICT,
    ReviewReason.CALCOM_COLLISION,
    ReviewReason.PARTIAL_BOOKING,
}

Booking = dict[str, Any]
Live = dict[str, dict[str, list[Booking]]]  # public id → segment → bookings


@dataclass(slots=True)
class Verdict:
    """How many of what there is, and what should not be."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def judge(simulator: Simulator, *, outsiders: Outsiders) -> Verdict:
    """Compare both sides, booking by booking."""
    verdict = Verdict()
    bookings = simulator.bookings()
    live: Live = defaultdict(lambda: defaultdict(list))
    for booking in bookings:
        reference = booking["metadata"].get("booking_site_appointment")
        if reference and booking["status"] in LIVE:
            live[reference][booking["metadata"]["booking_site_segment"]].append(booking)
    appointments = (
        Appointment.objects.exclude(status=Status.HELD)
        .select_related("company", "service", "staff")
        .prefetch_related("phases__staff")
        .order_by("pk")
    )
    for appointment in appointments:
        held = live.pop(appointment.public_id, {})
        _judge_appointment(appointment, held, verdict)
        if appointment.requires_manual_review:
            meddled = appointment.public_id in outsiders.meddled
            _judge_review(appointment, held, verdict, may_be_in_parts=meddled)
        else:
            _judge_settled(appointment, held, verdict)
    verdict.wrong += [f"bookings of nobody's appointment: {reference}" for reference in live]
    _judge_foreign(bookings, outsiders.foreign, verdict)
    _judge_hands(verdict)
    left = OrphanedBooking.objects.open().count()
    verdict.counts["orphans left"] = left
    verdict.wrong += [f"{left} bookings are still to be cancelled"] if left else []
    return verdict


def _name(appointment: Appointment) -> str:
    return f"#{appointment.pk} {appointment.service.slug} {appointment.status}"


def _judge_appointment(
    appointment: Appointment, held: dict[str, list[Booking]], verdict: Verdict
) -> None:
    """Whatever else it is: booked once, and for nobody else."""
    if any(len(bookings) > 1 for bookings in held.values()):
        verdict.wrong.append(f"{_name(appointment)}: booked twice")
    accounts = {booking["account"] for bookings in held.values() for booking in bookings}
    if accounts - {appointment.company.slug}:
        verdict.wrong.append(f"{_name(appointment)}: booked for another company")


def _judge_settled(
    appointment: Appointment, held: dict[str, list[Booking]], verdict: Verdict
) -> None:
    kind = "composite" if len(appointment.phases.all()) > 1 else "simple"
    verdict.counts[f"{appointment.status}, {kind}, settled"] += 1
    if appointment.sync_status != SyncStatus.SYNCED:
        state = f"{appointment.sync_status}, {appointment.sync_error}"
        verdict.wrong.append(f"{_name(appointment)}: {state}")
    expected = _expected(appointment) if appointment.status == Status.CONFIRMED else {}
    found = {key: _where(bookings[0]) for key, bookings in held.items()}
    if found != expected:
        verdict.wrong.append(f"{_name(appointment)}: Cal.com holds {found}, not {expected}")


def _judge_review(
    appointment: Appointment,
    held: dict[str, list[Booking]],
    verdict: Verdict,
    *,
    may_be_in_parts: bool,
) -> None:
    """All or nothing, with a reason, and somebody to call where a customer must be told."""
    name, reason = _name(appointment), appointment.review_reason
    verdict.counts[f"in review: {reason}"] += 1
    if reason not in ReviewReason.values:
        verdict.wrong.append(f"{name}: in review without a reason")
    hands_on = {phase.segment_key for phase in appointment.phases.all() if phase.staff_required}
    is_whole = not held or set(held) == hands_on
    if not (is_whole or may_be_in_parts or reason in IN_PARTS):
        verdict.wrong.append(f"{name}: {reason}, with only {sorted(held)} of {sorted(hands_on)}")
    if reason in TOLD and not CallbackRequest.objects.filter(appointment=appointment).exists():
        verdict.wrong.append(f"{name}: {reason}, and nobody is to call the customer")


def _expected(appointment: Appointment) -> dict[str, tuple[str, int, int]]:
    """Return where each hands-on phase must stand: start, minutes, with the right person."""
    return {
        phase.segment_key: (
            _spelt(phase.starts_at),
            int((phase.ends_at - phase.starts_at).total_seconds() // 60),
            int(phase.staff.calcom_user_id or 0),
        )
        for phase in appointment.phases.all()
        if phase.staff_required
    }


def _where(booking: Booking) -> tuple[str, int, int]:
    start = datetime.fromisoformat(booking["start"])
    return _spelt(start), int(booking["duration"]), int(booking["hostId"])


def _spelt(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def _judge_foreign(bookings: list[Booking], foreign: dict[str, Where], verdict: Verdict) -> None:
    """No foreign booking was touched, and each that stands keeps somebody's time busy here."""
    now = {booking["uid"]: (booking["status"], booking["start"]) for booking in bookings}
    verdict.wrong += [
        f"foreign booking {uid} was left {left}, and is {now.get(uid)}"
        for uid, left in foreign.items()
        if now.get(uid) != left
    ]
    standing = {uid for uid, (status, _) in foreign.items() if status in LIVE}
    known = set(BusyTime.objects.filter(source="calcom").values_list("external_uid", flat=True))
    verdict.counts["foreign bookings that stand"] = len(standing)
    if standing != known:
        verdict.wrong.append(
            f"foreign bookings unknown here: {len(standing - known)}, "
            f"busy for what is gone: {len(known - standing)}"
        )


def _judge_hands(verdict: Verdict) -> None:
    """Nobody's hands are in two places."""
    rows = (
        AppointmentPhase.objects.hands_on()
        .unreleased()
        .filter(appointment__status=Status.CONFIRMED)
        .order_by("staff", "starts_at")
        .values_list("staff", "starts_at", "ends_at", "appointment")
    )
    for before, after in pairwise(rows):
        if before[0] == after[0] and after[1] < before[2]:
            verdict.wrong.append(f"staff {before[0]} in two places: {before[3]}, {after[3]}")
    verdict.counts["event maps"] = CalcomEventMap.objects.count()
