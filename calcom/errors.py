"""What can come back from Cal.com instead of what was asked for."""

import re

LONGEST_MESSAGE = 2000
SECRET = re.compile(
    r"""
    [^\s@"',;:<>(){}\[\]]+@[^\s@"',;:<>(){}\[\]]+   # an e-mail address
    | \+\d[\d\ ]{6,}\d                              # a phone number
    | \bcal_\w+                                     # an API key
    """,
    re.VERBOSE,
)


def redact(text: str) -> str:
    """Return `text` without addresses, numbers and keys, and not endlessly long."""
    return SECRET.sub("…", text[: 2 * LONGEST_MESSAGE])[:LONGEST_MESSAGE]


class CalcomError(Exception):
    """An answer that is not a yes.

    Attributes:
        request: method and route, such as "POST /v2/bookings".
        status: of the HTTP answer; None when there was none.
        message: what Cal.com said, redacted and bounded.
    """

    def __init__(self, message: str = "", *, request: str = "", status: int | None = None) -> None:
        self.request = request
        self.status = status
        self.message = redact(message)
        super().__init__(self.message)

    def __str__(self) -> str:
        answer = "no answer" if self.status is None else str(self.status)
        return f"{self.request}: {answer} {self.message}".strip()


class RejectedError(CalcomError):
    """What we sent is not accepted, and would not be the next time."""


class ConflictError(CalcomError):
    """The time is taken, as far as Cal.com says: perhaps by ourselves."""


class NotFoundError(CalcomError):
    """What the request names is not there, or can no longer be acted upon."""


class AuthRejectedError(CalcomError):
    """The API key is not accepted."""


class TransientError(CalcomError):
    """Nothing was done; the same request may succeed later.

    Attributes:
        retry_after_seconds: how long Cal.com asks us to wait, None if it does not say.
    """

    def __init__(
        self,
        message: str = "",
        *,
        request: str = "",
        status: int | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, request=request, status=status)
        self.retry_after_seconds = retry_after_seconds


class PacedError(TransientError):
    """We have not even asked: one request more, and Cal.com would refuse all of them."""


class UnknownOutcomeError(CalcomError):
    """It may have been done or not: no answer, one from a broken server, or an odd one."""
