"""Whether an event map that somebody enters can work: asked before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from appointments.models import Company, Staff
from calcom.account import CalcomAccount
from calcom.client import at_once
from calcom.errors import CalcomError, NotFoundError
from calcom.event_maps.comparing import Difference, compare
from calcom.event_maps.discovering import Discovery
from calcom.models import CalcomEventMap, DriftKind
from calcom.payloads import EventType

log = structlog.get_logger(__name__)

WITHIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What Cal.com says about the event types a map is to name.

    Attributes:
        bookable: the one that would be booked; None if there is none under this key.
        child_id: of a managed one the staff member's own, if there is one.
    """

    bookable: EventType | None
    child_id: int | None = None


def look_up(
    *, company: Company, staff: Staff | None, event_type_id: int, child_event_type_id: int | None
) -> LookedUp | None:
    """Ask Cal.com about event types, for as long as somebody at a form waits.

    Returns:
        None if it did not answer, or not with this key: whatever is entered stays unverified.
    """
    question = partial(
        _ask,
        CalcomAccount.of(company),
        child_event_type_id or event_type_id,
        host_id=staff.calcom_user_id if staff else None,
    )
    [(_key, answer)] = at_once({0: question}, within_seconds=WITHIN_SECONDS)
    if isinstance(answer, CalcomError):
        log.warning("calcom.event_map_unverified", company_id=company.pk, why=str(answer))
        return None
    return answer


def _ask(account: CalcomAccount, bookable_id: int, *, host_id: int | None) -> LookedUp:
    try:
        bookable = account.get(bookable_id)
    except NotFoundError:
        return LookedUp(bookable=None)
    if not bookable.is_managed or host_id is None:
        return LookedUp(bookable=bookable)
    child = Discovery.begin(account).find_child(bookable, host_id=host_id)
    return LookedUp(bookable=bookable, child_id=child.id if child else None)


def validate(event_map: CalcomEventMap, looked_up: LookedUp) -> Sequence[Difference]:
    """Refuse a map whose bookings would fail, or be with somebody else.

    Args:
        event_map: saved or not.
        looked_up: what Cal.com says about the event types it names.

    Returns:
        in what its event type differs beside that.

    Raises:
        ValidationError: by field, naming the remedy.
    """
    differences = compare(event_map, looked_up.bookable)
    faults: dict[str, list[ValidationError]] = {}
    if event_map.staff.calcom_user_id is None:
        faults["staff"] = [
            ValidationError(
                _("%(name)s has no Cal.com user id. Enter it on the staff page first."),
                params={"name": event_map.staff.name},
            )
        ]
    for difference in differences:
        if difference.is_breaking:
            field, fault = _fault(event_map, difference, looked_up)
            faults.setdefault(field, []).append(fault)
    if faults:
        raise ValidationError(faults)
    return differences


def _fault(
    event_map: CalcomEventMap, difference: Difference, looked_up: LookedUp
) -> tuple[str, ValidationError]:
    named = "child_event_type_id" if event_map.child_event_type_id else "event_type_id"
    facts = {
        "id": event_map.bookable_id,
        "ours": difference.ours,
        "theirs": difference.theirs,
        "name": event_map.staff.name,
        "key": event_map.segment_key,
        "child": looked_up.child_id,
    }
    if difference.kind == DriftKind.MANAGED:
        return "child_event_type_id", ValidationError(
            _(
                "Event type %(id)s is managed and cannot be booked. Enter the staff member's own "
                "here: %(child)s."
            )
            if looked_up.child_id
            else _(
                "Event type %(id)s is managed and cannot be booked, and %(name)s has none of "
                "their own of it. Take them off its hosts in Cal.com, add them again, and enter "
                "the number of theirs here."
            ),
            params=facts,
        )
    return named, ValidationError(_message(difference.kind), params=facts)


def _message(kind: DriftKind) -> str:
    match kind:
        case DriftKind.HOST_MISSING:
            return _(
                "Event type %(id)s is booked with Cal.com user %(theirs)s, but %(name)s is user "
                "%(ours)s. Enter one of theirs, or correct the number on the staff page."
            )
        case DriftKind.WRONG_LENGTH:
            return _(
                "Event type %(id)s takes %(theirs)s minutes, segment %(key)s takes %(ours)s. "
                "Change one of the two, or enter another event type."
            )
    return _(
        "This company's Cal.com account does not have an event type %(id)s. Enter the number of "
        "one that it has."
    )
