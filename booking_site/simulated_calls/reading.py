"""From the text of a call script to its values. Every problem is found, not only the first."""

from collections.abc import Collection, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from appointments.models.salon import Locale
from booking_site.documents.nodes import (
    At,
    Key,
    Reader,
    WrongValueError,
    compose,
    list_of,
    named,
    record,
)
from booking_site.documents.places import Place
from booking_site.documents.problems import DocumentError
from booking_site.salon_file import SalonFile, read_salon_file
from booking_site.salon_file.reading import COMPANY
from booking_site.salon_file.values import boolean, one_of, slug, text, whole
from booking_site.simulated_calls.checking import check
from booking_site.simulated_calls.script import (
    LENA,
    Afterwards,
    CallEntry,
    Expected,
    ExpectedAppointment,
    Fault,
    ForeignBooking,
    Given,
    GivenAppointment,
    Script,
    Turn,
)
from features.flags import Flag

SALON = "salons/salon-eins.yaml"  # where the script names none
CALL = "call"  # the name of the only one
SIGNATURES = ("right", "wrong", "stale", "missing")
SCALARS = {"bool": boolean, "int": whole(-10_000_000)}
# What a script may change about its salon, by the salon file's own keys.
CHANGEABLE = (
    "gap_policy",
    "booking_notice_minutes",
    "horizon_days",
    "cancel_deadline_hours",
    "reschedule_deadline_hours",
    "max_reschedules",
    "callback_promise_minutes",
)
LONG = text(2000)


def data(at: At) -> Any:
    """Read anything: what the agent's model sends, or what an answer must hold."""
    if at.tag == "map":
        return {key: data(item) for key, item in at.entries().items()}
    if at.tag == "seq":
        return [data(item) for item in at.items()]
    if at.is_null:
        return None
    if at.tag == "float":
        return float(at.scalar())
    return SCALARS.get(at.tag, At.scalar)(at)


def mapping(at: At) -> dict[str, Any]:
    """Read keys with values of any kind."""
    return {key: data(item) for key, item in at.entries().items()}


def mapping_of(reader: Reader[Any]) -> Reader[dict[str, Any]]:
    """Return a reader of keys that are the author's own."""

    def read(at: At) -> dict[str, Any]:
        return {key: item.read(reader) for key, item in at.entries().items()}

    return read


def word_of(words: Collection[str]) -> Reader[str]:
    """Return a reader of one of a fixed set of words."""

    def read(at: At) -> str:
        value = at.scalar()
        if value not in words:
            raise WrongValueError(f"{value} is not one of {', '.join(words)}")
        return value

    return read


def _flags(at: At) -> dict[Flag, bool]:
    read: dict[Flag, bool] = {}
    for key, item in at.entries().items():
        if key not in set(Flag):
            item.complain(f"{key} is not a flag; there are {', '.join(Flag)}")
            continue
        read[Flag(key)] = bool(item.read(boolean))
    return read


def _fault(at: At) -> Fault:
    """Read a fault: whose event type it meets is ours to find, the rest is the simulator's."""
    options = mapping(at)
    found = at.entries()
    if "kind" not in options:
        at.complain("needs a kind; docs/simulator.md lists them")
    service, staff = (
        found[key].read(named(slug)) if key in found else None for key in ("service", "staff")
    )
    segment = str(options.get("segment", "A"))
    own = ("service", "staff", "segment")
    return Fault(
        place=at.place,
        options={key: value for key, value in options.items() if key not in own},
        service=service,
        staff=staff,
        segment=segment,
    )


def _call(at: At) -> CallEntry:
    if at.tag != "map":
        return CallEntry(place=at.place, number=at.scalar())
    return record(CallEntry, CALL_KEYS)(at)


def _appointment(at: At) -> ExpectedAppointment:
    found = at.entries()
    values = {key: data(item) for key, item in found.items() if key not in {"given", "bookings"}}
    return ExpectedAppointment(
        place=at.place,
        given=found["given"].read(named(text())) if "given" in found else None,
        values=values,
        bookings=found["bookings"].read(mapping_of(LONG)) if "bookings" in found else None,
    )


def _parts(at: At) -> tuple[str, ...]:
    """Read one text or several."""
    return (LONG(at),) if at.tag != "seq" else list_of(LONG)(at)


