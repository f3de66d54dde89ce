"""The audit trail: who did what to which row, written with it and never changed."""

from typing import Any, Never, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.actors import ActorKind


class Verb(models.TextChoices):
    CREATED = "created", _("created")
    CHANGED = "changed", _("changed")
    DELETED = "deleted", _("deleted")
    EXPORTED = "exported", _("exported")
    ERASED = "erased", _("personal data erased")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Rows that are added and read."""

    def about(self, row: models.Model) -> Self:
        """Keep what happened to one row."""
        return self.filter(model=row._meta.concrete_model._meta.label_lower, object_id=row.pk)  # type: ignore[union-attr]  # of every concrete model

    def update(self, **_values: Any) -> Never:
        raise TypeError(APPEND_ONLY)

    def delete(self) -> Never:
        raise TypeError(APPEND_ONLY)


APPEND_ONLY = "The audit trail is only ever added to."


class AuditEntry(models.Model):
    """One thing that somebody did to one row, or to a whole list.

    It outlives what it tells of, hence no constraint on its foreign keys. It holds no personal
    data: of names, numbers and words of customers, and of secrets, it says only that they
    changed. So nothing needs to be erased here.

    Attributes:
        model: as `app_label.model`.
        object_id: None for a whole list.
        customer: whom it concerns, where it is known.
        changes: by column, `[before, after]`, or null where the values are not kept.
    """

    company = models.ForeignKey(
        "appointments.Company",
        on_delete=models.DO_NOTHING,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
        verbose_name=_("company"),
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    actor = models.CharField(_("by"), max_length=10, choices=ActorKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
        verbose_name=_("person"),
    )
    call_id = models.CharField(_("call"), max_length=100, blank=True)
    task = models.CharField(_("task"), max_length=100, blank=True)
    verb = models.CharField(_("what"), max_length=10, choices=Verb)
    model = models.CharField(_("type"), max_length=60)
    object_id = models.BigIntegerField(null=True)
    customer = models.ForeignKey(
        "appointments.Customer",
        on_delete=models.DO_NOTHING,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
        verbose_name=_("customer"),
    )
    changes = models.JSONField(_("changes"), default=dict)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the audit trail")
        verbose_name_plural = _("entries of the audit trail")
        indexes = [
            models.Index(fields=["company", "at"], name="audit_of_company"),
            models.Index(fields=["at", "id"], name="audit_latest"),
            models.Index(fields=["user", "at"], name="audit_of_user"),
            models.Index(fields=["model", "object_id"], name="audit_of_row"),
            models.Index(fields=["customer", "at"], name="audit_of_customer"),
            models.Index(fields=["call_id", "at"], name="audit_of_call"),
            models.Index(fields=["task", "at"], name="audit_of_task"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.verb} {self.model} {self.object_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> Never:
        raise TypeError(APPEND_ONLY)
