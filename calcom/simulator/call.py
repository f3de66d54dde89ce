"""What a route is called with: the world, the request, and who is asking."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from calcom.simulator.answers import Answer, RefusedError, refused
from calcom.simulator.faults import Fault
from calcom.simulator.records import User
from calcom.simulator.request import Request
from calcom.simulator.world import World

BAD_KEY = "ApiAuthStrategy - api key - Your api key is not valid"
NO_KEY = (
    "ApiAuthStrategy - No authentication method provided. Either pass an API key as 'Bearer' "
    "header or OAuth client credentials as 'x-cal-secret-key' and 'x-cal-client-id' headers"
)

PAST, FAR = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to one route.

    `caller` owns the key that was sent, None without a key; `fault` acts while it is answered.
    """

    world: World
    request: Request
    parameters: Mapping[str, str]
    caller: User | None
    fault: Fault | None = None

    @property
    def owner(self) -> User:
        """The caller of a route that needs one.

        Raises:
            RefusedError: 401, there is none.
        """
        if self.caller is None:
            raise refused(401, NO_KEY)
        return self.caller

    def may_manage(self, account: str) -> bool:
        """Tell whether the caller hosts or administers what belongs to the account."""
        return self.caller is not None and self.caller.account == account

    @property
    def knows_until(self) -> datetime:
        """Bookings made later are not seen by this request, if it meets such a fault."""
        stale = self.suffers("stale_bookings")
        if stale is None:
            return FAR
        return self.world.clock.now() - timedelta(seconds=stale.seconds) if stale.seconds else PAST

    def suffers(self, kind: str) -> Fault | None:
        """Return the fault of this kind that acts while the request is answered."""
        return self.fault if self.fault and self.fault.kind == kind else None


Handler = Callable[[Call], Answer]


def identify(world: World, request: Request) -> User | None:
    """Return who owns the key that was sent, None if none was.

    A bad key is refused even where none is needed.

    Raises:
        RefusedError: 401, nobody owns the key.
    """
    if request.key is None:
        return None
    owner = world.storage.get_key_owner(request.key)
    if owner is None:
        raise refused(401, BAD_KEY)
    return owner


def forbidden_without_key() -> RefusedError:
    """Build what routes with a permissions guard say, which answers before the key's does."""
    return refused(
        403,
        "PermissionsGuard - no authentication provided. Provide either authorization bearer "
        "token containing managed user access token or oAuth client id in 'x-cal-client-id' "
        "header.",
    )
