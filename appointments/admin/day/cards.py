"""A card as HTML. A page has a hundred and more, and a template takes many times as long."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from appointments.admin.day.drawing import Block, Card


def html_of(card: "Card") -> SafeString:
    """Return a card with its buffers, gaps and hands. What people typed is escaped."""
    lanes = " in-lanes" if card.lanes > 1 else ""
    start = f' data-start="{escape(card.start)}"' if card.movable else ""
    html = (
        f'<article class="day-card is-{escape(card.status)}{lanes}"'
        f' style="--lane:{card.lane};--lanes:{card.lanes}" data-pk="{card.pk}"{start}>'
        f"{_stretches('buffer', card.buffers)}{_stretches('gap', card.gaps)}"
        f"{_hands(card)}</article>"
    )
    return mark_safe(html)  # noqa: S308 -- every text in it was escaped


def _stretches(kind: str, blocks: Iterable["Block"]) -> str:
    return "".join(f'<i class="is-{kind}" {_place(block)}></i>' for block in blocks)


def _hands(card: "Card") -> str:
    """Draw when hands are at work: the first carries the words and leads on."""
    if not card.hands:
        return ""
    first, *others = card.hands
    label, who = escape(card.label), escape(card.who)
    marks = "".join(
        f'<span class="material-symbols-outlined is-{escape(mark.kind)}">{escape(mark.icon)}</span>'
        for mark in card.marks
    )
    return (
        f'<a class="day-hands" href="{escape(card.address)}" aria-label="{label}" title="{label}"'
        f' {_place(first)}><b>{who}</b><span class="day-marks">{marks}</span>'
        f" <span>{escape(card.what)}</span>"
        f" <small>{escape(card.span)} · {escape(card.price)}</small></a>"
    ) + "".join(
        f'<div class="day-hands" title="{label}" {_place(block)}><small>{who}</small></div>'
        for block in others
    )


def _place(block: "Block") -> str:
    return f'style="--at:{block.top};--for:{block.minutes}"'
