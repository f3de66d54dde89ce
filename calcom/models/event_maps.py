"""Which event type books what with whom, in what it differs, and what was in the way of it."""

from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from appointments.models import Branch, Company, Service, Staff
from appointments.models.audited import AuditedQuerySet, audited
from appointments.models.catalogue import GAP_SUFFIX
from appointments.models.constraints import SameCompany

# In SQL what `CalcomEventMap.bookable_id` is in Python.
BOOKABLE_ID = Coalesce("child_event_type_id", "event_type_id")


class CalcomEventMapQuerySet(AuditedQuerySet["CalcomEventMap"]):
    def usable(self) -> Self:
        return self.filter(is_broken=False)


@audited(ignored=("checked_at",))
class CalcomEventMap(models.Model):
    """Which event type of Cal.com books one segment of one service with one staff member.

    A managed event type is only a template: where `event_type_id` is one, the staff member's
    own child of it is what can be booked.
    """

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="event_maps", verbose_name=_("company")
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.CASCADE, related_name="event_maps", verbose_name=_("branch")
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="event_maps", verbose_name=_("service")
    )
    segment_key = models.CharField(_("segment"), max_length=20)
    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, related_name="event_maps", verbose_name=_("staff")
    )
    event_type_id = models.PositiveIntegerField(_("event type"))
    child_event_type_id = models.PositiveIntegerField(
        _("event type of this staff member"),
        null=True,
        blank=True,
        help_text=_("Only where the event type is managed: the number of the staff member's own."),
    )
    # Cal.com did not know the event type, or would not book it. Counts as missing.
    is_broken = models.BooleanField(_("broken"), default=False)
    checked_at = models.DateTimeField(
        _("checked"),
        null=True,
        blank=True,
        help_text=_("When Cal.com last said what it knows of the event type. Empty: not yet."),
    )
    # What the event type should be like, where that is not what we would have made of it.
    own_title = models.CharField(_("title in Cal.com"), max_length=255, blank=True)
    is_hidden = models.BooleanField(_("hidden"), default=True)
    allows_guests = models.BooleanField(_("guests allowed"), default=False)

    objects = CalcomEventMapQuerySet.as_manager()

    class Meta:
        verbose_name = _("event map")
        verbose_name_plural = _("event maps")
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "service", "segment_key", "staff"], name="event_map_once"
            ),
            models.CheckConstraint(
                condition=~Q(child_event_type_id=F("event_type_id")),
                name="event_map_child_is_not_parent",
                violation_error_message=_("The staff member's own event type is another one."),
            ),
            SameCompany("branch", name="event_map_branch_same_company"),
            SameCompany("service", name="event_map_service_same_company"),
            SameCompany("staff", name="event_map_staff_same_company"),
        ]
        indexes = [models.Index(BOOKABLE_ID, name="event_map_by_bookable")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.segment_key} {self.bookable_id}"

    def clean(self) -> None:
        """Refuse what could never be booked."""
        if self.segment_key.endswith(GAP_SUFFIX):
            raise ValidationError({"segment_key": _("A gap is not booked and needs no map.")})
        if self.child_event_type_id is not None and self.child_event_type_id == self.event_type_id:
            raise ValidationError(
                {
                    "child_event_type_id": _(
                        "This is the managed event type itself; enter the staff member's own."
                    )
                }
            )

    @property
    def bookable_id(self) -> int:
        """The event type a booking names."""
        return self.child_event_type_id or self.event_type_id


class DriftKind(models.TextChoices):
    GONE = "gone", _("unknown to Cal.com")
    HOST_MISSING = "host_missing", _("not with exactly this staff member")
    MANAGED = "managed", _("managed, so nobody's own")
    WRONG_LENGTH = "wrong_length", _("length (minutes)")
    HIDDEN = "hidden", _("hidden")
    GUESTS = "guests", _("guests allowed")
    NOTICE = "notice", _("notice (minutes)")
    WINDOW = "window", _("bookable only within limits")
    TITLE = "title", _("title in Cal.com")


# What a booking would fail for, or end in a wrong one.
BREAKING = (DriftKind.GONE, DriftKind.HOST_MISSING, DriftKind.MANAGED, DriftKind.WRONG_LENGTH)
# What strangers could make use of.
HIGH = (DriftKind.HIDDEN, DriftKind.GUESTS)


class EventMapDrift(models.Model):
    """One thing in which an event type is not what its map needs, or wants, it to be.

    Attributes:
        ours, theirs: what it should be and what Cal.com says it is, as text.
        found_at: since when it is so, as far as we know.
        ignored_at, ignored_by, ignored_note: somebody knows of it, and why it may stay so; holds
            for as long as both sides stay as they are.
    """

    event_map = models.ForeignKey(
        CalcomEventMap,
        on_delete=models.CASCADE,
        related_name="drifts",
        verbose_name=_("event map"),
    )
    kind = models.CharField(_("difference"), max_length=20, choices=DriftKind)
    ours = models.CharField(_("here"), max_length=255, blank=True)
    theirs = models.CharField(_("in Cal.com"), max_length=255, blank=True)
    found_at = models.DateTimeField(_("since"))
    ignored_at = models.DateTimeField(_("ignored"), null=True, blank=True)
    ignored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("ignored by"),
    )
    ignored_note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        constraints = [
            models.UniqueConstraint(fields=["event_map", "kind"], name="event_map_drift_once"),
            models.CheckConstraint(
                condition=Q(ignored_at=None) | ~Q(kind__in=BREAKING),
                name="event_map_drift_not_ignored_if_breaking",
                violation_error_message=_("What cannot be booked cannot be ignored."),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind}"

    @property
    def is_breaking(self) -> bool:
        return self.kind in BREAKING

    @property
    def is_high(self) -> bool:
        return self.kind in HIGH


class EventMapFailure(models.Model):
    """What was in the way when an event map was last made, pushed or checked; gone once it works.

    Attributes:
        problem: an `event_maps.Problem`.
        facts: about this case, such as Cal.com's own words; no key, and bounded.
    """

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="event_map_failures"
    )
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="+")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    segment_key = models.CharField(max_length=20)
    problem = models.CharField(max_length=20)
    facts = models.CharField(max_length=500, blank=True)
    failed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "service", "segment_key", "staff"], name="event_map_failure_once"
            ),
            SameCompany("branch", name="event_map_failure_branch_same_company"),
            SameCompany("service", name="event_map_failure_service_same_company"),
            SameCompany("staff", name="event_map_failure_staff_same_company"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.segment_key} {self.problem}"
