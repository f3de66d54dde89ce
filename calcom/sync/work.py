"""One worker's hold on one appointment: the lease, the rows as they are now, and the clock."""

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Self

from django.db.models import Prefetch

from appointments.domain.intervals import Interval
from appointments.models import Appointment, AppointmentPhase, Status
from calcom import event_maps
from calcom.client import CalcomClient
from calcom.models import LONG_AGO, CalcomEventMap, SyncState
from features.flags import Flag

# Longer than any run: a worker that needs more is taken for dead.
LEASE = timedelta(seconds=60)
# After this no further request is begun: a run ends before the task's time limit does it.
BUDGET = timedelta(seconds=25)


class LeaseLostError(Exception):
    """Somebody else works on this appointment by now. Stop, and touch nothing."""


class TimeUpError(Exception):
    """This run has taken long enough. What is noted stays; another one goes on."""


class RevisionRoseError(Exception):
    """The appointment was changed meanwhile: begin again with what it is now."""


def load(appointment_id: int) -> Appointment | None:
    """Read an appointment with all that a sync looks at. Three queries."""
    phases = AppointmentPhase.objects.select_related("staff", "booked__staff").order_by("sequence")
    return (
        Appointment.objects.select_related(
            "company", "branch__company", "service", "staff", "customer", "calcom_state"
        )
        .prefetch_related(Prefetch("phases", phases), "service__segments")
        .filter(pk=appointment_id)
        .first()
    )


@dataclass(kw_only=True)
class Work:
    """What every step of a run needs.

    Attributes:
        appointment: as it was read under the lease; `revision` is what this run is about.
        client: Cal.com as the appointment's company sees it.
        token: proves that the lease is ours.
        began_at: what the caller said the time was when the run began.
    """

    appointment: Appointment
    client: CalcomClient
    token: str
    began_at: datetime
    _began_seconds: float = field(default_factory=time.monotonic)

    @classmethod
    def take(cls, appointment_id: int, *, client: CalcomClient, now: datetime) -> Self | None:
        """Lease an appointment and read it; None when somebody else has it."""
        SyncState.objects.get_or_create(appointment_id=appointment_id)
        token = secrets.token_hex(16)
        mine = SyncState.objects.filter(appointment=appointment_id)
        if not mine.lease(token=token, now=now, until=now + LEASE):
            return None
        appointment = load(appointment_id)
        if appointment is None:
            return None
        return cls(appointment=appointment, client=client, token=token, began_at=now)

    @property
    def now(self) -> datetime:
        """The caller's time, and what has passed since."""
        return self.began_at + timedelta(seconds=time.monotonic() - self._began_seconds)

    @property
    def state(self) -> SyncState:
        state: SyncState = self.appointment.calcom_state
        return state

    @property
    def revision(self) -> int:
        return self.appointment.revision

    @property
    def attempts(self) -> int:
        """How often this revision has failed."""
        return self.state.attempts if self.state.attempted_revision == self.revision else 0

    @property
    def gave_up(self) -> bool:
        return self.state.gave_up and self.state.attempted_revision == self.revision

    @property
    def is_cancelled(self) -> bool:
        return self.appointment.status == Status.CANCELLED

    @property
    def hands_on(self) -> list[AppointmentPhase]:
        """The hands-on phases in order, as last read."""
        return [phase for phase in self.appointment.phases.all() if phase.staff_required]

    @cached_property
    def maps(self) -> Mapping[tuple[int, str], CalcomEventMap]:
        """The usable event maps of the service, by (staff id, segment key)."""
        return event_maps.get_maps(
            branch_id=self.appointment.branch_id, service_id=self.appointment.service_id
        )

    @cached_property
    def segment_names(self) -> Mapping[str, str]:
        return {row.key: row.name for row in self.appointment.service.segments.all()}

    @cached_property
    def books_in_parallel(self) -> bool:
        return Flag.PARALLEL_CALCOM_BOOKING.is_on(company_id=self.appointment.company_id)

    @cached_property
    def verifies(self) -> bool:
        return Flag.POST_SYNC_VERIFICATION.is_on(company_id=self.appointment.company_id)

    def reread_phases(self) -> None:
        """See what has been noted since.

        Raises:
            RevisionRoseError: and this run is about a revision that is no more.
        """
        fresh = load(self.appointment.pk)
        if fresh is None or fresh.revision != self.revision:
            raise RevisionRoseError
        self.appointment = fresh

    def update(self, **values: object) -> None:
        """Write to the state.

        Raises:
            LeaseLostError: it is not ours any more; nothing was written.
        """
        mine = SyncState.objects.filter(
            appointment=self.appointment.pk, lease_token=self.token, leased_until__gt=self.now
        )
        if not mine.update(**values):
            raise LeaseLostError

    def require_lease(self) -> None:
        """Look before a request whether it is still ours to make.

        Raises:
            LeaseLostError, TimeUpError: it is not.
        """
        self._require_time()
        self.update(lease_token=self.token)

    def enter_doubt(self, stretches: Iterable[Interval]) -> None:
        """Note, before requests about these stretches go out, that answers may get lost.

        Raises:
            LeaseLostError, TimeUpError: they are not ours to send any more.
        """
        self._require_time()
        asked = [*stretches, *self.doubt]
        self.update(
            doubt_from=min(each.start for each in asked),
            doubt_until=max(each.end for each in asked),
        )

    def _require_time(self) -> None:
        if self.now - self.began_at > BUDGET:
            raise TimeUpError

    @property
    def doubt(self) -> list[Interval]:
        """The stretch about which not all answers are known, if there is one."""
        state = self.state
        if state.doubt_from is None or state.doubt_until is None:
            return []
        return [Interval(state.doubt_from, state.doubt_until)]

    def release(self) -> None:
        """Let go of the lease, if it is still ours."""
        SyncState.objects.filter(appointment=self.appointment.pk, lease_token=self.token).update(
            leased_until=LONG_AGO, lease_token=""
        )
