"""What is sold: services, their recipes, what people call them, and who performs them."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate, pairwise

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.domain.starts import Segment
from appointments.models.audited import AuditedQuerySet, audited
from appointments.models.salon import Company, Staff

SHORTEST_SEGMENT_MINUTES = 5
GAP_SUFFIX = "_gap"
LONGEST_BUFFER_MINUTES = 240


@audited()
class Service(models.Model):
    """What is sold: a name, a price, and a recipe of segments."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="services")
    slug = models.SlugField(_("slug"))
    name = models.CharField(_("name"), max_length=150)
    category = models.CharField(_("category"), max_length=100, blank=True)
    price = models.DecimalField(
        _("price"), max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    buffer_before_minutes = models.PositiveIntegerField(
        _("buffer before (minutes)"),
        default=0,
        validators=[MaxValueValidator(LONGEST_BUFFER_MINUTES)],
    )
    buffer_after_minutes = models.PositiveIntegerField(
        _("buffer after (minutes)"),
        default=0,
        validators=[MaxValueValidator(LONGEST_BUFFER_MINUTES)],
    )
    booking_notice_minutes = models.PositiveIntegerField(
        _("booking notice (minutes)"), null=True, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(fields=["company", "slug"], name="service_slug_once"),
            models.UniqueConstraint(fields=["company", "id"], name="service_of_company"),
            # The search for what is taken looks no further than this around a day.
            models.CheckConstraint(
                condition=Q(buffer_before_minutes__lte=LONGEST_BUFFER_MINUTES)
                & Q(buffer_after_minutes__lte=LONGEST_BUFFER_MINUTES),
                name="service_buffers_short_enough",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"

    def get_segments(self) -> tuple[Segment, ...]:
        """Return the recipe in order, timed from the start. One query unless prefetched."""
        rows = sorted(self.segments.all(), key=lambda row: row.position)
        offsets = accumulate((row.minutes for row in rows), initial=0)
        return tuple(
            Segment(
                key=row.key,
                offset=timedelta(minutes=offset),
                duration=timedelta(minutes=row.minutes),
                staff_required=row.staff_required,
            )
            for row, offset in zip(rows, offsets, strict=False)
        )


@audited(company="service.company_id")
class ServiceSegment(models.Model):
    """One step of a service's recipe. A changed recipe concerns new appointments only."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="segments")
    position = models.PositiveSmallIntegerField(_("position"))
    key = models.CharField(_("key"), max_length=20)
    name = models.CharField(_("name"), max_length=100, blank=True)
    minutes = models.PositiveIntegerField(
        _("minutes"), validators=[MinValueValidator(SHORTEST_SEGMENT_MINUTES)]
    )
    staff_required = models.BooleanField(_("hands-on"), default=True)

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [
            models.UniqueConstraint(fields=["service", "key"], name="segment_key_once"),
            models.UniqueConstraint(fields=["service", "position"], name="segment_position_once"),
            models.CheckConstraint(
                condition=Q(minutes__gte=SHORTEST_SEGMENT_MINUTES), name="segment_long_enough"
            ),
            models.CheckConstraint(
                condition=Q(staff_required=True) ^ Q(key__endswith=GAP_SUFFIX),
                name="segment_key_says_gap",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.key} {self.minutes} min"


def validate_recipe(rows: Sequence[ServiceSegment]) -> None:
    """Refuse a recipe that cannot be carried out.

    Raises:
        ValidationError: naming the segment and the remedy.
    """
    if not rows:
        raise ValidationError(_("A service needs at least one segment."))
    _validate_segments(rows)
    _validate_order(rows)
    keys = [row.key for row in rows]
    if len(set(keys)) < len(keys):
        raise ValidationError(_("Every segment needs a key of its own."))
    if len(rows) == 1 and keys != ["A"]:
        raise ValidationError(_("The only segment of a simple service has the key A."))


def _validate_segments(rows: Sequence[ServiceSegment]) -> None:
    for row in rows:
        if row.minutes < SHORTEST_SEGMENT_MINUTES:
            raise ValidationError(
                _("Segment %(key)s lasts %(minutes)s minutes; the shortest is %(least)s."),
                params={
                    "key": row.key,
                    "minutes": row.minutes,
                    "least": SHORTEST_SEGMENT_MINUTES,
                },
            )
        if row.key.endswith(GAP_SUFFIX) == row.staff_required:
            raise ValidationError(
                _("Segment %(key)s: keys of gaps, and only those, end in _gap."),
                params={"key": row.key},
            )


def _validate_order(rows: Sequence[ServiceSegment]) -> None:
    if not (rows[0].staff_required and rows[-1].staff_required):
        raise ValidationError(_("The first and the last segment must be hands-on."))
    for row, following in pairwise(rows):
        if not (row.staff_required or following.staff_required):
            raise ValidationError(
                _("%(key)s and %(next)s are two gaps in a row; make them one."),
                params={"key": row.key, "next": following.key},
            )


@audited(company="service.company_id")
class ServiceSynonym(models.Model):
    """Another name people use for a service, and how sure it is that they mean it."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="synonyms")
    name = models.CharField(_("name"), max_length=150)
    confidence = models.FloatField(
        _("confidence (0-1)"),
        default=1.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
    )

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        constraints = [
            models.UniqueConstraint(fields=["service", "name"], name="synonym_once"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0) & Q(confidence__lte=1),
                name="synonym_confidence_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"


@audited(company="staff.company_id")
class StaffService(models.Model):
    """Who performs what."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="services")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="staff_services")

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("who performs what")
        constraints = [
            models.UniqueConstraint(fields=["staff", "service"], name="staff_service_once")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
