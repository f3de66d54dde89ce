"""Who works where and when: the company, its branches and its staff."""

from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.credentials import EncryptedTextField
from appointments.models.audited import AuditedQuerySet, audited
from appointments.models.constraints import SameCompany
from appointments.phones import to_e164

DEFAULT_NOTICE_MINUTES = 15
TEN_YEARS_OF_DAYS = 3650


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class GapPolicy(models.TextChoices):
    BOOKABLE = "bookable", _("gaps can be booked")
    BLOCKED = "blocked", _("nobody is placed into or around gaps")


class Locale(models.TextChoices):
    GERMAN = "de", _("German")
    ENGLISH = "en", _("English")


class Region(models.TextChoices):
    """The German federal states, by ISO 3166-2 code: they differ in public holidays."""

    BB = "BB", "Brandenburg"
    BE = "BE", "Berlin"
    BW = "BW", "Baden-Württemberg"
    BY = "BY", "Bayern"
    HB = "HB", "Bremen"
    HE = "HE", "Hessen"
    HH = "HH", "Hamburg"
    MV = "MV", "Mecklenburg-Vorpommern"
    NI = "NI", "Niedersachsen"
    NW = "NW", "Nordrhein-Westfalen"
    RP = "RP", "Rheinland-Pfalz"
    SH = "SH", "Schleswig-Holstein"
    SL = "SL", "Saarland"
    SN = "SN", "Sachsen"
    ST = "ST", "Sachsen-Anhalt"
    TH = "TH", "Thüringen"


def validate_timezone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone; write it like Europe/Berlin."),
            params={"value": value},
        )


def validate_e164(value: str) -> None:
    if to_e164(value) != value:
        raise ValidationError(
            _("“%(value)s” is not an international number; write it like +493011110001."),
            params={"value": value},
        )


@audited(company="pk", unkept=("calcom_api_key", "calcom_webhook_secret", "retell_api_key"))
class Company(models.Model):
    """The tenant: one salon business. Everything belongs to exactly one."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    timezone = models.CharField(
        _("time zone"), max_length=50, default="Europe/Berlin", validators=[validate_timezone]
    )
    locale = models.CharField(
        _("language on the phone"), max_length=2, choices=Locale, default=Locale.GERMAN
    )
    gap_policy = models.CharField(
        _("gap policy"), max_length=10, choices=GapPolicy, default=GapPolicy.BOOKABLE
    )
    booking_notice_minutes = models.PositiveIntegerField(
        _("booking notice (minutes)"), null=True, blank=True
    )
    # Beyond some thousand years there is no day to look for a slot on.
    horizon_days = models.PositiveIntegerField(
        _("booking horizon (days)"), default=60, validators=[MaxValueValidator(TEN_YEARS_OF_DAYS)]
    )
    cancel_deadline_hours = models.PositiveIntegerField(_("cancel deadline (hours)"), default=24)
    reschedule_deadline_hours = models.PositiveIntegerField(
        _("reschedule deadline (hours)"), default=24
    )
    max_reschedules = models.PositiveIntegerField(_("moves allowed per appointment"), default=3)
    callback_promise_minutes = models.PositiveIntegerField(
        _("callbacks promised within (minutes)"), default=120
    )
    calcom_api_key = EncryptedTextField(_("Cal.com API key"), blank=True)
    calcom_webhook_secret = EncryptedTextField(_("Cal.com webhook secret"), blank=True)
    calcom_team_id = models.PositiveIntegerField(_("Cal.com team id"), null=True, blank=True)
    retell_api_key = EncryptedTextField(_("Retell API key"), blank=True)

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"

    @property
    def syncs(self) -> bool:
        """Whether this company mirrors its appointments to Cal.com."""
        return bool(self.calcom_api_key)


@audited()
class Branch(models.Model):
    """One shop of a company."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="branches")
    slug = models.SlugField(_("slug"))
    name = models.CharField(_("name"), max_length=150)
    region = models.CharField(
        _("federal state"),
        max_length=2,
        choices=Region,
        blank=True,
        help_text=_("Closed on this state's public holidays. Empty: open on all of them."),
    )
    own_timezone = models.CharField(
        _("time zone, where it differs from the company's"),
        max_length=50,
        blank=True,
        validators=[validate_timezone],
    )
    booking_notice_minutes = models.PositiveIntegerField(
        _("booking notice (minutes)"), null=True, blank=True
    )

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        constraints = [
            models.UniqueConstraint(fields=["company", "slug"], name="branch_slug_once"),
            models.UniqueConstraint(fields=["company", "id"], name="branch_of_company"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"

    @property
    def zone(self) -> ZoneInfo:
        """The zone this branch speaks in."""
        return ZoneInfo(self.own_timezone or self.company.timezone)


@audited(company="branch.company_id")
class PhoneNumber(models.Model):
    """A number callers dial: it names the branch, and with it the company."""

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="phone_numbers")
    number = models.CharField(_("number"), max_length=16, unique=True, validators=[validate_e164])

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")

    def __str__(self) -> str:
        return f"#{self.pk} {self.number}"


class WeeklyHours(models.Model):
    """One stretch of a weekday, in the branch's wall-clock time."""

    weekday = models.PositiveSmallIntegerField(
        _("weekday"),
        choices=Weekday,
        validators=[MinValueValidator(0), MaxValueValidator(6)],
    )
    from_time = models.TimeField(_("from"))
    to_time = models.TimeField(_("to"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return (
            f"#{self.pk} {self.get_weekday_display()} {self.from_time:%H:%M}-{self.to_time:%H:%M}"
        )


@audited(company="branch.company_id")
class OpeningHours(WeeklyHours):
    """When a branch is open, week after week."""

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="opening_hours")

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(to_time__gt=F("from_time")), name="opening_hours_run_forwards"
            ),
            models.UniqueConstraint(
                fields=["branch", "weekday", "from_time"], name="opening_hours_once"
            ),
        ]


