"""Where a script is played: a salon, what is there before the call, and its days."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from appointments import queries
from appointments.actions.importing import ImportOrder, import_appointment
from appointments.errors import AppointmentError
from appointments.models import Appointment, Branch, Company, FlagSetting
from booking_site.demo.knobs import Knobs
from booking_site.salon_file import SalonFile, load_salon_file
from booking_site.simulated_calls.placeholders import Days, fill, whole_weeks
from booking_site.simulated_calls.salons import copy_of
from booking_site.simulated_calls.script import Fault, GivenAppointment, Script
from calcom.models import CalcomEventMap
from calcom.seeding import seed_of
from features.models import CompanyFlag


class SceneError(Exception):
    """The script cannot be played here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A salon that is ready to be called.

    Attributes:
        key: signs what the salon's agent sends.
        to_number, agent_id: of the salon.
        days: what `{tuesday}` means.
        facts: what other placeholders may name; answers are added while it is played.
        given: the appointments that are there, by the names the script gives them.
        customers: who was a customer before.
        is_own: made for this script alone, so that everything in it is the script's.
    """

    branch: Branch
    key: str
    to_number: str
    agent_id: str
    days: Days
    facts: dict[str, Any]
    given: dict[str, Appointment] = field(default_factory=dict)
    customers: frozenset[int] = frozenset()
    is_own: bool = False

    @property
    def company(self) -> Company:
        return self.branch.company

    def fill(self, value: Any) -> Any:
        """Return a value of the script with its placeholders replaced.

        Raises:
            PlaceholderError: it names something that an answer does not have.
        """
        return fill(value, days=self.days, facts=self.facts)

    def of_these(self, call_ids: Mapping[str, str]) -> Q:
        """Return which rows are the script's: all of its own salon, else those of its calls."""
        own = Q(company=self.company)
        return own if self.is_own else own & Q(call_id__in=[*call_ids.values()])


def visit(script: Script, *, company: Company, now: datetime) -> Scene:
    """Return a salon as it is. Nothing is changed, so the script must not need it to be.

    Raises:
        SceneError: the script needs something put in place, or the salon cannot be called.
    """
    if not script.given.is_nothing:
        raise SceneError(f"line {script.given.place.line}: what is given needs a salon of its own")
    for turn in script.turns:
        if turn.minutes_pass:
            raise SceneError(f"line {turn.place.line}: time passes only in a salon of its own")
    branch = company.branches.select_related("company").order_by("pk").first()
    if branch is None or company.locale != script.language:
        raise SceneError(f"{company.slug} has no branch, or does not speak {script.language}")
    return _scene(branch, now=now, is_own=False)


def build(script: Script, *, number: int, knobs: Knobs, now: datetime) -> Scene:
    """Make a salon for one script, in our database and in the simulated Cal.com.

    Args:
        script: says what is there.
        number: of the copy, and of the next one for the other salon.
        knobs: of the simulated Cal.com.
        now: the time.

    Raises:
        SceneError: what is given contradicts itself.
    """
    given = script.given
    salon = replace(
        given.salon,
        company=replace(given.salon.company, locale=script.language, **given.company),
        staff=given.salon.staff
        and tuple(
            replace(person, name=given.staff_names.get(person.slug, person.name))
            for person in given.salon.staff
        ),
    )
    scene = _scene(_load(salon, number=number, knobs=knobs, now=now), now=now, is_own=True)
    for flag, is_on in given.flags.items():
        row, _ = CompanyFlag.objects.get_or_create(name=flag.value)
        FlagSetting.objects.create(flag=row, company=scene.company, is_on=is_on)
    for entry in given.appointments:
        scene.given[entry.called or f"line {entry.place.line}"] = _book(entry, scene, now=now)
    if given.other_salon:
        branch = _load(given.other_salon, number=number + 1, knobs=knobs, now=now)
        other = _scene(branch, now=now, is_own=True)
        theirs = {row.called: _book(row, other, now=now) for row in given.other_appointments}
        scene.facts["other"] = other.facts["salon"] | {
            key: other.facts[key] for key in ("staff", "service")
        }
        scene.facts.update({name: _fact(row) for name, row in theirs.items()})
    scene.facts.update({name: _fact(row) for name, row in scene.given.items()})
    for booking in given.foreign_bookings:
        knobs.turn(
            "foreign_bookings",
            event_type_id=_event_type(
                scene.company, booking.service.value, booking.staff.value, booking.segment
            ),
            start=datetime.fromisoformat(scene.fill(booking.at)).astimezone(UTC).isoformat(),
        )
    return scene


