"""What is measured against a target, and what it is today and over the last days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking_site.figures.charts import Chart, Target, draw
from booking_site.figures.days import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number of a day.

    Attributes:
        name: for the page's markup and for tests.
        title, unit: for people; a percentage or seconds, else a plain number.
        part: what is counted.
        whole: of what it is a share; "" for a number that is none.
        scale: 100 for percentages.
        target: None where there is none.
        hint: what to do when it is missed.
    """

    name: str
    title: Any
    part: str
    whole: str = ""
    unit: str = ""
    scale: float = 1
    target: Target | None = None
    hint: Any = ""

    def of(self, counts: Mapping[str, float]) -> float | None:
        """Return the value; None where a share has nothing to be a share of."""
        if not self.whole:
            return counts.get(self.part, 0)
        whole = counts.get(self.whole, 0)
        return self.scale * counts.get(self.part, 0) / whole if whole else None


def _percent(name: str, title: Any, share: tuple[str, str], target: Target, hint: Any) -> Measure:
    part, whole = share
    return Measure(
        name=name,
        title=title,
        part=part,
        whole=whole,
        unit="%",
        scale=100,
        target=target,
        hint=hint,
    )


MEASURES = (
    Measure(name="calls", title=_("Calls"), part="calls"),
    Measure(name="bookings", title=_("Appointments booked"), part="booked"),
    Measure(name="phone_bookings", title=_("... of those, on the phone"), part="by_phone"),
    _percent(
        "booking_success",
        _("Booking calls ending in an appointment"),
        ("got", "wanting"),
        Target(value=80, above=True),
        _("Listen to calls that ended without one: what did the caller want that was not there?"),
    ),
    _percent(
        "alternatives_offered",
        _("Wished time taken: another one offered"),
        ("helped", "refused"),
        Target(value=95, above=True),
        _("Is the flag skip_alternatives_for_voice on? Else the salon is full: look at its hours."),
    ),
    Measure(
        name="call_seconds",
        title=_("Average call"),
        part="milliseconds",
        whole="timed",
        unit="s",
        scale=0.001,
        target=Target(value=60, above=False),
        hint=_("Look at long calls: what was asked again and again?"),
    ),
    _percent(
        "sync_success",
        _("Entered in Cal.com by itself"),
        ("synced", "judged"),
        Target(value=95, above=True),
        _("Open the list of reviews: its reasons say what Cal.com did not take."),
    ),
    _percent(
        "conflicts",
        _("Already taken in Cal.com"),
        ("bookings_taken", "bookings_asked"),
        Target(value=1, above=False),
        _(
            "Somebody books past us. Ask whoever runs the site whether Cal.com tells us of its "
            "bookings: see “Connection to Cal.com” on the company's page."
        ),
    ),
    Measure(
        name="reviews",
        title=_("New manual reviews"),
        part="reviews",
        target=Target(value=5, above=False),
        hint=_("Open the list of reviews, the oldest first."),
    ),
    Measure(name="verifications", title=_("Post-sync verifications"), part="verifications"),
    Measure(name="invalidations", title=_("Cache invalidations"), part="invalidations"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measure as the page shows it: today, over all days, and day by day."""

    measure: Measure
    today: float | None
    overall: float | None
    chart: Chart

    @property
    def is_met_today(self) -> bool:
        return self.measure.target is None or self.measure.target.is_met_by(self.today)

    @property
    def is_met(self) -> bool:
        """Whether it is as it should be: a share over all days, a number a day today."""
        target = self.measure.target
        if target is None or not self.measure.whole:
            return self.is_met_today
        return target.is_met_by(self.overall)


def measure_all(days: Mapping[date, Counts]) -> list[Measured]:
    """Measure everything, from what happened on each day, oldest first, at least one."""
    total: dict[str, float] = {}
    for counts in days.values():
        for name, value in counts.items():
            total[name] = total.get(name, 0) + value
    *_before, today = days.values()
    return [
        Measured(
            measure=measure,
            today=measure.of(today),
            overall=measure.of(total),
            chart=draw(
                [(day, measure.of(counts)) for day, counts in days.items()],
                target=measure.target,
                highest=100
                if measure.unit == "%" and measure.target and measure.target.above
                else None,
            ),
        )
        for measure in MEASURES
    ]
