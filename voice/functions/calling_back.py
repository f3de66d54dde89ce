"""Having somebody of the salon call back."""

from datetime import datetime, timedelta

from appointments import actions, queries
from appointments.models import CallbackReason, CallbackRequest, Staff
from appointments.phones import to_e164
from voice import matching, naming, phrases, reasons, replies, shapes
from voice.functions.registry import WRITE_SECONDS, function
from voice.heard import Heard
from voice.replies import Reply
from voice.serializers import CallbackArguments


@function("request_callback", arguments=CallbackArguments, seconds=WRITE_SECONDS)
def request_callback(heard: Heard, now: datetime) -> Reply:
    """Promise a call back, and say until when; a second wish completes the first."""
    said = heard.said
    phone = to_e164(said["customer_phone"]) or ""
    if not (phone or heard.call.from_number or _has_number(heard, now)):
        return Reply("phone_required", phrases.say("phone_required", locale=heard.locale))
    wish = "\n".join(
        filter(
            None,
            (
                # A word of ours says why; only the caller's own words say what they want.
                "" if said["reason"] in CallbackReason.values else said["reason"],
                said["notes"],
                said["preferred_time"],
                naming.parse_email(said["customer_email"]),
            ),
        )
    )
    name = naming.introduced(said["customer_name"])
    row = _promise(
        heard,
        now,
        reason=reasons.reason_of(said["reason"]),
        priority=reasons.priority_of(said["priority"]),
        phone=phone,
        name=name if naming.is_a_name(name) else "",
        wish=wish,
        staff_id=_wished_staff_id(heard),
    )
    return _say_promised(heard, row, now)


def queue_callback(heard: Heard, now: datetime, *, reason: CallbackReason, wish: str) -> Reply:
    """Pass on what somebody without a number wants, and ask where to call.

    The answer is the same whether the salon knows such an appointment or not.
    """
    row = _promise(heard, now, reason=reason, wish=wish)
    if row.phone:
        return _say_promised(heard, row, now)
    message = phrases.say("callback_without_number", locale=heard.locale)
    return Reply("callback_queued", message, {"callback": shapes.callback(row, heard.zone)})


def _promise(
    heard: Heard,
    now: datetime,
    *,
    reason: CallbackReason,
    wish: str,
    priority: CallbackRequest.Priority | None = None,
    phone: str = "",
    name: str = "",
    staff_id: int | None = None,
) -> CallbackRequest:
    call = heard.call
    order = actions.CallbackOrder(
        branch=heard.branch,
        reason=reason,
        priority=priority,
        phone=phone,
        caller_phone=call.from_number,
        name=name or (call.customer.name if call.customer else ""),
        wish=wish,
        customer=call.customer,
        call_id=call.call_id,
        staff_id=staff_id,
        service_id=call.service_id,
        promised_within=timedelta(minutes=heard.company.callback_promise_minutes),
    )
    return actions.request_callback(order=order, now=now)


def _has_number(heard: Heard, now: datetime) -> bool:
    """Whether a number was given earlier in the call."""
    earlier = queries.get_open_callback(
        heard.company, phone="", call_id=heard.call.call_id, now=now
    )
    return bool(earlier and earlier.phone)


def _wished_staff_id(heard: Heard) -> int | None:
    """Return who should call, if it is clear; nobody is asked twice for that."""
    said = heard.said["staff"]
    if not said:
        return None
    rows = Staff.objects.filter(company=heard.company, branch=heard.branch, is_active=True)
    names = [matching.StaffName(id=row.pk, slug=row.slug, name=row.name) for row in rows]
    found = matching.match_staff(said, names)
    return found.id if isinstance(found, matching.Match) else None


def _say_promised(heard: Heard, row: CallbackRequest, now: datetime) -> Reply:
    message = phrases.say(
        "callback_queued",
        locale=heard.locale,
        when=replies.say_moment(row.due_at, heard, now=now),
    )
    return Reply("callback_queued", message, {"callback": shapes.callback(row, heard.zone)})
