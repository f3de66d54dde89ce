"""From the text of a salon file to entries. Every problem is found, not only the first."""

from typing import Any

from appointments.models import Company, GapPolicy
from appointments.models.salon import Locale, Region
from booking_site.documents.nodes import Key, compose, list_of, named, record
from booking_site.documents.places import Place
from booking_site.documents.problems import DocumentError
from booking_site.salon_file.checking import check
from booking_site.salon_file.entries import (
    LEFT_OUT,
    AppointmentEntry,
    BranchEntry,
    CalcomEntry,
    CompanyEntry,
    CustomerEntry,
    RetellEntry,
    SalonFile,
    StaffEntry,
    TimeOffEntry,
)
from booking_site.salon_file.services import read_service
from booking_site.salon_file.values import (
    boolean,
    day,
    email,
    hours_of_week,
    local_moment,
    one_of,
    or_none,
    phone,
    slug,
    text,
    whole,
    zone,
)


def _default(field: str) -> Any:
    return getattr(Company(), field)


MINUTES = whole()
CREDENTIAL = text(500)

CALCOM = {
    "api_key": Key(CREDENTIAL),
    "team_id": Key(or_none(whole(1)), None),
    "webhook_secret": Key(or_none(CREDENTIAL), LEFT_OUT),
}
RETELL = {
    "api_key": Key(CREDENTIAL),
    "agent_ids": Key(list_of(named(text(100))), None),
}
COMPANY = {
    "slug": Key(slug),
    "name": Key(text()),
    "timezone": Key(zone, _default("timezone")),
    "locale": Key(one_of(Locale), _default("locale")),
    "gap_policy": Key(one_of(GapPolicy), _default("gap_policy")),
    "booking_notice_minutes": Key(or_none(MINUTES), None),
    "horizon_days": Key(whole(), _default("horizon_days")),
    "cancel_deadline_hours": Key(whole(), _default("cancel_deadline_hours")),
    "reschedule_deadline_hours": Key(whole(), _default("reschedule_deadline_hours")),
    "max_reschedules": Key(whole(), _default("max_reschedules")),
    "callback_promise_minutes": Key(MINUTES, _default("callback_promise_minutes")),
    "calcom": Key(or_none(record(CalcomEntry, CALCOM)), LEFT_OUT),
    "retell": Key(or_none(record(RetellEntry, RETELL)), LEFT_OUT),
}
BRANCH = {
    "slug": Key(slug),
    "name": Key(text()),
    "region": Key(one_of(Region), ""),
    "timezone": Key(zone, ""),
    "booking_notice_minutes": Key(or_none(MINUTES), None),
    "phone_numbers": Key(list_of(named(phone)), None),
    "opening_hours": Key(hours_of_week),
    "closed_on": Key(list_of(day), None),
}
TIME_OFF = {
    "from": Key(day, field="first"),
    "to": Key(day, field="last"),
    "reason": Key(text(), ""),
}
STAFF = {
    "slug": Key(slug),
    "name": Key(text()),
    "branch": Key(named(slug)),
    "active": Key(boolean, default=True),
    "calcom_user_id": Key(or_none(whole(1)), None),
    "working_hours": Key(hours_of_week, ()),
    "time_off": Key(list_of(record(TimeOffEntry, TIME_OFF)), None),
}
CUSTOMER = {
    "name": Key(text()),
    "phone": Key(phone),
    "email": Key(email, None),
}
APPOINTMENT = {
    "customer": Key(named(phone)),
    "service": Key(named(slug)),
    "staff": Key(named(slug)),
    "starts_at": Key(local_moment),
}
SECTIONS = {
    "company": Key(record(CompanyEntry, COMPANY)),
    "branches": Key(list_of(record(BranchEntry, BRANCH), least=1)),
    "staff": Key(list_of(record(StaffEntry, STAFF)), None),
    "services": Key(list_of(read_service), None),
    "customers": Key(list_of(record(CustomerEntry, CUSTOMER)), ()),
    "appointments": Key(list_of(record(AppointmentEntry, APPOINTMENT)), ()),
}


def read_salon_file(*, text: str) -> SalonFile:
    """Return what the file says.

    A key that is left out means its default, as the tables above have it, with two exceptions.
    Credentials and lists that are left out say nothing: what is stored stays.

    Raises:
        DocumentError: with everything that is wrong, each with its line and key.
    """
    at = compose(text, begin_with="company")
    salon = at.read(record(_salon_file, SECTIONS))
    if salon is not None:
        check(salon, problems=at.problems)
    if salon is None or at.problems:
        raise DocumentError(at.problems)
    return salon


def _salon_file(*, place: Place, **sections: Any) -> SalonFile:  # noqa: ARG001 -- of the whole file
    return SalonFile(**sections)
