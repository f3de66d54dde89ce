"""Appointments and their phases: the rows that take time."""

import secrets
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.domain.intervals import Interval
from appointments.domain.starts import Segment
from appointments.models.audited import AuditedQuerySet, audited
from appointments.models.catalogue import Service
from appointments.models.constraints import HandsOnOnce, SameCompany
from appointments.models.customers import Customer
from appointments.models.salon import Branch, Company, Staff


class Status(models.TextChoices):
    HELD = "held", _("held")
    CONFIRMED = "confirmed", _("confirmed")
    CANCELLED = "cancelled", _("cancelled")
    COMPLETED = "completed", _("completed")
    NO_SHOW = "no_show", _("no show")


# The one list of what keeps a stylist busy. A hold counts until it runs out.
TAKES_TIME = (Status.HELD, Status.CONFIRMED)


class SyncStatus(models.TextChoices):
    PENDING = "pending", _("pending")
    SYNCED = "synced", _("synced")
    FAILED = "failed", _("failed")
    CONFLICT = "conflict", _("conflict")
    NOT_APPLICABLE = "not_applicable", _("not applicable")


class Source(models.TextChoices):
    VOICE = "voice", _("phone")
    STAFF = "staff", _("staff")
    CALCOM = "calcom", "Cal.com"
    IMPORT = "import", _("import")


class ReviewReason(models.TextChoices):
    """Why an appointment or a call needs a person."""

    MISSING_EVENT_MAP = "missing_event_map", _("event map missing")
    EVENT_MAP_BROKEN = "event_map_broken", _("event map broken")
    SLOT_CONFLICT = "slot_conflict", _("time taken by a foreign booking")
    CALCOM_COLLISION = "calcom_collision", _("change in Cal.com collides")
    REJECTED_BY_CALCOM = "rejected_by_calcom", _("refused by Cal.com")
    CREDENTIALS_REJECTED = "credentials_rejected", _("API key refused by Cal.com")
    RETRIES_EXHAUSTED = "retries_exhausted", _("Cal.com did not answer")
    PARTIAL_BOOKING = "partial_booking", _("only part of it could be booked")
    ORPHANED_BOOKING = "orphaned_booking", _("a booking could not be cancelled")
    BOOKING_NOT_FOUND = "booking_not_found", _("booking to move is gone")
    SEGMENT_CHANGED_IN_CALCOM = "segment_changed_in_calcom", _("one part changed in Cal.com")
    START_OUT_OF_RANGE = "start_out_of_range", _("start in the past or too far ahead")
    PROMISED_WITHOUT_APPOINTMENT = (
        "promised_without_appointment",
        _("promised, but not booked"),
    )


def new_public_id() -> str:
    """Make an id for the outside: unguessable, and never a word of 1 to 5 digits."""
    return f"apt_{secrets.token_hex(8)}"


class AppointmentQuerySet(AuditedQuerySet["Appointment"]):
    def of(self, company: Company) -> Self:
        return self.filter(company=company)

    def confirmed(self) -> Self:
        return self.filter(status=Status.CONFIRMED)

    def expired_holds(self, *, now: datetime) -> Self:
        return self.filter(status=Status.HELD, held_until__lte=now)

    def upcoming(self, *, now: datetime) -> Self:
        return self.filter(status=Status.CONFIRMED, starts_at__gt=now)

    def overlapping(self, window: Interval) -> Self:
        return self.filter(starts_at__lt=window.end, ends_at__gt=window.start)

    def loaded(self) -> list["Appointment"]:
        """Return the rows, in order, with all they are spoken of with.

        Keys first: mostly there is nothing to find, and then a row of five tables costs more
        to ask for than to look up.
        """
        keys = list(self.values_list("pk", flat=True))
        if not keys:
            return []
        rows = Appointment.objects.select_related(
            "service", "staff", "branch__company", "customer"
        ).in_bulk(keys)
        return [rows[key] for key in keys]

    def needing_review(self) -> Self:
        return self.filter(requires_manual_review=True)


