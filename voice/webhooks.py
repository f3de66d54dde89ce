"""What the platform tells of its own accord: a call comes in, begins, ends, was analyzed."""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from structlog.contextvars import bind_contextvars

from appointments.actors import acting_as
from voice import events, replies, tasks
from voice.door import admit
from voice.envelope import open_envelope

log = structlog.get_logger(__name__)

# An event holds every word of the call with its time, twice or more: 50 minutes fit.
EVENT_LIMIT_BYTES = 1024 * 1024


@csrf_exempt  # signed, and no browser sends it
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """POST /api/voice/webhook/: something happened to a call.

    204 once it is stored, and to events we do not know; what is heavy follows in a task. 200
    with `tenant_unknown` where the salon is not known: to ask again would change nothing. 401
    unsigned, 400 unreadable, 413 too large.
    """
    now = timezone.now()
    visit = admit(request, opened=open_envelope, limit_bytes=EVENT_LIMIT_BYTES, now=now)
    if isinstance(visit, JsonResponse):
        return visit
    event, branch = events.read_event(visit.body), visit.tenant.branch
    bind_contextvars(call_id=visit.envelope.call_id)
    if event is None:
        log.info("event.unknown")
        return HttpResponse(status=204)
    if branch is None:
        log.error("event.tenant_unknown", event_name=event.name)
        return JsonResponse(replies.trouble("tenant_unknown", locale="de").body())
    if not visit.envelope.call_id:
        log.warning("event.without_call", event_name=event.name)
        return HttpResponse(status=204)
    with acting_as(visit.envelope.actor):
        call = events.record(event, visit.envelope, branch=branch, now=now)
    if call is None:
        log.error("event.call_of_another_company")
        return JsonResponse(replies.trouble("tenant_unknown", locale="de").body())
    log.info("event.recorded", event_name=event.name, state=call.state)
    if call.audit_due_at:
        tasks.wake_audit(call.pk)
    return HttpResponse(status=204)


@csrf_exempt  # signed, and no browser sends it
@require_POST
def inbound(request: HttpRequest) -> JsonResponse:
    """POST /api/voice/inbound/: a call comes in; the caller hears it ring until we answer.

    200 with the agent's variables, also for a number nobody knows. 401, 400, 413 as above.
    """
    now = timezone.now()
    visit = admit(
        request,
        opened=lambda body: open_envelope(events.open_ringing(body)),
        limit_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        now=now,
    )
    if isinstance(visit, JsonResponse):
        return visit
    bind_contextvars(call_id=visit.envelope.call_id)
    if visit.tenant.branch is None:
        log.error("inbound.tenant_unknown")
    with acting_as(visit.envelope.actor):
        answer = events.greet(visit.envelope, branch=visit.tenant.branch, now=now)
    return JsonResponse({"call_inbound": answer})
