"""What is true of a booking by now: at the end of its chain of uids, whatever arrived when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calcom.client import CalcomClient
from calcom.errors import NotFoundError
from calcom.payloads import Booking

LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Present:
    """A booking as it is now.

    Attributes:
        booking: the last of its chain, live or not; None: Cal.com knows none.
        uids: every uid it is known to have had.
    """

    booking: Booking | None
    uids: frozenset[str]

    @property
    def live(self) -> Booking | None:
        return self.booking if self.booking and self.booking.is_live else None


def read_present(
    uids: Iterable[str], *, client: CalcomClient, known: Mapping[str, Booking] | None = None
) -> Present:
    """Follow a booking from the first of its uids that Cal.com knows to where it is now.

    Every move gives a booking a new uid and leaves the old one dead, with a pointer.

    Args:
        uids: of the booking, the earliest first.
        client: Cal.com as the booking's company sees it.
        known: bookings that were read already, by uid.

    Raises:
        CalcomError: it could not be read.
    """
    seen = set(uids)
    for uid in uids:
        booking = _read(uid, client=client, known=known or {})
        if booking:
            break
    else:
        return Present(None, frozenset(seen))
    for _ in range(LONGEST_CHAIN):
        seen |= {booking.uid, booking.rescheduled_from} - {""}
        later = booking.rescheduled_to
        following = _read(later, client=client, known=known or {}) if later else None
        if booking.is_live or following is None:
            break
        booking = following
    return Present(booking, frozenset(seen))


def _read(uid: str, *, client: CalcomClient, known: Mapping[str, Booking]) -> Booking | None:
    if uid in known:
        return known[uid]
    try:
        return client.get_booking(uid)
    except NotFoundError:
        return None
