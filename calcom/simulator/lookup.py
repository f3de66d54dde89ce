"""Finding an event type by its slug, among a user's or a team's."""

from calcom.simulator.answers import refused
from calcom.simulator.records import EventType
from calcom.simulator.storage import Storage


def find_by_slug(
    storage: Storage, slug: str, *, username: str | None, team_slug: str | None
) -> EventType | None:
    """Return the event type, None if the user or the team has none of that slug.

    Raises:
        RefusedError: 404, there is no such user or team.
    """
    if username is not None:
        user = storage.get_user_by_username(username)
        if user is None:
            raise refused(404, f"User with username {username} not found")
        found = storage.get_event_types_of_owner(user.id, slug)
    else:
        teams = [team for team in storage.teams.all() if team.slug == team_slug]
        if not teams:
            raise refused(404, f"Team with slug {team_slug} not found")
        of_account = storage.get_event_types(teams[0].account)
        found = [one for one in of_account if (one.team_id, one.slug) == (teams[0].id, slug)]
    return found[0] if found else None
