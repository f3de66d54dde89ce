"""The only module that speaks HTTP with Cal.com."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from urllib.parse import quote

import requests
import structlog
from django.conf import settings
from requests.adapters import HTTPAdapter

from appointments.domain.intervals import Interval
from calcom import pace
from calcom.errors import (
    AuthRejectedError,
    CalcomError,
    ConflictError,
    NotFoundError,
    RejectedError,
    TransientError,
    UnknownOutcomeError,
)
from calcom.headers import Standing, retry_after_seconds
from calcom.metrics import request_seconds
from calcom.payloads import Booking, EventType, NewBooking, Slot, parse_slots, spell

log = structlog.get_logger(__name__)

Key = TypeVar("Key")
Answer = TypeVar("Answer")

ALL_STATUSES = "upcoming,recurring,past,cancelled,unconfirmed"
PAGE = 250
MOST_PAGES = 40
MOST_THREADS = 16

# What the words of an answer mean, whatever its status. Lower case.
TAKEN = (
    "already has booking at this time",
    "no_available_users_found",
    "hosts_unavailable_for_booking",
    "host_unavailable_for_booking",
    "booking_conflict_error",
    "booking_limit_reached",
    "no more seats left",
    "an error occurred while querying the database",
)
GONE = (
    "has been cancelled",
    "already been cancelled",
    "cancelled already",
    "rescheduled already",
    "already ended",
    "parent managed event type",
)
NO_SUCH_ROUTE = "cannot "


class _Bearer(requests.auth.AuthBase):
    """An object of its own, or a .netrc on the machine would replace our key by its own."""

    def __init__(self, api_key: str) -> None:
        self.api_key = api_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.api_key}"
        return request


@cache
def _session() -> requests.Session:
    """Return this process's connections. Nothing on it is changed later, so threads share it."""
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=MOST_THREADS, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


@dataclass(frozen=True, slots=True)
class Route:
    """One thing Cal.com can be asked, and in which version of its API: each has its own.

    Attributes:
        may_wait: whether it leaves room, below the rate limit, for what has been promised.
    """

    method: str
    path: str
    version: str
    may_wait: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


GET_SLOTS = Route("GET", "/v2/slots", "2024-09-04", may_wait=True)
CREATE = Route("POST", "/v2/bookings", "2024-08-13")
LIST = Route("GET", "/v2/bookings", "2024-08-13")
GET_BOOKING = Route("GET", "/v2/bookings/{id}", "2024-08-13")
RESCHEDULE = Route("POST", "/v2/bookings/{id}/reschedule", "2024-08-13")
CANCEL = Route("POST", "/v2/bookings/{id}/cancel", "2024-08-13")
GET_EVENT_TYPE = Route("GET", "/v2/event-types/{id}", "2024-06-14")


