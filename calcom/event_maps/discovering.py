"""What Cal.com has already, looked up with as few requests as can be."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import structlog

from calcom.account import CalcomAccount
from calcom.errors import AuthRejectedError, NotFoundError, RejectedError
from calcom.payloads import EventType

log = structlog.get_logger(__name__)


@dataclass
class Discovery:
    """An account's event types: two lists, and single look-ups for what those do not show.

    Whatever was asked once is not asked again: use one for one run.

    Attributes:
        listed: the key owner's own event types and the team's, of managed ones the parents.
    """

    account: CalcomAccount
    listed: list[EventType] = field(default_factory=list)
    _found: dict[int, EventType | None] = field(default_factory=dict)

    @classmethod
    def begin(cls, account: CalcomAccount) -> Self:
        """Ask for the lists: one request, and one more with a team."""
        discovery = cls(account)
        discovery.look_again()
        return discovery

    def look_again(self) -> None:
        """Ask for the lists anew, after an answer that left open what is in them."""
        self.listed = [*self.account.list_own(), *self.account.list_of_team()]
        self._found |= {event_type.id: event_type for event_type in self.listed}

    def note(self, event_type: EventType) -> None:
        """Take in what was made or changed since."""
        self._found[event_type.id] = event_type
        self.listed = [*(each for each in self.listed if each.id != event_type.id), event_type]

    def find(self, event_type_id: int) -> EventType | None:
        """Return one by its number; None if Cal.com does not know it, or does not show it us."""
        if event_type_id not in self._found:
            try:
                self._found[event_type_id] = self.account.get(event_type_id)
            except NotFoundError:
                self._found[event_type_id] = None
        return self._found[event_type_id]

    def find_by_slug(self, slug: str) -> EventType | None:
        """Return the one with this slug, of those a new one would clash with."""
        in_team = self.account.team_id is not None
        return next(
            (
                each
                for each in self.listed
                if each.slug == slug and (each.team_id is not None) == in_team
            ),
            None,
        )

    def find_child(self, parent: EventType, *, host_id: int) -> EventType | None:
        """Return a host's own event type of a managed one; None where there is none.

        A host added later may have got none, and a hidden one of somebody else is not shown.
        """
        username = parent.usernames.get(host_id) or self.members.get(host_id, "")
        candidates = list(self.listed)
        if username:
            candidates += self.account.list_of_user(username, slug=parent.slug)
        for candidate in candidates:
            is_of_parent = candidate.slug == parent.slug and candidate.id != parent.id
            if is_of_parent and candidate.owner_id == host_id and not candidate.is_managed:
                self._found[candidate.id] = candidate
                return candidate
        return None

    @cached_property
    def members(self) -> dict[int, str]:
        """User names in the team, by user id; empty where the key may not ask for them."""
        try:
            return {member.id: member.username for member in self.account.list_members()}
        except (AuthRejectedError, NotFoundError, RejectedError) as error:
            log.info("calcom.members_not_shown", why=str(error))
            return {}

    @cached_property
    def owner_id(self) -> int:
        """Whose key it is."""
        return self.account.get_me().id