def break_calcom(script: Script, scene: Scene, knobs: Knobs) -> None:
    """Let the simulated Cal.com fail as the script says."""
    for fault in script.given.faults:
        knobs.turn("faults", **fault.options, **_whom(fault, scene.company))


def _whom(fault: Fault, company: Company) -> dict[str, int]:
    if fault.service is None or fault.staff is None:
        return {}
    event_type_id = _event_type(company, fault.service.value, fault.staff.value, fault.segment)
    return {"event_type_id": event_type_id}


def _load(salon: SalonFile, *, number: int, knobs: Knobs, now: datetime) -> Branch:
    copied = copy_of(salon, number=number)
    load_salon_file(salon=copied, now=now)
    company = Company.objects.get(slug=copied.company.slug)
    if company.syncs:
        knobs.turn("seed", **seed_of(company))
    return company.branches.select_related("company").order_by("pk")[0]


def _scene(branch: Branch, *, now: datetime, is_own: bool) -> Scene:
    company = branch.company
    phone = branch.phone_numbers.order_by("pk").first()
    agent = company.agents.order_by("pk").first()
    key = company.retell_api_key or settings.RETELL_API_KEY
    if phone is None or not key:
        raise SceneError(f"{company.slug} has no telephone number, or no key to sign with")
    to_number, agent_id = phone.number, agent.agent_id if agent else ""
    local = now.astimezone(branch.zone)
    first, second = whole_weeks(
        is_open=lambda day: queries.is_open_on(branch, day),
        usual=set(branch.opening_hours.values_list("weekday", flat=True)),
        today=local.date(),
    )
    return Scene(
        branch=branch,
        key=key,
        to_number=to_number,
        agent_id=agent_id,
        days=Days(
            now=local,
            zone=branch.zone,
            locale=company.locale,
            first_week=first,
            second_week=second,
        ),
        facts={
            "salon": {"number": to_number, "agent": agent_id},
            "staff": dict(branch.staff.values_list("slug", "pk")),
            "service": dict(company.services.values_list("slug", "pk")),
        },
        customers=frozenset(company.customers.values_list("pk", flat=True)),
        is_own=is_own,
    )


def _book(entry: GivenAppointment, scene: Scene, *, now: datetime) -> Appointment:
    company = scene.company
    order = ImportOrder(
        branch=scene.branch,
        service=company.services.get(slug=entry.service.value),
        staff=scene.branch.staff.get(slug=entry.staff.value),
        customer=company.customers.get(phone=entry.customer.value),
        starts_at=datetime.fromisoformat(scene.fill(entry.at)).astimezone(UTC),
    )
    try:
        return import_appointment(order=order, now=now).appointment
    except AppointmentError as refusal:
        message = f"line {entry.place.line}: the appointment cannot be there: {refusal.status}"
        raise SceneError(message) from refusal


def _fact(appointment: Appointment) -> dict[str, Any]:
    return {"id": appointment.public_id}


def _event_type(company: Company, service: str, staff: str, segment: str) -> int:
    row = CalcomEventMap.objects.filter(
        company=company, service__slug=service, staff__slug=staff, segment_key=segment
    ).first()
    if row is None:
        raise SceneError(f"Cal.com has no event type for {service}, {staff}, {segment}")
    return row.bookable_id