@audited(company="branch.company_id")
class Closure(models.Model):
    """A day on which a branch stays closed although the week says otherwise."""

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="closures")
    closed_on = models.DateField(_("closed on"))
    reason = models.CharField(_("reason"), max_length=150, blank=True)

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        constraints = [models.UniqueConstraint(fields=["branch", "closed_on"], name="closure_once")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.closed_on:%Y-%m-%d}"


class StaffQuerySet(AuditedQuerySet["Staff"]):
    def capable_of(self, *, service_id: int, branch_id: int) -> Self:
        """Keep the active people of a branch who perform a service."""
        return self.filter(branch=branch_id, is_active=True, services__service=service_id)


@audited()
class Staff(models.Model):
    """A person who serves customers."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="staff")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="staff")
    slug = models.SlugField(_("slug"))
    name = models.CharField(_("name"), max_length=150)
    is_active = models.BooleanField(_("active"), default=True)
    calcom_user_id = models.PositiveIntegerField(
        _("Cal.com user id"),
        null=True,
        blank=True,
        help_text=_("The number of this person's account in Cal.com; names are not matched."),
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        constraints = [
            models.UniqueConstraint(fields=["company", "slug"], name="staff_slug_once"),
            models.UniqueConstraint(fields=["company", "id"], name="staff_of_company"),
            SameCompany("branch", name="staff_branch_same_company"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"


@audited(company="staff.company_id")
class WorkingHours(WeeklyHours):
    """When a staff member works. Somebody without any works whenever the branch is open."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="working_hours")

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(to_time__gt=F("from_time")), name="working_hours_run_forwards"
            ),
            models.UniqueConstraint(
                fields=["staff", "weekday", "from_time"], name="working_hours_once"
            ),
        ]


@audited(company="staff.company_id", unkept=("reason",))
class TimeOff(models.Model):
    """A stretch in which a staff member does not work: holiday, training, illness."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="time_off")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    reason = models.CharField(_("reason"), max_length=150, blank=True)

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("time off")
        verbose_name_plural = _("time off")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="time_off_runs_forwards"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.starts_at:%Y-%m-%d %H:%M}"