CALL_KEYS = {
    "number": Key(lambda at: "" if at.is_null else at.scalar(), LENA),
    "to": Key(LONG, None),
    "agent": Key(LONG, None),
    "call_id": Key(lambda at: at.scalar(), None),
}
APPOINTMENT = {
    "called": Key(text(), ""),
    "customer": Key(named(text())),
    "service": Key(named(slug)),
    "staff": Key(named(slug)),
    "at": Key(LONG),
}
BOOKING = {
    "service": Key(named(slug)),
    "staff": Key(named(slug)),
    "segment": Key(text(20), "A"),
    "at": Key(LONG),
}
ANSWER = {
    "http": Key(whole(200, 599), 200),
    "status": Key(text(), None),
    "statuses": Key(mapping_of(whole(1)), {}),
    "success": Key(boolean, default=True),
    "data": Key(mapping, {}),
    "says": Key(_parts, ()),
    "never_says": Key(_parts, ()),
    "within_ms": Key(whole(1), None),
}
TURN = {
    "says": Key(LONG, ""),
    "call": Key(named(text()), None),
    "function": Key(LONG, ""),
    "args": Key(lambda at: None if at.is_null else data(at), {}),
    "event": Key(LONG, ""),
    "fields": Key(mapping, {}),
    "times": Key(whole(1, 200), 1),
    "at_once": Key(list_of(named(text())), ()),
    "retry": Key(boolean, default=False),
    "signature": Key(word_of(SIGNATURES), SIGNATURES[0]),
    "minutes_pass": Key(whole(1), 0),
    "work": Key(boolean, default=False),
    "called": Key(text(), ""),
    "answer": Key(record(Expected, ANSWER), None),
}
AFTERWARDS = {
    "appointments": Key(list_of(_appointment), ()),
    "holds": Key(whole(), None),
    "callbacks": Key(list_of(mapping), None),
    "reviews": Key(list_of(LONG), None),
    "customers": Key(list_of(mapping), None),
    "calls": Key(mapping_of(mapping), {}),
    "calcom_creates": Key(whole(), None),
}
GIVEN = {
    "staff_names": Key(mapping_of(text()), {}),
    "flags": Key(_flags, {}),
    "appointments": Key(list_of(record(GivenAppointment, APPOINTMENT)), ()),
    "other_appointments": Key(list_of(record(GivenAppointment, APPOINTMENT)), ()),
    "foreign_bookings": Key(list_of(record(ForeignBooking, BOOKING)), ()),
    "faults": Key(list_of(_fault), ()),
}


def read_script(*, path: Path, root: Path) -> Script:
    """Return what a script says.

    Args:
        path: of the script.
        root: the folder in which the salon files it names are looked up, if not beside it.

    Raises:
        DocumentError: with everything that is wrong, each with its line and key.
        OSError, UnicodeDecodeError: it cannot be read at all.
    """
    at = compose(path.read_text(encoding="utf-8"), begin_with="title")
    script = at.read(partial(_read, path=path, root=root))
    if script is not None and not at.problems:
        check(script, at=at)
    if script is None or at.problems:
        raise DocumentError(at.problems)
    return script


def _read(at: At, *, path: Path, root: Path) -> Script:
    salon_file = partial(_salon, folders=(path.parent, root))
    salon = _read_salon(root / SALON)
    given = GIVEN | {
        "salon": Key(salon_file, salon),
        "other_salon": Key(salon_file, None),
        "company": Key(_company, {}),
    }
    keys = {
        "title": Key(text()),
        "language": Key(one_of(Locale), Locale.GERMAN.value),
        "given": Key(record(Given, given), Given(place=at.place, salon=salon)),
        "calls": Key(mapping_of(_call), {CALL: CallEntry(place=at.place)}),
        "turns": Key(list_of(record(Turn, TURN), least=1)),
        "afterwards": Key(record(Afterwards, AFTERWARDS), Afterwards(place=at.place)),
    }
    return record(partial(_script, path=path), keys)(at)


def _script(*, place: Place, path: Path, **parts: Any) -> Script:  # noqa: ARG001 -- of the whole file
    return Script(path=path, **parts)


def _salon(at: At, *, folders: Sequence[Path]) -> SalonFile:
    """Read the salon file that is named, beside the script or in the site's own folder."""
    name = at.scalar()
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if found is None:
        raise WrongValueError(f"there is no file {name}, neither beside the script nor in the site")
    try:
        return _read_salon(found)
    except DocumentError as error:
        raise WrongValueError(f"{name} is no salon file: {error.problems[0]}") from error


@cache
def _read_salon(path: Path) -> SalonFile:
    return read_salon_file(text=path.read_text(encoding="utf-8"))


def _company(at: At) -> dict[str, Any]:
    """Read what differs from the salon file; what is not said stays as it is there."""
    said = at.entries()
    keys = {name: Key(COMPANY[name].read, None) for name in CHANGEABLE}
    changed: dict[str, Any] = record(dict, keys)(at)
    return {name: changed[name] for name in CHANGEABLE if name in said}
