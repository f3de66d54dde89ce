"""A YAML document as a tree that knows where everything stands, and how to walk it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

import yaml

from booking_site.documents.places import Named, Place
from booking_site.documents.problems import DocumentError, Problem

T = TypeVar("T")
FILE = "file"  # what complaints about all of it are filed under
NAMES = ("slug", "key")  # the entries of a list are called by these, not by their number


class WrongValueError(Exception):
    """A value cannot be read; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class At:
    """A node, the keys that lead to it, and where to complain about it."""

    node: yaml.Node
    place: Place
    problems: list[Problem]

    @property
    def is_null(self) -> bool:
        return bool(self.node.tag == "tag:yaml.org,2002:null")

    @property
    def tag(self) -> str:
        """The YAML type: "str", "int", "float", "bool", "null", "timestamp", "seq", "map"."""
        return str(self.node.tag).rpartition(":")[2]

    def complain(self, message: str) -> None:
        self.problems.append(Problem(self.place.line, self.place.key or FILE, message))

    def scalar(self) -> str:
        """Return the text as it is written: nothing is lost by guessing a type."""
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null:
            msg = "needs a single value"
            raise WrongValueError(msg)
        return str(self.node.value).strip()

    def items(self) -> "list[At]":
        if not isinstance(self.node, yaml.SequenceNode):
            msg = "needs a list; write [] for none"
            raise WrongValueError(msg)
        return [
            self._inside(node, f"{self.place.key}[{_name(node) or number}]")
            for number, node in enumerate(self.node.value)
        ]

    def entries(self) -> "dict[str, At]":
        """Return what stands under each key; a key that is written twice is complained about."""
        if not isinstance(self.node, yaml.MappingNode):
            msg = "needs keys with values"
            raise WrongValueError(msg)
        found: dict[str, At] = {}
        for key_node, node in self.node.value:
            name = str(key_node.value)
            path = f"{self.place.key}.{name}".removeprefix(".")
            key = self._inside(key_node, path)
            if name in found:
                key.complain(f"is already on line {found[name].place.line}; write it once")
                continue
            found[name] = At(node, key.place, self.problems)
        return found

    def read(self, reader: "Reader[T]") -> T | None:
        """Return what `reader` makes of this; None, and a complaint, where it cannot."""
        try:
            return reader(self)
        except WrongValueError as error:
            self.complain(str(error))
            return None

    def _inside(self, node: yaml.Node, key: str) -> "At":
        return At(node, Place(node.start_mark.line + 1, key), self.problems)


Reader = Callable[[At], T]


def _name(node: yaml.Node) -> str:
    if not isinstance(node, yaml.MappingNode):
        return ""
    found = {key.value: value.value for key, value in node.value if key.value in NAMES}
    return next((name for name in found.values() if isinstance(name, str)), "")


def compose(text: str, *, begin_with: str) -> At:
    """Return the document's root; an empty one is told what to begin with.

    Raises:
        DocumentError: it is not YAML, or there is nothing in it.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"is not YAML: {error.problem or error.context}"
        raise DocumentError([Problem(mark.line + 1 if mark else 1, FILE, message)]) from error
    except yaml.YAMLError as error:
        raise DocumentError([Problem(1, FILE, f"is not YAML: {error}")]) from error
    if node is None:
        raise DocumentError([Problem(1, FILE, f"is empty; start with `{begin_with}:`")])
    return At(node, Place(node.start_mark.line + 1, ""), [])


class Required:
    """The default of a key that has none."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an entry.

    Attributes:
        read: makes a value of what stands there.
        default: for when it does not; `Required` where it must.
        field: the entry's attribute, where that is not called like the key.
    """

    read: Reader[Any]
    default: Any = Required
    field: str = ""


def record(into: Callable[..., T], keys: Mapping[str, Key]) -> Reader[T]:
    """Return a reader of entries with these keys and no others.

    A value that could not be read is None: a file with problems is checked to its end, so that
    all of them are told at once, but never handed on.
    """

    def read(at: At) -> T:
        found = at.entries()
        for unknown in found.keys() - keys.keys():
            found[unknown].complain(_unknown(unknown, keys))
        values = {}
        for name, key in keys.items():
            if name in found:
                values[key.field or name] = found[name].read(key.read)
                continue
            if key.default is Required:
                path = f"{at.place.key}.{name}".removeprefix(".")
                at.problems.append(Problem(at.place.line, path, "is missing"))
            values[key.field or name] = None if key.default is Required else key.default
        return into(place=at.place, **values)

    return read


def _unknown(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    return f"is not a key here; {hint}"


def list_of(reader: Reader[T], *, least: int = 0) -> Reader[tuple[T, ...]]:
    """Return a reader of lists; what cannot be read is complained about and left away."""

    def read(at: At) -> tuple[T, ...]:
        items = at.items()
        if len(items) < least:
            at.complain(f"needs at least {least}")
        values = [item.read(reader) for item in items]
        return tuple(value for value in values if value is not None)

    return read


def named(reader: Reader[str]) -> Reader[Named]:
    """Return a reader that also remembers where the word stands."""

    def read(at: At) -> Named:
        return Named(reader(at), at.place)

    return read


def complain_of_repeats(
    found: Iterable[tuple[Place, object]], *, key: str, problems: list[Problem]
) -> None:
    """Complain about every value after its first, and say where that is."""
    first: dict[object, int] = {}
    for place, value in found:
        if value is None:
            continue
        if value in first:
            path = f"{place.key}.{key}" if key else place.key
            problems.append(Problem(place.line, path, f"{value} is already on line {first[value]}"))
        first.setdefault(value, place.line)
