"""Who is calling, what is known of them, and what day it is."""

from datetime import date, datetime, timedelta

from appointments import queries
from appointments.models import Appointment, Service
from voice import phrases, shapes, speech
from voice.functions.registry import function
from voice.heard import Heard
from voice.replies import Reply, say_moment
from voice.serializers import ListArguments
from voice.understanding import hear_days
from voice.wanted import LIKELY, hear_service

MENTIONED = 0.5  # from this share on a habit is mentioned, from `LIKELY` on offered
SPOKEN_APPOINTMENTS = 3


@function("get_current_context", "initialize_call")
def get_current_context(heard: Heard, now: datetime) -> Reply:
    """Tell the agent what it would otherwise invent: the day, the salon, the caller."""
    zone, locale, branch = heard.zone, heard.locale, heard.branch
    local = now.astimezone(zone)
    on = local.date()
    data = {
        "now": shapes.instant(now, zone),
        "date": on.isoformat(),
        "time": f"{local:%H:%M}",
        "weekday": speech.weekday(on, locale=locale),
        "tomorrow": shapes.day(on + timedelta(days=1), locale=locale),
        "day_after_tomorrow": shapes.day(on + timedelta(days=2), locale=locale),
        "next_monday": shapes.day(_next_monday(on), locale=locale),
        "timezone": zone.key,
        "salon": {
            "name": heard.company.name,
            "branch": branch.name,
            "open_today": queries.is_open_on(branch, on),
        },
        "customer": shapes.customer(heard.call.customer),
        "policies": _policies(heard),
    }
    message = phrases.say(
        "context",
        locale=locale,
        today=speech.spoken_date(on, locale=locale),
        time=speech.spoken_time(local.time(), locale=locale),
    )
    return Reply("ok", message, data)


def _next_monday(on: date) -> date:
    return on + timedelta(days=7 - on.weekday())


def _policies(heard: Heard) -> dict[str, int]:
    company = heard.company
    return {
        "cancel_deadline_hours": company.cancel_deadline_hours,
        "reschedule_deadline_hours": company.reschedule_deadline_hours,
        "max_reschedules": company.max_reschedules,
        "horizon_days": company.horizon_days,
    }


@function("check_customer")
def check_customer(heard: Heard, now: datetime) -> Reply:
    """Tell who is calling, by the number alone, and what they usually want."""
    customer = heard.call.customer
    if customer is None or not heard.call.from_number:
        status = "new_customer" if heard.call.from_number else "anonymous"
        return Reply(status, phrases.say("new_customer", locale=heard.locale))
    habits = queries.get_habits(customer, now=now)
    data = {
        "customer": shapes.customer(customer),
        "predicted_service": habits.service_name,
        "service_confidence": habits.confidence,
        "preferred_staff": habits.staff_name,
        "upcoming": len(queries.get_upcoming(customer, now=now)),
        "last_visit": shapes.instant(habits.last_visit, heard.zone),
    }
    message = phrases.say(
        _greeting(habits.confidence),
        locale=heard.locale,
        name=customer.name,
        service=habits.service_name or "",
    )
    return Reply("existing_customer", message, data)


def _greeting(confidence: float) -> str:
    if confidence >= LIKELY:
        return "existing_customer_likely"
    return "existing_customer_often" if confidence >= MENTIONED else "existing_customer"


@function(
    "list_appointments",
    "get_customer_appointments",
    "query_appointment",
    arguments=ListArguments,
)
def list_appointments(heard: Heard, now: datetime) -> Reply:
    """Name the caller's coming appointments. A withheld number hears of none."""
    customer, locale = heard.call.customer, heard.locale
    if not heard.call.from_number:
        return Reply("anonymous_caller", phrases.say("anonymous_caller", locale=locale))
    days = hear_days(heard, now=now)
    if heard.said["service"]:
        heard.understood.service = hear_service(heard, now=now)
    wished = heard.understood.service
    upcoming = queries.get_upcoming(customer, now=now) if customer else []
    rows = [row for row in upcoming if _is_meant(row, days, wished, heard)]
    if not rows:
        key = "none" if upcoming else "no_appointments"
        return Reply("none", phrases.say(key, locale=locale))
    spoken = [
        f"{say_moment(row.starts_at, heard, now=now)} {row.service.name}"
        for row in rows[:SPOKEN_APPOINTMENTS]
    ]
    key = "appointments" if len(rows) <= SPOKEN_APPOINTMENTS else "appointments_more"
    message = phrases.say(
        key, locale=locale, appointments=phrases.both(spoken, locale=locale), count=len(rows)
    )
    return Reply("found", message, {"appointments": [shapes.appointment(row) for row in rows]})


def _is_meant(
    row: Appointment, days: tuple[date, date] | None, wished: Service | None, heard: Heard
) -> bool:
    local_day = row.starts_at.astimezone(heard.zone).date()
    in_days = days is None or days[0] <= local_day <= days[1]
    return in_days and wished in (None, row.service)
