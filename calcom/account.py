"""What a company's account at Cal.com holds besides bookings: event types, and people.

Source: Cal.com API v2, event types 2024-06-14 and teams, read 2026-11.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from appointments.models import Company
from calcom.client import (
    MOST_PAGES,
    PAGE,
    CalcomClient,
    Route,
    at_once,
    get_client,
)
from calcom.errors import CalcomError, UnknownOutcomeError
from calcom.headers import Standing
from calcom.payloads import EventType, EventTypeDesign, User, Webhook

VERSION = "2024-06-14"
Look = tuple[Any, Standing]


def _route(method: str, path: str) -> Route:
    return Route(method, path, VERSION, may_wait=True)


LIST = _route("GET", "/v2/event-types")
CREATE = _route("POST", "/v2/event-types")
CHANGE = _route("PATCH", "/v2/event-types/{id}")
LIST_OF_TEAM = _route("GET", "/v2/teams/{team}/event-types")
CREATE_IN_TEAM = _route("POST", "/v2/teams/{team}/event-types")
CHANGE_IN_TEAM = _route("PATCH", "/v2/teams/{team}/event-types/{id}")
LIST_MEMBERS = _route("GET", "/v2/teams/{team}/memberships")
GET_ME = _route("GET", "/v2/me")
LIST_WEBHOOKS = _route("GET", "/v2/webhooks")


@dataclass(frozen=True, slots=True)
class CalcomAccount:
    """The account behind a company's key, and the team it works in, if any.

    Its methods raise `CalcomError`s and nothing else.
    """

    client: CalcomClient
    team_id: int | None

    @classmethod
    def of(cls, company: Company) -> Self:
        return cls(get_client(api_key=company.calcom_api_key), company.calcom_team_id)

    def get_me(self) -> User:
        """Return whom the key belongs to."""
        return self.client.ask(GET_ME, read=User.of)

    def look(self, *, within_seconds: float) -> dict[str, Look | CalcomError]:
        """Ask for all that shows whether the account works, at once.

        Args:
            within_seconds: what has not answered by then is an error.

        Returns:
            by what was asked for: "key" (whose it is), "event_types", "team" (its event types,
            where there is a team) and "webhooks" (those of the key's owner).
        """
        asked: dict[str, tuple[Route, Callable[[Any], Any]]] = {
            "key": (GET_ME, User.of),
            "event_types": (LIST, _read_all),
            "webhooks": (LIST_WEBHOOKS, lambda data: [Webhook.of(item) for item in data]),
        }
        if self.team_id is not None:
            asked["team"] = (LIST_OF_TEAM, _read_all)
        calls = {
            name: partial(
                self.client.ask_in_full,
                route,
                read=read,
                team_id=self.team_id,
                timeout_seconds=within_seconds,
            )
            for name, (route, read) in asked.items()
        }
        return dict(at_once(calls, within_seconds=within_seconds))

    def list_members(self) -> list[User]:
        """Return who is in the team, page by page; nobody without one. Asks as an admin of it."""
        if self.team_id is None:
            return []
        found: list[User] = []
        for page in range(MOST_PAGES):
            members = self.client.ask(
                LIST_MEMBERS,
                read=lambda data: [User.of_membership(item) for item in data],
                team_id=self.team_id,
                query={"take": str(PAGE), "skip": str(page * PAGE)},
            )
            found += members
            if len(members) < PAGE:
                return found
        msg = f"more than {MOST_PAGES} pages of members"
        raise UnknownOutcomeError(msg, request=str(LIST_MEMBERS))

    def list_own(self) -> list[EventType]:
        """Return the event types of the key's owner, hidden ones and managed children too."""
        return self.client.ask(LIST, read=_read_all)

    def list_of_team(self) -> list[EventType]:
        """Return the team's event types, of managed ones the parents only; none without a team."""
        if self.team_id is None:
            return []
        return self.client.ask(LIST_OF_TEAM, read=_read_all, team_id=self.team_id)

    def list_of_user(self, username: str, *, slug: str = "") -> list[EventType]:
        """Return a person's own event types, of others than the key's owner only what is public.

        Args:
            username: whose; unknown ones have none.
            slug: only the one with this slug.
        """
        query = {"username": username} | ({"eventSlug": slug} if slug else {})
        return self.client.ask(LIST, read=_read_all, query=query)

    def get(self, event_type_id: int) -> EventType:
        """Return one event type.

        Raises:
            NotFoundError: there is none, or this key may not see it.
        """
        return self.client.get_event_type(event_type_id)

    def create(self, design: EventTypeDesign) -> EventType:
        """Create an event type: the team's if its design names a host, else the key owner's.

        There is no key against doing it twice, but an owner has every slug only once.
        """
        in_team = design.host_id is not None
        return self.client.ask(
            CREATE_IN_TEAM if in_team else CREATE,
            read=EventType.of,
            team_id=self.team_id,
            body=design.body(),
        )

    def change(self, event_type: EventType, changes: Mapping[str, Any]) -> EventType:
        """Change what `changes` names, spelled as Cal.com does; the rest stays."""
        return self.client.ask(
            CHANGE if event_type.team_id is None else CHANGE_IN_TEAM,
            read=EventType.of,
            id_=str(event_type.id),
            team_id=event_type.team_id,
            body=changes,
        )


def _read_all(data: Any) -> list[EventType]:
    return [EventType.of(item) for item in data]
