"""Who acts: said at the doors that are not one app's own."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import get_contextvars

from appointments.actors import Actor, ActorKind, acting_as


class ActorMiddleware:
    """Have what a logged-in person does done in their name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_as(lambda: _person_behind(request)):
            return self.get_response(request)


def _person_behind(request: HttpRequest) -> Actor:
    user = request.user
    if user.is_authenticated:
        return Actor(kind=ActorKind.STAFF, user_id=user.pk)
    # A task that is run in place, as in tests, has been noted by the log.
    return Actor(kind=ActorKind.SYSTEM, task=str(get_contextvars().get("task", "")))
