"""Bars for an SVG: a value a day, and the target as a line. Nothing is loaded to draw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 300, 72
SHARE = 0.72  # of a day's width that its bar takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a value should be: above or below a number, which itself misses it."""

    value: float
    above: bool

    def is_met_by(self, value: float | None) -> bool:
        """Whether a value is as it should be; where there is none, nothing is wrong."""
        return value is None or (value > self.value if self.above else value < self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day; x, y and height in units of the picture, y from its top."""

    day: date
    value: float | None
    x: float
    y: float
    height: float
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture of WIDTH by HEIGHT; `target_y` is None without a target."""

    bars: tuple[Bar, ...]
    bar_width: float
    target_y: float | None
    highest: float

    width: int = WIDTH
    height: int = HEIGHT


def draw(
    values: Sequence[tuple[date, float | None]],
    *,
    target: Target | None = None,
    highest: float | None = None,
) -> Chart:
    """Lay out a bar for each day.

    Args:
        values: day and value, oldest first, at least one; None: nothing to measure that day.
        target: drawn as a line, and what misses it is marked.
        highest: what a bar of full height means; None: the greatest value or the target.
    """
    seen = [value for _, value in values if value is not None]
    top = highest or max([*seen, target.value if target else 0, 1])
    step = WIDTH / len(values)
    bars = tuple(
        Bar(
            day=day,
            value=value,
            x=round(number * step, 2),
            y=round(HEIGHT - _tall(value, top), 2),
            height=round(_tall(value, top), 2),
            is_met=target is None or target.is_met_by(value),
        )
        for number, (day, value) in enumerate(values)
    )
    line = round(HEIGHT - _tall(target.value, top), 2) if target else None
    return Chart(bars=bars, bar_width=round(step * SHARE, 2), target_y=line, highest=top)


def _tall(value: float | None, top: float) -> float:
    return HEIGHT * min(value or 0, top) / top
