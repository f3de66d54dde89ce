"""What the service answers: success envelopes, and its many shapes of error."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json; charset=utf-8"

REASONS = {
    400: ("BadRequestException", "Bad Request"),
    401: ("UnauthorizedException", "Unauthorized"),
    403: ("ForbiddenException", "Forbidden"),
    404: ("NotFoundException", "Not Found"),
    409: ("ConflictException", "Conflict"),
    422: ("UnprocessableEntityException", "Unprocessable Entity"),
    501: ("NotImplementedException", "Not Implemented"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. The body is JSON, except for pages of HTML, which are a string."""

    status: int
    body: object
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        return self.status < 400  # noqa: PLR2004 -- where HTTP's refusals begin


class RefusedError(Exception):
    """The service refuses; whoever catches it knows the path and the time to put in.

    Either `raw` is the whole body, as the shared booking engine sends it, or `error`
    goes into the envelope.
    """

    def __init__(
        self,
        status: int,
        *,
        error: Mapping[str, object] | None = None,
        raw: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(status, error or raw)
        self.status = status
        self.error = error
        self.raw = raw

    def answer(self, *, path: str, timestamp: str) -> Answer:
        if self.raw is not None:
            return Answer(self.status, self.raw)
        return Answer(
            self.status,
            {"status": "error", "timestamp": timestamp, "path": path, "error": self.error},
        )


def success(data: object, *, status: int = 200, **more: object) -> Answer:
    return Answer(status, {"status": "success", "data": data, **more})


def refused(status: int, message: str) -> RefusedError:
    """Build the normal error: enveloped, named after the exception, with details."""
    code, reason = REASONS[status]
    details = {"message": message, "error": reason, "statusCode": status}
    return RefusedError(status, error={"code": code, "message": message, "details": details})


def not_routed(method: str, target: str) -> RefusedError:
    return refused(404, f"Cannot {method} {target}")


def refused_raw(status: int, message: str) -> RefusedError:
    """Build the error the shared booking engine throws: not enveloped."""
    return RefusedError(status, raw={"statusCode": status, "message": message})


def refused_by_engine(*, message: str) -> RefusedError:
    """Build the error of the booking engine's own validation: enveloped, without details."""
    return RefusedError(400, error={"code": "BAD_REQUEST", "message": message})


def refused_by_handler(status: int, message: str) -> RefusedError:
    return RefusedError(status, error={"code": "TRPCError", "message": message})


def refused_inputs(errors: Iterable[Mapping[str, object]]) -> RefusedError:
    """Build the error of the global validation: problems as a list, no text."""
    return RefusedError(
        400,
        error={
            "code": "BadRequestException",
            "message": "Bad Request Exception",
            "details": {"errors": list(errors)},
        },
    )


def throttled() -> RefusedError:
    message = "CustomThrottlerGuard - Too many requests. Please try again later."
    details = "ThrottlerException: Too Many Requests"  # a string here, unlike everywhere else
    return RefusedError(
        429, error={"code": "ThrottlerException", "message": message, "details": details}
    )


def not_simulated(*, what: str) -> RefusedError:
    """Say loudly that the real service could do this and the simulator cannot."""
    return refused(501, f"Cal.com simulator: {what} is not simulated, see docs/simulator.md")


def data_of(answer: Answer) -> dict[str, Any]:
    """Take the `data` object out of a success."""
    body = answer.body
    data = body["data"] if isinstance(body, dict) else None
    return data if isinstance(data, dict) else {}
