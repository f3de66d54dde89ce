"""The one way in for every function of the agent. It knows none of them by name."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from structlog.contextvars import bind_contextvars

from appointments.actors import acting_as
from appointments.errors import AppointmentError
from appointments.models import Branch
from appointments.ports import Deadline
from voice import calls, limits, queueing, replies
from voice.door import admit
from voice.envelope import Envelope, open_envelope
from voice.errors import AskBackError
from voice.functions import FUNCTIONS, Function
from voice.heard import Heard
from voice.metrics import function_seconds
from voice.models import Call, FunctionCall
from voice.replies import Reply
from voice.tenancy import Tenant

log = structlog.get_logger(__name__)

RESERVE_SECONDS = 0.4  # for what is done after somebody outside was waited for


@csrf_exempt  # signed, and no browser sends it
@require_POST
def functions(request: HttpRequest, name: str = "") -> JsonResponse:
    """POST /api/voice/functions/[<name>/]: one function call, whatever its name.

    200 to everything that is signed and can be read, whatever comes of it: the platform takes
    any other status for a broken tool. 401 unsigned, 400 unreadable, 413 too large.
    """
    now = timezone.now()
    header_call_id = request.headers.get("X-Retell-Call-Id", "")
    visit = admit(
        request,
        opened=lambda body: open_envelope(body, url_name=name, header_call_id=header_call_id),
        limit_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        now=now,
    )
    if isinstance(visit, JsonResponse):
        return visit
    bind_contextvars(call_id=visit.envelope.call_id, function=visit.envelope.function)
    with acting_as(visit.envelope.actor):
        return JsonResponse(_answer(visit.envelope, visit.tenant, now=now))


def _answer(envelope: Envelope, tenant: Tenant, *, now: datetime) -> dict[str, Any]:
    """Find out who is meant, then have the function answer; time and count it."""
    started = monotonic() - queueing.queued_seconds()
    function = FUNCTIONS.get(envelope.function)
    company = tenant.branch.company if tenant.branch else None
    locale = company.locale if company else "de"
    name = function.name if function else ""
    asked: dict[str, Any] = {"function": name, "call_id": envelope.call_id}
    call: Call | None = None
    if tenant.branch is None:
        body = replies.trouble("tenant_unknown", locale=locale).body(**asked)
    elif function is None:
        log.error("voice.unknown_function", name=envelope.function)
        body = replies.trouble("unknown_function", locale=locale).body(**asked)
    elif queueing.comes_too_late(function.seconds):
        log.warning("voice.shed", queued_milliseconds=int(queueing.queued_seconds() * 1000))
        body = replies.wait(locale=locale).body(**asked)
    elif not envelope.call_id and function.needs_call:
        body = replies.trouble("call_unknown", locale=locale).body(**asked)
    elif not envelope.call_id:
        body = _answer_without_call(function, envelope, tenant.branch, started=started, now=now)
    elif (call := calls.find_call(envelope, branch=tenant.branch)) is None:
        log.error("voice.call_of_another_company")
        body = replies.trouble("tenant_unknown", locale=locale).body(**asked)
    else:
        body = _call(function, call, envelope, started=started, now=now)
    function_seconds.labels(
        name or "unknown",
        body["status"],
        company.slug if company else "unknown",
    ).observe(monotonic() - started)
    return body


def _answer_without_call(
    function: Function, envelope: Envelope, branch: Branch, *, started: float, now: datetime
) -> dict[str, Any]:
    """Answer what is the same for every caller. Nothing is replayed, nothing remembered."""
    heard = Heard(
        call=Call(company=branch.company, branch=branch),
        said=function.arguments.run_validation(envelope.args),
        deadline=Deadline(started + function.seconds - RESERVE_SECONDS),
    )
    reply = _guarded(lambda: function.answer(heard, now), heard, now=now)
    return reply.body(function=function.name, heard=heard)


def _call(
    function: Function, call: Call, envelope: Envelope, *, started: float, now: datetime
) -> dict[str, Any]:
    """Answer once: a repetition of the same invocation gets the stored answer."""
    deadline = Deadline(started + function.seconds - RESERVE_SECONDS)
    begun = calls.begin(
        call,
        name=function.name,
        tool_call_id=envelope.tool_call_id,
        args=envelope.args,
        now=now,
        deadline=deadline,
    )
    if begun.answer is not None:
        return begun.answer
    if begun.still_running:
        waiting = replies.wait(locale=call.branch.company.locale)
        return waiting.body(function=function.name, call_id=call.call_id)
    heard = Heard(
        call=call, said=function.arguments.run_validation(envelope.args), deadline=deadline
    )
    if limits.is_limited(begun.row, call, now=now):
        return _limited(function, begun.row, heard, started=started)
    reply = _guarded(lambda: function.answer(heard, now), heard, now=now)
    body = reply.body(function=function.name, call_id=call.call_id, heard=heard)
    milliseconds = int((monotonic() - started) * 1000)
    calls.finish(
        begun.row,
        status=reply.status,
        answer=body,
        success=reply.success,
        milliseconds=milliseconds,
        memory=heard.memory,
    )
    log.info("function.answered", status=reply.status, milliseconds=milliseconds)
    return body


def _limited(
    function: Function, row: FunctionCall, heard: Heard, *, started: float
) -> dict[str, Any]:
    """Answer one request too many; what was written before in the same words is said again."""
    if answer := calls.find_written(row):
        return answer
    reply = replies.limited(locale=heard.locale)
    body = reply.body(function=function.name, call_id=heard.call.call_id, heard=heard)
    calls.finish(
        row,
        status=reply.status,
        answer=body,
        success=reply.success,
        milliseconds=int((monotonic() - started) * 1000),
        memory=heard.memory,
    )
    return body


def _guarded(answer: Callable[[], Reply], heard: Heard, *, now: datetime) -> Reply:
    """Answer a question or a refusal in words, and a bug with one fixed apology."""
    try:
        return answer()
    except AskBackError as error:
        return replies.ask_back(error, heard, now=now)
    except AppointmentError as error:
        return replies.refusal(error, heard, now=now)
    except Exception:
        # What the caller cannot see, the log can.
        log.exception("voice.failed")
        return replies.trouble("technical_problem", locale=heard.locale)