# Holds are a caller's thoughts: made and dropped by the dozen, and nobody's business.
@audited(
    customer="customer_id",
    only=(
        "branch",
        "customer",
        "service",
        "staff",
        "starts_at",
        "ends_at",
        "status",
        "source",
        "customer_name",
        "notes",
        "cancel_reason",
        "override_reason",
        "requires_manual_review",
        "review_reason",
        "further_review_reasons",
        "review_note",
    ),
    unkept=("customer_name", "notes", "cancel_reason", "override_reason", "review_note"),
    skipped=lambda row: row.status == Status.HELD,
    deletions=False,
)
class Appointment(models.Model):
    """One customer, one service, one start, one staff member; carried out in phases."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("company")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("branch")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="appointments",
        null=True,
        blank=True,
        verbose_name=_("customer"),
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("service")
    )
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("staff")
    )
    public_id = models.CharField(
        _("public id"), max_length=40, unique=True, default=new_public_id, editable=False
    )
    # Names one wish, so that the same wish twice is one appointment. Empty: no wish to repeat.
    booking_key = models.CharField(max_length=64, blank=True, editable=False)
    customer_name = models.CharField(_("name as spoken"), max_length=150, blank=True)
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    # The service's buffers when this was booked: later edits concern new appointments only.
    buffer_before_minutes = models.PositiveIntegerField(default=0, editable=False)
    buffer_after_minutes = models.PositiveIntegerField(default=0, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CONFIRMED)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.STAFF)
    call_id = models.CharField(_("call"), max_length=100, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    reschedule_count = models.PositiveIntegerField(_("moves by the customer"), default=0)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancel_reason = models.CharField(_("reason for cancelling"), max_length=250, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Why notice or horizon did not hold when it was booked; empty where they did.
    override_reason = models.CharField(_("exception"), max_length=250, blank=True, editable=False)
    # Goes up by one with every change, so that a copy elsewhere can tell it is stale.
    revision = models.PositiveIntegerField(default=1, editable=False)
    sync_status = models.CharField(
        _("Cal.com"), max_length=20, choices=SyncStatus, default=SyncStatus.NOT_APPLICABLE
    )
    sync_error = models.TextField(_("last error of Cal.com"), blank=True)
    synced_at = models.DateTimeField(_("synced"), null=True, blank=True)
    # The last change that a person made in Cal.com, and that was followed here.
    changed_outside_at = models.DateTimeField(
        _("changed in Cal.com"), null=True, blank=True, editable=False
    )
    requires_manual_review = models.BooleanField(_("needs a person"), default=False)
    review_reason = models.CharField(_("reason"), max_length=40, choices=ReviewReason, blank=True)
    # What else was found while that was open, and no sync can settle: words with spaces between.
    further_review_reasons = models.CharField(
        _("further reasons"), max_length=200, blank=True, editable=False
    )
    # Since when it has been in the queue, or was when somebody took it out.
    review_since = models.DateTimeField(_("in the queue since"), null=True, blank=True)
    review_resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    review_resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="reviews_resolved",
        null=True,
        blank=True,
        verbose_name=_("resolved by"),
    )
    review_note = models.TextField(_("note"), blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        permissions = [
            ("export_appointment", "Can export appointments"),
            ("override_appointment", "Can book against notice and horizon"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="appointment_runs_forwards"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.HELD) ^ Q(held_until=None),
                name="appointment_held_until_while_held",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.HELD) | Q(customer__isnull=False),
                name="appointment_has_customer_unless_held",
            ),
            models.UniqueConstraint(
                fields=["company", "booking_key"],
                condition=Q(status__in=TAKES_TIME) & ~Q(booking_key=""),
                name="one_standing_appointment_per_wish",
            ),
            models.UniqueConstraint(fields=["company", "id"], name="appointment_of_company"),
            SameCompany("branch", name="appointment_branch_same_company"),
            SameCompany("customer", name="appointment_customer_same_company"),
            SameCompany("service", name="appointment_service_same_company"),
            SameCompany("staff", name="appointment_staff_same_company"),
        ]
        indexes = [
            models.Index(fields=["company", "starts_at"], name="appointment_day"),
            models.Index(fields=["starts_at", "id"], name="appointment_earliest"),
            models.Index(fields=["company", "created_at"], name="appointment_created"),
            models.Index(
                fields=["company", "created_at"],
                condition=Q(sync_status__in=("pending", "failed", "conflict")),
                name="appointment_not_synced",
            ),
            models.Index(fields=["customer", "starts_at"], name="appointment_of_customer"),
            models.Index(fields=["company", "call_id"], name="appointment_of_call"),
            models.Index(
                fields=["held_until"],
                condition=Q(status=Status.HELD),
                name="appointment_held_until",
            ),
            models.Index(
                fields=["starts_at"],
                condition=Q(requires_manual_review=True),
                name="appointment_review_queue",
            ),
            models.Index(
                fields=["company", "starts_at"],
                condition=Q(requires_manual_review=True),
                name="appointment_reviews_of",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)

    @property
    def review_reasons(self) -> list[ReviewReason]:
        """Everything that needs, or needed, a person."""
        words = f"{self.review_reason} {self.further_review_reasons}".split()
        return [ReviewReason(word) for word in words]

    @property
    def review_in_words(self) -> str:
        return ", ".join(str(reason.label) for reason in self.review_reasons)

    def get_segments(self) -> tuple[Segment, ...]:
        """Return the recipe as it was when this was booked: from the phases. One query.

        From nothing but the phases: `self` may be older than they are.
        """
        phases = sorted(self.phases.all(), key=lambda phase: phase.sequence)
        return tuple(
            Segment(
                key=phase.segment_key,
                offset=phase.starts_at - phases[0].starts_at,
                duration=phase.ends_at - phase.starts_at,
                staff_required=phase.staff_required,
            )
            for phase in phases
        )


class AppointmentPhaseQuerySet(models.QuerySet["AppointmentPhase"]):
    def overlapping(self, window: Interval) -> Self:
        return self.filter(starts_at__lt=window.end, ends_at__gt=window.start)

    def unreleased(self) -> Self:
        return self.filter(released_at=None)

    def hands_on(self) -> Self:
        return self.filter(staff_required=True)


class AppointmentPhase(models.Model):
    """One segment at its real time: the row that takes a staff member's time.

    `released_at` is what a constraint can see of the appointment's status: it is set in the
    transaction that leaves `TAKES_TIME`. A hold that has run out is removed by whoever wants
    its time, in the same transaction.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="phases")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="phases")
    segment_key = models.CharField(_("segment"), max_length=20)
    sequence = models.PositiveSmallIntegerField(_("position"))
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    staff_required = models.BooleanField(_("hands-on"))
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    calcom_booking_uid = models.CharField(_("booking uid"), max_length=100, blank=True)
    sync_status = models.CharField(
        _("Cal.com"), max_length=20, choices=SyncStatus, default=SyncStatus.NOT_APPLICABLE
    )
    sync_error = models.TextField(_("last error of Cal.com"), blank=True)

    objects = AppointmentPhaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="phase_runs_forwards"
            ),
            models.UniqueConstraint(fields=["appointment", "sequence"], name="phase_once"),
            models.UniqueConstraint(
                fields=["calcom_booking_uid"],
                condition=~Q(calcom_booking_uid=""),
                name="phase_booking_uid_once",
            ),
            HandsOnOnce(name="phase_takes_staff_once"),
        ]
        indexes = [
            models.Index(
                fields=["staff", "starts_at"],
                condition=Q(released_at=None),
                name="phase_of_staff",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.segment_key} {self.starts_at:%Y-%m-%d %H:%M}"
