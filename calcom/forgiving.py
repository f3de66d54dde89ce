"""A cache that is down is nobody's failure."""

from types import TracebackType

import structlog

log = structlog.get_logger(__name__)


class Forgiving:
    """Log what a cache that is down raises, and go on without it."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if isinstance(error, Exception):
            log.warning("calcom.cache_failed", exc_info=error)
        return isinstance(error, Exception)
