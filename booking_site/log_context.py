"""Carry the call id from the phone call to every line it causes, in every process."""

from collections.abc import Callable
from typing import Any

import structlog
from celery import Task
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

log = structlog.get_logger(__name__)

CARRIED = ("call_id", "request_id")


class LogContextMiddleware:
    """Give every request an empty log context, and end it with one line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        clear_contextvars()
        try:
            response = self.get_response(request)
            log.info(
                "request.finished",
                method=request.method,
                path=request.path,
                status=response.status_code,
            )
            return response
        finally:
            clear_contextvars()


@before_task_publish.connect
def pack(headers: dict[str, Any], **_: object) -> None:
    context = get_contextvars()
    headers.update({key: context[key] for key in CARRIED if key in context})


@task_prerun.connect
def unpack(task: Task[Any, Any], task_id: str, **_: object) -> None:
    if not task.request.is_eager:
        clear_contextvars()
    carried = {key: task.request.get(key) for key in CARRIED if task.request.get(key)}
    bind_contextvars(task=task.name, task_id=task_id, **carried)


@task_postrun.connect
def forget(task: Task[Any, Any], **_: object) -> None:
    if not task.request.is_eager:
        clear_contextvars()
