"""Customers, and what was promised to them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.domain.names import sounds_of, written_sounds
from appointments.models.audited import AuditedQuerySet, audited
from appointments.models.constraints import SameCompany
from appointments.models.salon import Branch, Company, validate_e164


class CustomerQuerySet(AuditedQuerySet["Customer"]):
    """Customers. However a name is written, its sounds are written with it."""

    def sounding_like(self, said: str) -> Self:
        """Keep those in whose names every word that was said can be heard, in any order.

        Maier finds Lena Meyer, and Filip Schmitt finds Philipp Schmidt. What has no sound
        finds nobody.
        """
        wanted = set(sounds_of(said))
        rows = self if wanted else self.none()
        for sound in wanted:
            rows = rows.filter(sounds__contains=f" {sound} ")
        return rows

    def update(self, **values: Any) -> int:
        if "name" in values:
            values["sounds"] = written_sounds(values["name"])
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]  # Django's word to templates

    def bulk_create(
        self, objs: Iterable["Customer"], *args: Any, **kwargs: Any
    ) -> list["Customer"]:
        rows = list(objs)
        for row in rows:
            row.sounds = written_sounds(row.name)
        return super().bulk_create(rows, *args, **kwargs)


@audited(
    customer="pk", unkept=("name", "phone", "email", "notes"), ignored=("sounds", "created_at")
)
class Customer(models.Model):
    """A person who comes to the salon. The phone number identifies, a name never does."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="customers")
    name = models.CharField(_("name"), max_length=150)
    # What the name sounds like, word by word: written with it, and searched in place of all names.
    sounds = models.TextField(editable=False, default="")
    phone = models.CharField(
        _("phone"), max_length=16, null=True, blank=True, validators=[validate_e164]
    )
    email = models.EmailField(_("e-mail"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    # Since when nothing here tells who this was.
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("export_customer", "Can export customers"),
            ("erase_customer", "Can erase a customer's personal data"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["company", "phone"], name="customer_phone_once"),
            models.UniqueConstraint(fields=["company", "id"], name="customer_of_company"),
            # "" is not "none": two customers without a phone would be the same one.
            models.CheckConstraint(condition=~Q(phone=""), name="customer_phone_or_null"),
            models.CheckConstraint(condition=~Q(email=""), name="customer_email_or_null"),
        ]
        indexes = [
            models.Index(fields=["company", "name", "id"], name="customer_by_name"),
            # Looked through instead of the rows: it is a small part of them.
            models.Index(fields=["company", "sounds", "id"], name="customer_by_sound"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sounds = written_sounds(self.name)
        columns = kwargs.get("update_fields")
        if columns is not None and "name" in columns:
            kwargs["update_fields"] = {*columns, "sounds"}
        super().save(*args, **kwargs)


class CallbackReason(models.TextChoices):
    """Why a caller is called back; what a sync could not settle has a `ReviewReason` instead."""

    WISH = "wish", _("wishes to be called back")
    COMPLAINT = "complaint", _("complaint")
    URGENT = "urgent", _("urgent matter")
    BOOKING_FAILED = "booking_failed", _("booking failed")
    NOTHING_FREE = "nothing_free", _("nothing suitable was free")
    MOVE = "move", _("wishes to move an appointment")
    CANCEL = "cancel", _("wishes to cancel an appointment")
    MOVED = "moved", _("must be told that it was moved")


class CallbackRequestQuerySet(AuditedQuerySet["CallbackRequest"]):
    def still_open(self) -> Self:
        """Keep what somebody still has to do."""
        return self.filter(status__in=CallbackRequest.STILL_OPEN)

    def to_escalate(self, *, now: datetime) -> Self:
        """Keep what is overdue and was not escalated within the last four hours."""
        lately = Q(escalated_at__gt=now - CallbackRequest.ESCALATED_AGAIN_AFTER)
        return self.still_open().filter(Q(escalated_at=None) | ~lately, due_at__lt=now)


@audited(
    customer="customer_id",
    unkept=("name", "phone", "wish"),
    ignored=("created_at", "touched_at", "alarm", "call_id"),
)
class CallbackRequest(models.Model):
    """Somebody was promised a call back. Without a number nobody can be: then it says so."""

    class Priority(models.TextChoices):
        NORMAL = "normal", _("normal")
        HIGH = "high", _("high")
        URGENT = "urgent", _("urgent")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        ASSIGNED = "assigned", _("assigned")
        DONE = "done", _("done")
        EXPIRED = "expired", _("expired")

    class Alarm(models.TextChoices):
        NONE = "", _("none")
        WARNING = "warning", _("waiting")
        CRITICAL = "critical", _("waiting for long")
        MANAGER = "manager", _("waiting for far too long")

    class Escalation(models.TextChoices):
        OVERDUE = "overdue", _("overdue")
        BY_HAND = "by_hand", _("by hand")
        FAILED_ATTEMPTS = "failed_attempts", _("not reached three times")

    STILL_OPEN = (Status.OPEN, Status.ASSIGNED)
    ESCALATED_AGAIN_AFTER = timedelta(hours=4)

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="callbacks")
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, related_name="callbacks", null=True, blank=True
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, related_name="callbacks", null=True, blank=True
    )
    # What it is about, where that is one appointment. Only holds are ever deleted, and no
    # callback is about one; anything but DO_NOTHING would ask after callbacks each time.
    appointment = models.ForeignKey(
        "appointments.Appointment",
        on_delete=models.DO_NOTHING,
        related_name="callbacks",
        null=True,
        blank=True,
        verbose_name=_("appointment"),
    )
    phone = models.CharField(_("phone"), max_length=16, blank=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    reason = models.CharField(_("reason"), max_length=50)
    wish = models.TextField(_("wish"), blank=True)
    priority = models.CharField(
        _("priority"), max_length=10, choices=Priority, default=Priority.NORMAL
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    assigned_to = models.ForeignKey(
        "appointments.Staff",
        on_delete=models.SET_NULL,
        related_name="callbacks",
        null=True,
        blank=True,
    )
    due_at = models.DateTimeField(_("due"))
    escalated_at = models.DateTimeField(_("escalated"), null=True, blank=True)
    escalation_reason = models.CharField(
        _("escalated because"), max_length=20, choices=Escalation, blank=True
    )
    # When a person first or last did something about it; the alarm is for those untouched.
    touched_at = models.DateTimeField(_("in hand since"), null=True, blank=True)
    alarm = models.CharField(_("alarm"), max_length=10, choices=Alarm, blank=True)
    failed_attempts = models.PositiveSmallIntegerField(_("not reached (times)"), default=0)
    call_id = models.CharField(_("call"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = CallbackRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        constraints = [
            SameCompany("branch", name="callback_branch_same_company"),
            SameCompany("customer", name="callback_customer_same_company"),
            SameCompany("appointment", name="callback_appointment_same_company"),
            SameCompany("assigned_to", name="callback_staff_same_company"),
        ]
        indexes = [
            models.Index(fields=["company", "status", "due_at"], name="callback_due"),
            models.Index(fields=["company", "created_at"], name="callback_created"),
            models.Index(fields=["company", "call_id"], name="callback_of_call"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_priority_display()}"
