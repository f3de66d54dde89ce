"""What the telephone keeps of a customer: given out and erased."""

from typing import Any

from django.db.models import Q, QuerySet

from appointments.ports import Traces
from voice.models import Call, FunctionCall, PendingBooking

# A repetition of an old invocation is still known as one, and hears nothing.
NO_ANSWER = "{}"


class CallKeeper:
    """Calls: who called, what was said, what the agent asked for."""

    def gather(self, traces: Traces) -> dict[str, list[Any]]:
        names = (
            "call_id",
            "created_at",
            "from_number",
            "duration_ms",
            "transcript",
            "recording_url",
            "analysis",
        )
        return {"calls": list(_calls(traces).order_by("pk").values(*names))}

    def erase(self, traces: Traces) -> dict[str, int]:
        keys = list(_calls(traces).values_list("pk", flat=True))
        calls = Call.objects.filter(pk__in=keys)
        PendingBooking.objects.filter(call__in=keys).delete()
        functions = FunctionCall.objects.filter(call__in=keys)
        return {
            "function_calls": functions.update(arguments={}, answer=NO_ANSWER),
            "calls": calls.update(
                from_number="",
                transcript=[],
                recording_url="",
                analysis={},
                promise="",
                review_note="",
            ),
        }


def _calls(traces: Traces) -> QuerySet[Call]:
    return Call.objects.filter(
        Q(customer=traces.customer_id)
        | Q(from_number__in=traces.phones)
        | Q(call_id__in=traces.call_ids)
        | Q(appointment__in=traces.appointment_ids),
        company=traces.company_id,
    )
