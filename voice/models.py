"""Calls, what happened in them, and which agent answers for whom."""

import secrets
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models import (
    Appointment,
    Branch,
    Company,
    Customer,
    ReviewReason,
    Service,
    Staff,
)
from appointments.models.audited import AuditedQuerySet, audited
from appointments.models.constraints import SameCompany
from appointments.models.salon import validate_e164


@audited(ignored=("flow_id",))
class Agent(models.Model):
    """A voice agent that answers for a company."""

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="agents", verbose_name=_("company")
    )
    # Empty while `retell_agent push` is making one: its flow comes first.
    agent_id = models.CharField(_("agent id"), max_length=100, blank=True)
    flow_id = models.CharField(_("conversation flow"), max_length=100, blank=True, editable=False)
    transfer_to = models.CharField(
        _("put through to"),
        max_length=32,
        blank=True,
        validators=[validate_e164],
        help_text=_(
            "Where callers reach a person, such as +493012345678. Empty: they are called back."
        ),
    )

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("voice agent")
        verbose_name_plural = _("voice agents")
        constraints = [
            models.UniqueConstraint(fields=["company", "agent_id"], name="agent_once"),
        ]
        indexes = [models.Index(fields=["agent_id"], name="agent_by_id")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.agent_id}"


class CallQuerySet(models.QuerySet["Call"]):
    def not_over(self) -> Self:
        return self.filter(state__in=(Call.State.INBOUND, Call.State.ONGOING))

    def to_audit(self, *, now: datetime) -> Self:
        """Keep the calls whose promises are due to be compared with what was done."""
        return self.filter(audit_due_at__lte=now)


