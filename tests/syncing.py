"""A salon that syncs, the simulated Cal.com it syncs with, and what there is to ask of both."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from django.db.models import F

from appointments.actions.phases import phases_of
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Company,
    Customer,
    Service,
    Staff,
    Status,
    SyncStatus,
)
from calcom import sync
from calcom.client import get_client
from calcom.models import SyncState
from calcom.seeding import seeds
from calcom.simulator import Simulator
from tests.factories.appointments import CustomerFactory

KEY = "cal_test_salon_eins"
LIVE = {"accepted", "pending"}


@dataclass(slots=True)
class Calcom:
    """Cal.com as the tests look at it, and a worker that talks to it."""

    simulator: Simulator

    def seed(self) -> None:
        """Give Cal.com what our event maps name."""
        for each in seeds():
            if each["event_types"]:
                self.simulator.seed(**each)

    def seed_people(self) -> None:
        """Give Cal.com the staff and the keys of all companies, and no event types."""
        for each in seeds():
            self.simulator.seed(**each | {"event_types": []})

    def seed_event_type(self, **more: Any) -> None:
        """Give Cal.com one more event type of the salon."""
        self.simulator.seed(account="salon-eins", event_types=[{"title": "X"} | more])

    def seed_team(self, team_id: int, members: list[tuple[int | None, str]]) -> None:
        """Give Cal.com a team of the salon's: user ids, and what each may do in it."""
        roles = [{"userId": user_id, "role": role} for user_id, role in members]
        self.simulator.seed(account="salon-eins", teams=[{"id": team_id, "members": roles}])

    def change_event_type(self, event_type_id: int, **more: Any) -> None:
        """Change one of the salon's, as somebody in Cal.com would."""
        self.simulator.seed(account="salon-eins", event_types=[{"id": event_type_id} | more])

    def event_types(self) -> list[dict[str, Any]]:
        """Return what the salon's key sees."""
        return list(self._ask("GET", "/v2/event-types").json()["data"])

    def delete_event_type(self, event_type_id: int) -> None:
        """Delete one of the salon's, as somebody in Cal.com would."""
        assert self._ask("DELETE", f"/v2/event-types/{event_type_id}").ok

    def add_webhook(self, **body: Any) -> None:
        """Subscribe an address to what happens to the salon's bookings, as its owner would."""
        assert self._ask("POST", "/v2/webhooks", body).ok

    def _ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        headers = {"cal-api-version": "2024-06-14", "Authorization": f"Bearer {KEY}"}
        address = self.simulator.url + path
        return requests.request(method, address, headers=headers, json=body, timeout=10)

    def sync(self, appointment: Appointment, *, now: datetime) -> datetime | None:
        """Run the sync once, and read the appointment again."""
        client = get_client(api_key=appointment.company.calcom_api_key)
        again_at = sync.sync(appointment.pk, now=now, client=client)
        appointment.refresh_from_db()
        return again_at

    def sync_to_the_end(self, appointment: Appointment, *, now: datetime) -> list[float]:
        """Sync until there is no further attempt; return how many seconds each was put off."""
        waits = []
        while again_at := self.sync(appointment, now=now):
            waits.append((again_at - now).total_seconds())
            now = again_at
        return waits

    def booking(self, uid: str) -> dict[str, Any]:
        """Return a booking as Cal.com holds it."""
        [booking] = [each for each in self.simulator.bookings() if each["uid"] == uid]
        return booking

    def move_by_hand(self, uid: str, starts_at: datetime) -> dict[str, Any]:
        """Move a booking as a person does in Cal.com, and return what it has become."""
        client = get_client(api_key=KEY)
        moved = client.reschedule_booking(uid, starts_at=starts_at, reason="by hand")
        return self.booking(moved.uid)

    def cancel_by_hand(self, uid: str) -> dict[str, Any]:
        """Cancel a booking as a person does in Cal.com."""
        get_client(api_key=KEY).cancel_booking(uid, reason="Kundin krank")
        return self.booking(uid)

    def sent(self, path: str = "/v2/", method: str = "POST") -> list[dict[str, Any]]:
        return self.simulator.requests(path=path, method=method)

    def creates(self) -> list[dict[str, Any]]:
        return self.sent("/v2/bookings$")

    def cancels(self) -> list[dict[str, Any]]:
        return self.sent("/v2/bookings/[^/]+/cancel$")

    def moves(self) -> list[dict[str, Any]]:
        return self.sent("/v2/bookings/[^/]+/reschedule$")

    def lists(self) -> list[dict[str, Any]]:
        return self.sent("/v2/bookings$", method="GET")

    def live(self, appointment: Appointment) -> dict[str, list[dict[str, Any]]]:
        """Return the live bookings that name an appointment, by segment."""
        found: dict[str, list[dict[str, Any]]] = {}
        for booking in self.simulator.bookings():
            metadata = booking["metadata"]
            if metadata.get("booking_site_appointment") != appointment.public_id:
                continue
            if booking["status"] in LIVE:
                found.setdefault(metadata["booking_site_segment"], []).append(booking)
        return found

    def times(self, appointment: Appointment) -> dict[str, list[str]]:
        """Return where the live bookings of an appointment stand, in UTC."""
        return {
            segment: [booking["start"][:16] for booking in bookings]
            for segment, bookings in sorted(self.live(appointment).items())
        }


@contextmanager
def calcom_at(now: datetime, settings: Any, company: Company) -> Iterator[Calcom]:
    """Start a Cal.com, and let a company sync with it."""
    with Simulator() as simulator:
        simulator.set_clock(now)
        settings.CALCOM_API_URL = simulator.url
        company.calcom_api_key = KEY
        company.save()
        yield Calcom(simulator)


def appoint(
    service: Service,
    staff: Staff,
    starts_at: datetime,
    *,
    customer: Customer | None = None,
    **more: Any,
) -> Appointment:
    """Put a confirmed appointment of a company that syncs into the database, as booking does."""
    segments = service.get_segments()
    appointment = Appointment.objects.create(
        company=staff.company,
        branch=staff.branch,
        service=service,
        staff=staff,
        customer=customer or CustomerFactory.create(company=staff.company),
        customer_name="Lena Vogt",
        starts_at=starts_at,
        ends_at=segments[-1].at(starts_at).end,
        sync_status=SyncStatus.PENDING,
        **more,
    )
    AppointmentPhase.objects.bulk_create(
        phases_of(appointment, segments, sync_status=SyncStatus.PENDING)
    )
    return appointment


def uids_of(appointment: Appointment) -> dict[str, str]:
    """Return the uids noted on the hands-on phases, by segment."""
    return dict(
        AppointmentPhase.objects.filter(appointment=appointment, staff_required=True)
        .order_by("sequence")
        .values_list("segment_key", "calcom_booking_uid")
    )


def state_of(appointment: Appointment) -> SyncState:
    return SyncState.objects.get(appointment=appointment)


def move(appointment: Appointment, starts_at: datetime, staff: Staff | None = None) -> None:
    """Move an appointment as the action does."""
    shift = starts_at - appointment.starts_at
    for phase in appointment.phases.order_by("-sequence" if shift > timedelta() else "sequence"):
        phase.starts_at += shift
        phase.ends_at += shift
        phase.staff = staff or phase.staff
        phase.save()
    appointment.starts_at += shift
    appointment.ends_at += shift
    appointment.staff = staff or appointment.staff
    appointment.revision += 1
    appointment.save()


def cancel(appointment: Appointment) -> None:
    """Cancel an appointment as the action does."""
    Appointment.objects.filter(pk=appointment.pk).update(
        status=Status.CANCELLED, revision=F("revision") + 1
    )