@dataclass(frozen=True, slots=True)
class CalcomClient:
    """Cal.com as one company sees it. Its methods raise `CalcomError`s and nothing else."""

    api_key: str

    def get_slots(
        self, *, event_type_id: int, window: Interval, zone: str, timeout_seconds: float
    ) -> list[Slot]:
        """Return the listed starts that lie in `window`, sorted.

        Cal.com also answers with starts outside of what it was asked for.
        """
        slots = self.ask(
            GET_SLOTS,
            read=parse_slots,
            query={
                "eventTypeId": str(event_type_id),
                "start": window.start.isoformat(),
                "end": window.end.isoformat(),
                "timeZone": zone,
            },
            timeout_seconds=min(timeout_seconds, settings.CALCOM_SLOTS_TIMEOUT_SECONDS),
        )
        return [slot for slot in slots if window.holds(slot.starts_at)]

    def create_booking(self, booking: NewBooking) -> Booking:
        """Book. There is no key against doing it twice: ask what is there before a repeat."""
        return self.ask(CREATE, read=Booking.of, body=booking.body())

    def get_booking(self, uid: str) -> Booking:
        return self.ask(GET_BOOKING, read=Booking.of, id_=uid)

    def reschedule_booking(self, uid: str, *, starts_at: datetime, reason: str) -> Booking:
        """Move a booking; the answer has its new uid, the old one is dead."""
        body = {"start": spell(starts_at), "reschedulingReason": reason}
        return self.ask(RESCHEDULE, read=Booking.of, id_=uid, body=body)

    def cancel_booking(self, uid: str, *, reason: str) -> Booking:
        """Cancel a booking.

        Raises:
            NotFoundError: no live booking has this uid; it may have been moved to another.
        """
        return self.ask(CANCEL, read=Booking.of, id_=uid, body={"cancellationReason": reason})

    def list_bookings(self, window: Interval) -> list[Booking]:
        """Return all bookings that lie in `window`, whatever their status, page by page."""
        found: list[Booking] = []
        for page in range(MOST_PAGES):
            bookings = self.ask(
                LIST,
                read=lambda data: [Booking.of(item) for item in data],
                query={
                    "status": ALL_STATUSES,
                    "afterStart": spell(window.start),
                    "beforeEnd": spell(window.end),
                    "sortStart": "asc",
                    "take": str(PAGE),
                    "skip": str(page * PAGE),
                },
            )
            found += bookings
            # The totals beside the list are not to be trusted; a short page is the last.
            if len(bookings) < PAGE:
                return found
        msg = f"more than {MOST_PAGES} pages of bookings"
        raise UnknownOutcomeError(msg, request=str(LIST))

    def get_event_type(self, event_type_id: int) -> EventType:
        return self.ask(GET_EVENT_TYPE, read=EventType.of, id_=str(event_type_id))

    def ask(
        self,
        route: Route,
        *,
        read: Callable[[Any], Answer],
        id_: str = "",
        team_id: int | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
    ) -> Answer:
        """Make one request, and return its answer as `read` reads the data in it.

        Args:
            route: what to ask; `{id}` and `{team}` in its path stand for the next two.
            read: raises KeyError, TypeError or ValueError where the data is not what it reads.
            id_: of what the path names.
            team_id: whose it is.
            query: parameters of the address.
            body: as JSON.
            timeout_seconds: for each silence; None for as long as a booking may take.
        """
        answer, _standing = self.ask_in_full(
            route,
            read=read,
            id_=id_,
            team_id=team_id,
            query=query,
            body=body,
            timeout_seconds=timeout_seconds,
        )
        return answer

    def ask_in_full(
        self,
        route: Route,
        *,
        read: Callable[[Any], Answer],
        id_: str = "",
        team_id: int | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
    ) -> tuple[Answer, Standing]:
        """Ask as `ask` does, and return beside the answer what its headers say."""
        path = route.path.replace("{team}", str(team_id)).replace("{id}", quote(id_))
        share = pace.SHARE_OF_WHAT_MAY_WAIT if route.may_wait else 1.0
        pace.keep(api_key=self.api_key, request=str(route), share=share)
        response = self._send(
            route,
            path=path,
            query=query,
            body=body,
            timeout_seconds=timeout_seconds or settings.CALCOM_BOOKING_TIMEOUT_SECONDS,
        )
        if not response.ok or response.is_redirect:
            raise _error_of(response, route)
        try:
            return read(_data_of(response)), Standing.of(response.headers)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            msg = f"unreadable answer: {response.text}"
            raise UnknownOutcomeError(
                msg, request=str(route), status=response.status_code
            ) from error

    def _send(
        self,
        route: Route,
        *,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        timeout_seconds: float,
    ) -> requests.Response:
        """Send one request, and say in one line how it went.

        The uid stays out of the line: whoever knows it can cancel the booking.
        """
        began = time.monotonic()
        status = "none"
        connect_seconds = min(settings.CALCOM_CONNECT_TIMEOUT_SECONDS, timeout_seconds)
        try:
            response = _session().request(
                route.method,
                settings.CALCOM_API_URL.rstrip("/") + path,
                params=query,
                json=body,
                headers={"cal-api-version": route.version},
                auth=_Bearer(self.api_key),
                timeout=(connect_seconds, timeout_seconds),
                allow_redirects=False,
            )
            status = str(response.status_code)
        except requests.RequestException as error:
            raise UnknownOutcomeError(type(error).__name__, request=str(route)) from error
        finally:
            seconds = time.monotonic() - began
            request_seconds.labels(route.method, route.path, status).observe(seconds)
            log.info(
                "calcom.requested",
                method=route.method,
                path=route.path,
                status=status,
                milliseconds=round(seconds * 1000),
            )
        return response


