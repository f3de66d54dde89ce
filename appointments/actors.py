"""Who acts: a caller, a person in the back office, Cal.com, or the site itself.

Whoever opens a door says so, and what is written behind it can tell, without every function on
the way passing it on. It is said anew for every request, message and command.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from structlog.contextvars import get_contextvars


class ActorKind(models.TextChoices):
    VOICE = "voice", _("phone")
    STAFF = "staff", _("staff")
    CALCOM = "calcom", "Cal.com"
    SYSTEM = "system", _("system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts.

    Attributes:
        kind: which door they came in by.
        user_id: who was logged in; None for nobody.
        call_id: the call; "" outside calls.
        task: the background task or the command; "" for neither.
    """

    kind: ActorKind
    user_id: int | None = None
    call_id: str = ""
    task: str = ""


# A function, so that nobody is looked up for a request that writes nothing.
_acting: ContextVar[Callable[[], Actor] | None] = ContextVar("acting", default=None)


@contextmanager
def acting_as(who: Actor | Callable[[], Actor]) -> Iterator[None]:
    """Let everything inside be done by this one."""
    token = _acting.set((lambda: who) if isinstance(who, Actor) else who)
    try:
        yield
    finally:
        _acting.reset(token)


def current_actor() -> Actor:
    """Return who acts; where nobody said so it is the site itself, in the task being run."""
    who = _acting.get()
    if who:
        return who()
    context = get_contextvars()
    return Actor(
        kind=ActorKind.SYSTEM,
        call_id=str(context.get("call_id", "")),
        task=str(context.get("task", "")),
    )
