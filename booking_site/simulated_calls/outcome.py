"""What is true when a script has been played: in our database, and in the simulated Cal.com."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from appointments.models import (
    Appointment,
    AppointmentPhase,
    CallbackRequest,
    Customer,
    Source,
    Status,
    SyncStatus,
)
from booking_site.demo.knobs import Knobs
from booking_site.simulated_calls.comparing import differences
from booking_site.simulated_calls.scenes import Scene
from booking_site.simulated_calls.script import Afterwards, ExpectedAppointment
from calcom.models import CalcomEventMap
from voice.models import Call

REFERENCE, SEGMENT = "booking_site_appointment", "booking_site_segment"
LIVE = {"accepted", "pending"}

Bookings = Mapping[str, Mapping[str, list[str]]]  # public id → segment → instants, UTC


def problems_of(
    afterwards: Afterwards, scene: Scene, *, call_ids: Mapping[str, str], knobs: Knobs | None
) -> list[str]:
    """Return what is not as the script says it is in the end.

    Args:
        afterwards: what should be.
        scene: where it was played.
        call_ids: of the script's calls, by their names in it.
        knobs: of the simulated Cal.com; None where there is none to ask.
    """
    bookings = _live_bookings(knobs) if knobs else None
    found = [
        *_of_appointments(afterwards, scene, call_ids, bookings),
        *_of_queues(afterwards, scene, call_ids),
        *_of_calls(afterwards, scene, call_ids),
    ]
    if knobs and afterwards.calcom_creates is not None:
        creates = _count_creates(scene, knobs)
        if creates != afterwards.calcom_creates:
            found.append(f"Cal.com was asked to book {creates} times")
    return found


def _of_appointments(
    afterwards: Afterwards,
    scene: Scene,
    call_ids: Mapping[str, str],
    bookings: Bookings | None,
) -> Iterator[str]:
    rows = Appointment.objects.filter(scene.of_these(call_ids)).select_related(
        "branch__company", "service", "staff", "customer"
    )
    there = {name: row.pk for name, row in scene.given.items()}
    made = list(
        rows.filter(source=Source.VOICE)
        .exclude(status=Status.HELD)
        .order_by("starts_at", "staff__slug", "pk")
    )
    if afterwards.holds is not None:
        held = rows.filter(status=Status.HELD).count()
        if held != afterwards.holds:
            yield f"{held} slots are held, not {afterwards.holds}"
    expected_made = [entry for entry in afterwards.appointments if entry.given is None]
    if len(expected_made) != len(made):
        yield f"{len(made)} appointments were made, not {len(expected_made)}: " + "; ".join(
            str(_described(row)) for row in made
        )
    pairs = [
        *zip(expected_made, made, strict=False),
        *(
            (entry, rows.get(pk=there.pop(entry.given.value)))
            for entry in afterwards.appointments
            if entry.given
        ),
    ]
    for entry, row in pairs:
        yield from _of_one(entry, row, scene, bookings)
    for name, pk in there.items():
        yield from _of_untouched(name, scene.given[name], rows.get(pk=pk))


def _of_one(
    expected: ExpectedAppointment, row: Appointment, scene: Scene, bookings: Bookings | None
) -> Iterator[str]:
    usual = {"status": Status.CONFIRMED.value}
    if row.company.syncs and bookings is not None:
        usual["sync_status"] = SyncStatus.SYNCED.value
    values = usual | scene.fill(expected.values)
    where = f"the appointment of line {expected.place.line}"
    for difference in differences(values, _described(row), path="it"):
        yield f"{where}: {difference.removeprefix('it.')}"
    if bookings is None or not row.company.syncs:
        return
    booked = bookings.get(row.public_id, {})
    if expected.bookings is not None:
        local = {
            key: [f"{datetime.fromisoformat(at).astimezone(row.branch.zone):%H:%M}" for at in times]
            for key, times in booked.items()
        }
        wanted = {key: [at] for key, at in expected.bookings.items()}
        if local != wanted:
            yield f"{where}: Cal.com has {local}, not {wanted}"
    if values.get("sync_status") == SyncStatus.SYNCED and booked != _own_phases(row):
        yield f"{where}: Cal.com has {booked}, we have {_own_phases(row)}"


def _of_untouched(name: str, before: Appointment, row: Appointment) -> Iterator[str]:
    for field in ("starts_at", "status", "service_id", "staff_id"):
        old, new = getattr(before, field), getattr(row, field)
        if old != new:
            yield f"{name} has changed: its {field} is {new}, and was {old}"


def _own_phases(row: Appointment) -> dict[str, list[str]]:
    """Return where our hands-on phases stand; a cancelled appointment has none."""
    phases = AppointmentPhase.objects.filter(appointment=row, staff_required=True)
    if row.status != Status.CONFIRMED:
        return {}
    return {phase.segment_key: [phase.starts_at.isoformat()] for phase in phases.order_by("pk")}


def _described(row: Appointment) -> dict[str, Any]:
    """Return an appointment as scripts write it: slugs, and instants with the branch's offset."""
    customer = row.customer
    return {
        "service": row.service.slug,
        "staff": row.staff.slug,
        "starts_at": row.starts_at.astimezone(row.branch.zone).isoformat(),
        "status": row.status,
        "sync_status": row.sync_status,
        "review_reason": row.review_reason,
        "customer": customer.phone if customer else None,
        "customer_name": row.customer_name,
        "notes": row.notes,
    }


