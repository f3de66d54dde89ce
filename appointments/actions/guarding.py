"""What the database refuses, said in our words."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError

from appointments.domain.diary import Reason
from appointments.errors import SlotTakenError

TAKEN_TWICE = "phase_takes_staff_once"
DEADLOCK = "40P01"

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def guarded(act: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Say what the database refused in our words, and try a deadlocked transaction again once."""

    @wraps(act)
    def guarded_act(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            try:
                return act(*args, **kwargs)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
                    raise
                return act(*args, **kwargs)
        except IntegrityError as error:
            if TAKEN_TWICE in str(error):
                raise SlotTakenError(reason=Reason.TAKEN) from error
            raise

    return guarded_act
