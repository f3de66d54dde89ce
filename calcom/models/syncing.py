"""How far the sync is, what must be undone, what Cal.com has told us, and whether it can."""

from datetime import UTC, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models import Appointment, AppointmentPhase, Company, Staff
from appointments.models.constraints import SameCompany

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class SyncStateQuerySet(models.QuerySet["SyncState"]):
    def lease(self, *, token: str, now: datetime, until: datetime) -> bool:
        """Take the only row of this queryset, unless somebody else has it."""
        return self.filter(leased_until__lte=now).update(lease_token=token, leased_until=until) == 1


class SyncState(models.Model):
    """Which revision of an appointment Cal.com is known to match, and how the next one goes.

    Attributes:
        revision: what Cal.com matches. Behind the appointment's own: there is work.
        attempted_revision: the revision that `attempts` and `gave_up` speak of.
        attempts: how often that revision failed.
        gave_up: only a person, a created event map or a new revision starts it again.
        next_attempt_at: not before.
        leased_until, lease_token: who works on it. A worker that died loses it by waiting.
        doubt_from, doubt_until: requests about this stretch of time were sent, and not every
            answer is known. Whoever works next asks Cal.com first.
    """

    appointment = models.OneToOneField(
        Appointment, on_delete=models.CASCADE, related_name="calcom_state"
    )
    revision = models.PositiveIntegerField(default=0)
    attempted_revision = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    gave_up = models.BooleanField(default=False)
    next_attempt_at = models.DateTimeField(default=LONG_AGO)
    leased_until = models.DateTimeField(default=LONG_AGO)
    lease_token = models.CharField(max_length=32, blank=True)
    doubt_from = models.DateTimeField(null=True, blank=True)
    doubt_until = models.DateTimeField(null=True, blank=True)

    objects = SyncStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("sync state")
        verbose_name_plural = _("sync states")
        constraints = [
            models.CheckConstraint(
                condition=Q(doubt_from=None, doubt_until=None) | Q(doubt_until__gt=F("doubt_from")),
                name="sync_state_doubt_has_two_ends",
            )
        ]
        indexes = [models.Index(fields=["next_attempt_at"], name="sync_state_due")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.revision}"


class BookedPhase(models.Model):
    """The booking Cal.com holds for one hands-on phase, as we last heard of it.

    The phase says when it should be, this row where it is; the uid is on the phase.

    Attributes:
        staff, event_type_id: whose time it takes over there.
        starts_at: when it begins over there.
        before_starts_at: where it goes back to if the rest of its appointment cannot follow.
        before_uid, before_staff, before_event_type_id: with another staff member it is another
            booking; the earlier one stands until all others have followed.
    """

    phase = models.OneToOneField(AppointmentPhase, on_delete=models.CASCADE, related_name="booked")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="booked_phases")
    event_type_id = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    before_starts_at = models.DateTimeField(null=True, blank=True)
    before_uid = models.CharField(max_length=100, blank=True)
    before_staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    before_event_type_id = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("booked phase")
        verbose_name_plural = _("booked phases")

    def __str__(self) -> str:
        return f"#{self.pk} {self.starts_at:%Y-%m-%d %H:%M}"


class OrphanedBookingQuerySet(models.QuerySet["OrphanedBooking"]):
    def open(self) -> Self:
        return self.filter(cancelled_at=None)

    def due(self, *, now: datetime) -> Self:
        return self.filter(cancelled_at=None, next_attempt_at__lte=now)


class OrphanedBooking(models.Model):
    """A booking of ours that must not stand in Cal.com: cancelled by uid, until it is gone."""

    class Reason(models.TextChoices):
        UNDONE = "undone", _("the rest could not be booked")
        SURPLUS = "surplus", _("booked twice")
        REPLACED = "replaced", _("with another staff member now")
        UNCANCELLED = "uncancelled", _("its appointment is cancelled")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="orphaned_bookings")
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.SET_NULL,
        related_name="orphaned_bookings",
        null=True,
        blank=True,
        verbose_name=_("appointment"),
    )
    uid = models.CharField(_("booking uid"), max_length=100)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("last error of Cal.com"), blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=LONG_AGO)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    created_at = models.DateTimeField(_("found"), auto_now_add=True)

    objects = OrphanedBookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("orphaned booking")
        verbose_name_plural = _("orphaned bookings")
        constraints = [
            models.UniqueConstraint(fields=["company", "uid"], name="orphaned_booking_uid_once"),
            SameCompany("appointment", name="orphaned_booking_appointment_same_company"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(cancelled_at=None),
                name="orphaned_booking_due",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_reason_display()}"


class ConnectionTest(models.Model):
    """What was found when somebody asked whether a company's connection to Cal.com works.

    Attributes:
        findings: `connection.Finding`s, as JSON, in the order they are read in. No key, no secret.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="connection_tests")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True
    )
    asked_at = models.DateTimeField(_("tested"))
    findings = models.JSONField(default=list)

    class Meta:
        verbose_name = _("connection test")
        verbose_name_plural = _("connection tests")
        indexes = [models.Index(fields=["company", "asked_at"], name="connection_test_of_company")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.asked_at:%Y-%m-%d %H:%M}"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def due(self, *, now: datetime) -> Self:
        return self.filter(
            state=WebhookDelivery.State.RECEIVED,
            next_attempt_at__lte=now,
            leased_until__lte=now,
        )

    def lease(self, *, token: str, now: datetime, until: datetime) -> bool:
        """Take the only row of this queryset, unless it is done or somebody else has it."""
        return self.due(now=now).update(lease_token=token, leased_until=until) == 1


class WebhookDelivery(models.Model):
    """One webhook of Cal.com: that something happened to a booking, and what came of it here.

    Attributes:
        digest: of the body, so that the same one twice is one.
        facts: what it says, without names, addresses or numbers (`inbound.notices.Notice`).
        attempts: how often it could not be settled.
        next_attempt_at, leased_until, lease_token: as for the sync.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("waiting")
        DONE = "done", _("done")
        IGNORED = "ignored", _("ignored")
        FAILED = "failed", _("failed")

    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="webhook_deliveries",
        verbose_name=_("company"),
    )
    digest = models.CharField(max_length=64)
    trigger = models.CharField(_("event"), max_length=60, blank=True)
    uid = models.CharField(_("booking uid"), max_length=100, blank=True)
    facts = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RECEIVED)
    outcome = models.CharField(_("outcome"), max_length=20, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("last error of Cal.com"), blank=True)
    received_at = models.DateTimeField(_("received"))
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=LONG_AGO)
    leased_until = models.DateTimeField(default=LONG_AGO)
    lease_token = models.CharField(max_length=32, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.UniqueConstraint(fields=["company", "digest"], name="webhook_delivery_once")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state="received"),
                name="webhook_delivery_due",
            ),
            models.Index(fields=["company", "received_at"], name="webhook_delivery_of_company"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.trigger}"
