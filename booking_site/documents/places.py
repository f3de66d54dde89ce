"""Where things stand in a document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the file: line from 1, and the path of its keys."""

    line: int
    key: str


@dataclass(frozen=True, slots=True)
class Named:
    """A word of the file that must be known elsewhere: a slug or a phone number."""

    value: str
    place: Place
