"""What no log line contains, whoever wrote it: addresses, numbers, keys, local variables."""

from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from calcom.errors import SECRET

# An exception as data: where it came from and what it says. Its local variables are the
# customers' names and the companies' keys.
exceptions_without_locals = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def without_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blank e-mail addresses, phone numbers and API keys wherever they stand in a line."""
    return {key: _blanked(value) for key, value in event.items()}


def _blanked(value: Any) -> Any:
    match value:
        case str():
            return SECRET.sub("…", value)
        case dict():
            return {key: _blanked(part) for key, part in value.items()}
        case list() | tuple():
            return [_blanked(part) for part in value]
    return value