def get_client(*, api_key: str) -> CalcomClient:
    """Return Cal.com as the owner of this key sees it."""
    return CalcomClient(api_key)


def at_once(
    calls: Mapping[Key, Callable[[], Answer]], *, within_seconds: float
) -> Iterator[tuple[Key, Answer | CalcomError]]:
    """Make requests in parallel and yield each answer as it arrives, in the calling thread.

    Args:
        calls: what to do, by a key of the caller's. Nothing but HTTP belongs in there.
        within_seconds: what has not answered by then is yielded as unknown.
    """
    if not calls:
        return
    pool = ThreadPoolExecutor(max_workers=min(len(calls), MOST_THREADS))
    futures: dict[Future[Answer], Key] = {
        # Each in a copy of our context, so that its log line has the call's id.
        pool.submit(copy_context().run, call): key
        for key, call in calls.items()
    }
    try:
        for future in _arriving(futures, within_seconds=within_seconds):
            error = future.exception()
            if error is None:
                yield futures.pop(future), future.result()
            elif isinstance(error, CalcomError):
                yield futures.pop(future), error
            else:
                raise error
        for key in futures.values():
            yield key, UnknownOutcomeError("did not answer in time")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _arriving(
    futures: Iterable[Future[Answer]], *, within_seconds: float
) -> Iterator[Future[Answer]]:
    try:
        yield from as_completed(list(futures), timeout=within_seconds)
    except TimeoutError:
        return


def _error_of(response: requests.Response, route: Route) -> CalcomError:
    """Say what a refusal means: by its status and its words, never by the status alone."""
    status, message = response.status_code, _message_of(response)
    spoken = message.lower()
    if status in {408, 425, 429}:
        return TransientError(
            message,
            request=str(route),
            status=status,
            retry_after_seconds=retry_after_seconds(response.headers),
        )
    return _kind_of(status, spoken)(message, request=str(route), status=status)


def _kind_of(status: int, spoken: str) -> type[CalcomError]:
    if status >= 500:  # noqa: PLR2004 -- where a server's own failures begin
        return UnknownOutcomeError
    if status == 409 or any(words in spoken for words in TAKEN):  # noqa: PLR2004 -- conflict
        return ConflictError
    if status in {401, 403}:
        return AuthRejectedError
    if any(words in spoken for words in GONE):
        return NotFoundError
    if status == 404 and not spoken.startswith(NO_SUCH_ROUTE):  # noqa: PLR2004 -- not found
        return NotFoundError
    return RejectedError


def _data_of(response: requests.Response) -> Any:
    envelope = response.json()
    if envelope.get("status", "success") != "success":
        msg = f"a success that says {envelope['status']!r}"
        raise ValueError(msg)
    return envelope["data"]


def _message_of(response: requests.Response) -> str:
    """Find the words in any of the shapes an error comes in."""
    try:
        body = response.json()
    except ValueError:
        return response.text
    if not isinstance(body, dict):
        return response.text
    error = body.get("error")
    if isinstance(error, dict):
        details = error.get("details")
        if isinstance(details, dict) and details.get("errors"):
            return f"{error.get('message')}: {details['errors']}"
        if isinstance(error.get("message"), str):
            return str(error["message"])
    message = body.get("message")
    return message if isinstance(message, str) else response.text
