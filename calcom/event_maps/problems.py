"""What can be in the way of an event map, and what to do about it."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from calcom.errors import (
    AuthRejectedError,
    CalcomError,
    TransientError,
    UnknownOutcomeError,
)

BAD_KEY = 401


class Problem(models.TextChoices):
    NO_CALCOM_USER = "no_calcom_user", _("the staff member has no Cal.com user id")
    NEEDS_TEAM = "needs_team", _("the Cal.com key belongs to somebody else")
    NOT_IN_TEAM = "not_in_team", _("not a member of the Cal.com team")
    SLUG_TAKEN = "slug_taken", _("its event type books another service")
    OTHER_HOST = "other_host", _("its event type is booked with somebody else")
    NO_CHILD = "no_child", _("its event type is managed, and this host has none")
    STILL_DIFFERS = "still_differs", _("Cal.com keeps its event type different")
    REFUSED = "refused", _("Cal.com refused it")
    CREDENTIALS = "credentials", _("Cal.com does not accept the API key")
    NOT_ALLOWED = "not_allowed", _("Cal.com does not allow this key to do it")
    BUSY = "busy", _("Cal.com asks to wait")
    UNREACHABLE = "unreachable", _("Cal.com did not answer")


REMEDIES = {
    Problem.NO_CALCOM_USER: _("Enter the number of their Cal.com account on the staff page."),
    Problem.NEEDS_TEAM: _(
        "A key makes and sees personal event types of its owner only. Enter a Cal.com team id on "
        "the company's page."
    ),
    Problem.NOT_IN_TEAM: _("Invite them to the team in Cal.com, then try again."),
    Problem.SLUG_TAKEN: _("Correct the other event map, or rename the event type in Cal.com."),
    Problem.OTHER_HOST: _("Correct its hosts in Cal.com, or delete it there; then try again."),
    Problem.NO_CHILD: _("Take this host off the event type in Cal.com and add them again."),
    Problem.STILL_DIFFERS: _("Correct the event type in Cal.com, then check the event map."),
    Problem.REFUSED: _("The error says why; correct it, then try again."),
    Problem.CREDENTIALS: _("Enter a new key on the company's page, then try again."),
    Problem.NOT_ALLOWED: _("The key's owner must be an admin of the team in Cal.com."),
    Problem.BUSY: _("Try again in a minute; what is made already is kept."),
    Problem.UNREACHABLE: _("Try again; nothing is made twice."),
}


def remedy_for(problem: Problem) -> str:
    """Return what to do, in a sentence."""
    return str(REMEDIES[problem])


class CannotMapError(Exception):
    """An event map cannot be made, or not now.

    Attributes:
        problem: what is in the way.
        facts: about this case, such as Cal.com's own words or the number of an event type.
        retry_after_seconds: how long Cal.com asks us to wait, None if it does not say.
    """

    def __init__(
        self, problem: Problem, facts: str = "", *, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.facts = facts
        self.retry_after_seconds = retry_after_seconds

    @classmethod
    def of(cls, error: CalcomError) -> Self:
        """Say it of an answer that is not a yes."""
        match error:
            case AuthRejectedError():
                bad_key = error.status == BAD_KEY
                return cls(Problem.CREDENTIALS if bad_key else Problem.NOT_ALLOWED, str(error))
            case TransientError():
                return cls(Problem.BUSY, str(error), retry_after_seconds=error.retry_after_seconds)
            case UnknownOutcomeError():
                return cls(Problem.UNREACHABLE, str(error))
        return cls(Problem.REFUSED, str(error))
