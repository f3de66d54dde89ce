"""The day view as a person handles it: by names, by the clock, and by what is under a finger."""

import re
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import FloatRect, Locator, Page, expect

from appointments.models import Branch
from tests.conftest import day

CLOCK, TO = "[0-9]{2}:[0-9]{2}", "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class DayView:
    """The page of one branch.

    Attributes:
        page: of a browser in which somebody has logged in.
        branch: whose days are looked at.
    """

    page: Page
    branch: Branch

    def open(self, on: date | None = None) -> None:
        self.page.goto(f"/admin/day/?branch={self.branch.pk}&date={on or day()}")

    def column(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name)

    def card(self, who: str) -> Locator:
        """Return the card of whoever is called so: its first part, which says all of it."""
        return self.page.get_by_role(
            "link", name=re.compile(f"^{CLOCK}{TO}{CLOCK}, {re.escape(who)}, ")
        )

    def place(self, name: str, clock: str) -> tuple[float, float]:
        """Return where on the screen a minute of somebody's column is, in pixels."""
        board = self.page.locator("#day-board")
        starts, minutes = (
            int(board.get_attribute(f"data-{it}") or 0) for it in ("starts", "minutes")
        )
        hour, minute = map(int, clock.split(":"))
        box = box_of(self.column(name))
        down = (hour * 60 + minute - starts) / minutes
        return box["x"] + box["width"] / 2, box["y"] + 1 + down * (box["height"] - 1)

    def click(self, name: str, clock: str) -> None:
        self.page.mouse.move(*self.place(name, clock))
        self.page.mouse.click(*self.place(name, clock))

    def drag(self, who: str, *, to: tuple[str, str], drop: bool = True) -> None:
        """Take a card by its first minute, and bring it to a column and a time."""
        card = self.card(who)
        box = box_of(card)
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 1)
        self.page.mouse.down()
        self.page.mouse.move(*self.place(*to), steps=4)
        if drop:
            self.page.mouse.up()

    def expect_card(self, who: str, *, column: str, begins: str, ends: str) -> None:
        label = re.compile(f"^{begins}{TO}{ends}, {re.escape(who)}, ")
        expect(self.column(column).get_by_role("link", name=label)).to_be_visible()


def box_of(it: Locator) -> FloatRect:
    box = it.bounding_box()
    assert box is not None
    return box
