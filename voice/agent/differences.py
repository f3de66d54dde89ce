"""What is wanted and not there: everything else the platform holds is its own business. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Where somebody has dragged a node to in the dashboard is theirs.
THEIRS = frozenset({"display_position"})
NAMES = ("id", "tool_id", "name", "agent_id")


def differences(wanted: Any, there: Any, *, at: str) -> Iterator[str]:
    """Yield where `there` does not hold what is wanted, as paths like `flow.nodes[offer].edges`.

    Objects of a list are found by their id, in whatever order the platform keeps them. What
    only the platform has is left alone, but for objects in a list, which were removed here.
    """
    if isinstance(wanted, Mapping) and isinstance(there, Mapping):
        for key in wanted:
            if key not in THEIRS:
                yield from differences(wanted[key], there.get(key), at=f"{at}.{key}")
    elif _is_named(wanted) and _is_named(there):
        mine, theirs = _by_name(wanted), _by_name(there)
        for name in sorted({*mine, *theirs}):
            yield from differences(mine.get(name), theirs.get(name), at=f"{at}[{name}]")
    elif wanted != there:
        yield at


def _is_named(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(item, Mapping) and _name(item) for item in value)
    )


def _by_name(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {_name(item): item for item in items}


def _name(item: Mapping[str, Any]) -> str:
    return next((str(item[key]) for key in NAMES if item.get(key)), "")