def _of_queues(afterwards: Afterwards, scene: Scene, call_ids: Mapping[str, str]) -> Iterator[str]:
    mine = scene.of_these(call_ids)
    if afterwards.callbacks is not None:
        callbacks = CallbackRequest.objects.filter(mine).order_by("pk")
        fields = ("priority", "reason", "status", "name", "phone", "wish")
        yield from differences(
            scene.fill(list(afterwards.callbacks)),
            list(callbacks.values(*fields)),
            path="callbacks",
        )
    if afterwards.reviews is not None:
        found = [
            *Appointment.objects.filter(mine, requires_manual_review=True)
            .order_by("pk")
            .values_list("review_reason", flat=True),
            *Call.objects.filter(call_id__in=[*call_ids.values()], requires_manual_review=True)
            .order_by("pk")
            .values_list("review_reason", flat=True),
        ]
        yield from differences(list(afterwards.reviews), found, path="reviews")
    if afterwards.customers is not None and scene.is_own:
        new = Customer.objects.filter(company=scene.company).exclude(pk__in=scene.customers)
        yield from differences(
            scene.fill(list(afterwards.customers)),
            list(new.order_by("pk").values("name", "phone", "email")),
            path="customers",
        )


def _of_calls(afterwards: Afterwards, scene: Scene, call_ids: Mapping[str, str]) -> Iterator[str]:
    for name, expected in afterwards.calls.items():
        row = Call.objects.filter(call_id=call_ids[name]).values().first()
        yield from differences(scene.fill(expected), row, path=name)


def _live_bookings(knobs: Knobs) -> Bookings:
    found: dict[str, dict[str, list[str]]] = {}
    for booking in knobs.read("bookings"):
        metadata = booking["metadata"]
        if booking["status"] in LIVE and REFERENCE in metadata:
            at = datetime.fromisoformat(booking["start"]).isoformat()
            ours = found.setdefault(metadata[REFERENCE], {})
            ours.setdefault(metadata[SEGMENT], []).append(at)
    return found


def _count_creates(scene: Scene, knobs: Knobs) -> int:
    """Count how often Cal.com was asked for a new booking of this company, whatever it said."""
    rows = CalcomEventMap.objects.filter(company=scene.company)
    ours = {row.bookable_id for row in rows}
    requests: Sequence[Mapping[str, Any]] = knobs.read(
        "requests", path="/v2/bookings$", method="POST"
    )
    return sum((entry["body"] or {}).get("eventTypeId") in ours for entry in requests)
