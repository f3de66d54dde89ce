"""The overview of event maps as a table: a row for a service, a column for a person."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calcom.admin.event_map_cells import ShownCell, shown
from calcom.event_maps.matrix import BranchMatrix, Line


class ServiceLines(NamedTuple):
    """Everybody who performs a service in a branch: what one row is made of."""

    branch: BranchMatrix
    lines: tuple[Line, ...]

    @property
    def has_problem(self) -> bool:
        return any(line.has_problem for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One service.

    Attributes:
        steps: what Cal.com books of it, in order; empty where that is all of it.
        fields: of each person in the order of the table; empty for whoever does not perform it.
    """

    service_name: str
    steps: tuple[str, ...]
    fields: tuple[list[ShownCell], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is to be said of one person's field beside how it stands."""

    service_name: str
    staff_name: str
    cells: list[ShownCell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One branch, as far as it stands on this page."""

    name: str
    people: tuple[str, ...]
    rows: list[Row]
    remarks: list[Remark]


def by_service(branches: Iterable[BranchMatrix], *, only_problems: bool) -> list[ServiceLines]:
    """Return what the rows are made of, in their order.

    Args:
        branches: all that is offered.
        only_problems: leave out services with which nobody has a problem.
    """
    rows = (
        ServiceLines(branch, tuple(lines))
        for branch in branches
        for _service, lines in groupby(branch.lines, key=_service_of)
    )
    return [row for row in rows if not only_problems or row.has_problem]


def tables(rows: Iterable[ServiceLines], zones: Mapping[int, ZoneInfo]) -> Iterator[Table]:
    """Draw some rows, each branch as a table of its own.

    Args:
        rows: in the order of `by_service`.
        zones: the time zone of each branch, by its key.
    """
    for branch, services in groupby(rows, key=lambda row: row.branch):
        zone = zones[branch.branch_id]
        people = {line.staff_id: line.staff_name for line in branch.lines}
        in_order = sorted(people, key=lambda pk: (people[pk], pk))
        drawn = [[(line, _shown(line, zone)) for line in service.lines] for service in services]
        yield Table(
            name=f"{branch.company_name}, {branch.branch_name}",
            people=tuple(people[pk] for pk in in_order),
            rows=[_row(fields, in_order) for fields in drawn],
            remarks=[remark for fields in drawn for remark in _remarks(fields)],
        )


def _shown(line: Line, zone: ZoneInfo) -> list[ShownCell]:
    is_only = len(line.cells) == 1
    return [shown(cell, zone, is_only=is_only) for cell in line.cells]


def _row(fields: Sequence[tuple[Line, list[ShownCell]]], people: Iterable[int]) -> Row:
    of_person = {line.staff_id: cells for line, cells in fields}
    line, cells = fields[0]
    return Row(
        service_name=line.service_name,
        steps=tuple(cell.step for cell in cells) if len(cells) > 1 else (),
        fields=tuple(of_person.get(pk, []) for pk in people),
    )


def _remarks(fields: Iterable[tuple[Line, list[ShownCell]]]) -> Iterator[Remark]:
    for line, cells in fields:
        if said := [cell for cell in cells if cell.has_more_to_say]:
            yield Remark(service_name=line.service_name, staff_name=line.staff_name, cells=said)


def _service_of(line: Line) -> int:
    return line.service_id
