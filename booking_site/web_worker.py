"""The web server's worker, which knows how long a request has waited for a thread.

What waits in gunicorn's queue is invisible to a view. Here its time is measured, so that the
voice door answers what has become too late at once, instead of working on it.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from voice.queueing import queued


class MeasuringPool(ThreadPoolExecutor):
    """Threads that tell each piece of work how long it has waited for one of them."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        submitted = monotonic()

        def run() -> Any:
            with queued(monotonic() - submitted):
                return fn(*args, **kwargs)

        return super().submit(run)


class Worker(ThreadWorker):
    """`gunicorn --worker-class booking_site.web_worker.Worker`."""

    def get_thread_pool(self) -> MeasuringPool:
        return MeasuringPool(max_workers=self.cfg.threads)