class Call(models.Model):
    """One telephone call, and what is remembered while it lasts."""

    class State(models.TextChoices):
        INBOUND = "inbound", _("ringing")
        ONGOING = "ongoing", _("ongoing")
        COMPLETED = "completed", _("completed")
        ANALYZED = "analyzed", _("analyzed")

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("from the caller")
        OUTBOUND = "outbound", _("to the caller")
        WEB = "web", _("in the browser")

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="calls", verbose_name=_("company")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="calls", verbose_name=_("branch")
    )
    # The platform's, and unique there: a call never changes its company.
    call_id = models.CharField(_("call id"), max_length=100, unique=True)
    agent_id = models.CharField(_("agent id"), max_length=100, blank=True)
    from_number = models.CharField(_("caller"), max_length=32, blank=True)
    to_number = models.CharField(_("number called"), max_length=32, blank=True)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.SET_NULL,
        related_name="calls",
        null=True,
        blank=True,
        verbose_name=_("customer"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ONGOING)
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.SET_NULL,
        related_name="calls",
        null=True,
        blank=True,
        verbose_name=_("appointment"),
    )
    requires_manual_review = models.BooleanField(_("needs a person"), default=False)
    review_reason = models.CharField(_("reason"), max_length=40, choices=ReviewReason, blank=True)
    review_resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    review_resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="calls_resolved",
        null=True,
        blank=True,
        verbose_name=_("resolved by"),
    )
    review_note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("first heard of"), auto_now_add=True)

    # What the platform told of the call, each thing once; empty until it was told.
    direction = models.CharField(_("direction"), max_length=10, choices=Direction, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True, blank=True)
    cost_cents = models.DecimalField(
        _("cost (cents)"), max_digits=12, decimal_places=4, null=True, blank=True
    )
    disconnection_reason = models.CharField(_("ended because"), max_length=64, blank=True)
    transferred_to = models.CharField(_("transferred to"), max_length=64, blank=True)
    # By part of the chain (e2e, llm, tts …): {"p50": 836.0, "p95": 1190.2}, as sent.
    latency_ms = models.JSONField(_("latency (ms)"), default=dict, blank=True)
    # When the platform first said that the call is over; None also after the sweep closed it.
    end_heard_at = models.DateTimeField(null=True, blank=True, editable=False)

    # What people said and what was made of it: emptied after CALL_TRANSCRIPT_DAYS.
    # Turns in order: {"role": "agent", "text": "…", "seconds": 0.4}.
    transcript = models.JSONField(_("transcript"), default=list, blank=True)
    recording_url = models.TextField(_("recording"), blank=True)
    # The platform's opinion: summary, successful, sentiment, in_voicemail, custom.
    analysis = models.JSONField(_("analysis"), default=dict, blank=True)
    # The sentence that promised what is not there.
    promise = models.TextField(_("what was promised"), blank=True)

    # When what was said is to be compared with what was done; None: nothing new to compare.
    audit_due_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Memory: what the caller has settled on, so that "um zehn" alone is understood.
    agreed_on = models.DateField(_("date agreed"), null=True, blank=True)
    wished_time = models.TimeField(_("time last wished"), null=True, blank=True)
    # The day that was understood together with a time, and read back in full.
    read_back_on = models.DateField(null=True, blank=True, editable=False)
    service = models.ForeignKey(
        Service, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    staff = models.ForeignKey(
        Staff, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    # Starts that were refused, as ISO instants: none is offered again in this call.
    refused_starts = models.JSONField(default=list, blank=True, editable=False)
    # Starts that were offered and given back: no more offered than refused ones.
    declined_starts = models.JSONField(default=list, blank=True, editable=False)

    # Nothing is answered before this: too much was asked.
    limited_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.UniqueConstraint(fields=["company", "id"], name="call_of_company"),
            SameCompany("branch", name="call_branch_same_company"),
            SameCompany("customer", name="call_customer_same_company"),
            SameCompany("appointment", name="call_appointment_same_company"),
            SameCompany("service", name="call_service_same_company"),
            SameCompany("staff", name="call_staff_same_company"),
        ]
        indexes = [
            models.Index(fields=["company", "created_at"], name="call_day"),
            models.Index(fields=["created_at", "id"], name="call_latest"),
            models.Index(
                fields=["created_at"],
                condition=Q(requires_manual_review=True),
                name="call_review_queue",
            ),
            models.Index(
                fields=["company", "created_at"],
                condition=Q(requires_manual_review=True),
                name="call_reviews_of",
            ),
            models.Index(
                fields=["audit_due_at"],
                condition=Q(audit_due_at__isnull=False),
                name="call_audit_due",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=("inbound", "ongoing")),
                name="call_not_over",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.call_id}"


class FunctionCall(models.Model):
    """One tool invocation by the agent. Unfinished while its answer is still being worked out."""

    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, related_name="function_calls", verbose_name=_("call")
    )
    name = models.CharField(_("function"), max_length=64)
    tool_call_id = models.CharField(_("tool call id"), max_length=100, blank=True)
    arguments = models.JSONField(_("arguments, redacted"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=40, blank=True)
    # As text: a repetition hears the same bytes, and a database may order JSON's keys anew.
    answer = models.TextField(_("answer"), blank=True)
    started_at = models.DateTimeField(_("started"))
    milliseconds = models.PositiveIntegerField(_("milliseconds"), null=True, blank=True)
    # How many were offered instead of a wish that was refused; None: none was refused.
    alternatives = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("function call")
        verbose_name_plural = _("function calls")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "tool_call_id"],
                condition=~Q(tool_call_id=""),
                name="tool_call_once",
            )
        ]
        indexes = [
            models.Index(fields=["call", "started_at"], name="function_call_of_call"),
            models.Index(fields=["started_at"], name="function_call_started"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"


def new_token() -> str:
    return f"slot_{secrets.token_hex(6)}"


OFFER_STANDS = timedelta(minutes=30)


class OfferQuerySet(models.QuerySet["Offer"]):
    def current(self) -> Self:
        """Keep the latest offers of a call, in the order they were spoken."""
        return self.filter(withdrawn=False).order_by("option", "pk")


class Offer(models.Model):
    """A slot the caller has heard of: "die zweite" and "die 9:45" mean one of these."""

    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, related_name="offers", verbose_name=_("call")
    )
    token = models.CharField(_("token"), max_length=40, unique=True, default=new_token)
    option = models.PositiveSmallIntegerField(_("option"))
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="+", verbose_name=_("service")
    )
    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, related_name="+", verbose_name=_("staff member")
    )
    starts_at = models.DateTimeField(_("start"))
    offered_at = models.DateTimeField(_("offered"))
    withdrawn = models.BooleanField(_("replaced by a later offer"), default=False)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        indexes = [models.Index(fields=["call", "withdrawn"], name="offer_of_call")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.starts_at:%Y-%m-%d %H:%M}"

    def stands(self, *, now: datetime) -> bool:
        """Whether "die zweite" can still mean this one."""
        return not self.withdrawn and self.offered_at > now - OFFER_STANDS


class PendingBooking(models.Model):
    """What a caller has been asked to confirm, with the flag for booking in two steps.

    It outlives the hold of its slot: who confirms late hears whether the time is still free.
    """

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="pending_booking")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    # Whether the staff member was wished for, rather than found.
    staff_wished = models.BooleanField(default=False)
    starts_at = models.DateTimeField(_("start"))
    customer_name = models.CharField(_("name as spoken"), max_length=150)
    customer_email = models.CharField(_("e-mail"), max_length=255, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    additional = models.BooleanField(default=False)
    kept_until = models.DateTimeField(_("kept until"))

    class Meta:
        verbose_name = _("booking to confirm")
        verbose_name_plural = _("bookings to confirm")

    def __str__(self) -> str:
        return f"#{self.pk} {self.starts_at:%Y-%m-%d %H:%M}"
