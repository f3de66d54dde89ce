"""The forms behind "book" and "move": they hear a wish; actions decide."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from unfold.fields import UnfoldAdminAutocompleteModelChoiceField
from unfold.widgets import (
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from appointments.actions import BookingOrder
from appointments.admin.base import NamedChoiceField, choices_for, validate_reckonable
from appointments.admin.shown import name_of
from appointments.models import Appointment, Branch, Customer, Service, Staff
from appointments.phones import to_e164


def date_input() -> Any:
    return UnfoldAdminTextInputWidget(attrs={"type": "date"})


def time_input() -> Any:
    return UnfoldAdminTextInputWidget(attrs={"type": "time", "step": 300})


class CustomerChoiceField(UnfoldAdminAutocompleteModelChoiceField):  # type: ignore[misc]  # untyped theme
    """A customer, looked up by name or number while one types."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("admin:appointments_customer_choices", **kwargs)

    def label_from_instance(self, obj: Customer) -> str:
        return name_of(obj)


class PhoneField(forms.CharField):
    """A telephone number in any spelling; E.164, or None when left empty."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: Any) -> str | None:
        text = super().clean(value)
        if not text:
            return None
        number = to_e164(text)
        if number is None:
            raise forms.ValidationError(
                _("This is not a telephone number; write it like 0151 23456789.")
            )
        return number


class StartForm(forms.Form):
    """A day and a time as the branch's clock shows them."""

    day = forms.DateField(label=_("Day"), validators=[validate_reckonable])
    time = forms.TimeField(label=_("Time"))

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        # Native pickers speak ISO, whatever the language of the page.
        self.fields["day"].widget = date_input()
        self.fields["time"].widget = time_input()
        for name in ("day", "time"):
            self.fields[name].localize = False

    def start_in(self, zone: ZoneInfo) -> datetime | None:
        """Return the wished start; None, with an error beside the field, if there is none."""
        day, time = self.cleaned_data.get("day"), self.cleaned_data.get("time")
        if day is None or time is None:
            return None
        start = datetime.combine(day, time, zone)
        if datetime.fromtimestamp(start.timestamp(), zone).time() != time:
            self.add_error("time", _("The clocks change that night; this time does not exist."))
            return None
        return start


class BookingForm(StartForm):
    """Who wants what, where, when and with whom."""

    branch = NamedChoiceField(Branch.objects.none(), label=_("Branch"), empty_label=None)
    service = NamedChoiceField(Service.objects.none(), label=_("Service"))
    staff = NamedChoiceField(
        Staff.objects.none(),
        label=_("Staff member"),
        required=False,
        empty_label=_("whoever is free"),
    )
    customer = CustomerChoiceField(
        queryset=Customer.objects.none(),
        label=_("Customer"),
        required=False,
        help_text=_("Search by name or telephone number. New here? Leave empty, fill in below."),
    )
    customer_name = forms.CharField(
        label=_("Name of a new customer"),
        required=False,
        max_length=150,
        widget=UnfoldAdminTextInputWidget,
    )
    phone = PhoneField(label=_("Telephone"), required=False)
    notes = forms.CharField(
        label=_("Notes"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
    additional = forms.BooleanField(
        label=_("One more, although the customer has an appointment then"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    override_reason = forms.CharField(
        label=_("Exception, because …"),
        required=False,
        max_length=250,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "With a reason the booking notice and the horizon do not hold. It is noted with the "
            "appointment and in the audit trail. Nobody is booked twice by it."
        ),
    )
    walk_in = forms.BooleanField(required=False, widget=forms.HiddenInput)

    wide = ("customer", "notes", "additional", "override_reason")
    field_order = (
        "branch",
        "service",
        "staff",
        "day",
        "time",
        "customer",
        "customer_name",
        "phone",
        "notes",
        "additional",
        "override_reason",
        "walk_in",
    )

    def __init__(self, *args: Any, may_override: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_override:
            del self.fields["override_reason"]
        self._offer("branch", choices_for(Branch, self.request))
        self._offer("service", choices_for(Service, self.request).filter(is_active=True))
        self._offer("staff", choices_for(Staff, self.request).filter(is_active=True))
        self.fields["customer"].queryset = choices_for(Customer, self.request)  # type: ignore[attr-defined]  # a choice of rows

    def _offer(self, name: str, rows: Any) -> None:
        field: Any = self.fields[name]
        field.widget = UnfoldAdminSelect2Widget()
        field.widget.is_required = field.required
        field.queryset = rows

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("customer") or data.get("customer_name") or data.get("walk_in")):
            self.add_error("customer", _("Choose a customer, or enter the name of a new one."))
        branch = data.get("branch")
        if branch is None:
            return data
        data["starts_at"] = self.start_in(branch.zone)
        for name in ("service", "customer"):
            if (row := data.get(name)) and row.company_id != branch.company_id:
                self.add_error(name, _("This belongs to another company than the branch."))
        self._check_staff(branch, data.get("staff"), data.get("service"))
        return data

    def _check_staff(self, branch: Branch, staff: Staff | None, service: Service | None) -> None:
        if staff is None or service is None:
            return
        names = {"staff": staff.name, "service": service.name, "branch": branch.name}
        if staff.branch_id != branch.pk:
            self.add_error("staff", _("%(staff)s does not work at %(branch)s.") % names)
        elif not staff.services.filter(service=service).exists():
            self.add_error("staff", _("%(staff)s does not perform %(service)s.") % names)

    def order(self) -> BookingOrder:
        """Return what was asked for. Only of a valid form."""
        data = self.cleaned_data
        customer = data["customer"]
        nobody = data["walk_in"] and not (customer or data["customer_name"])
        return BookingOrder(
            branch=data["branch"],
            service=data["service"],
            starts_at=data["starts_at"],
            staff_id=data["staff"] and data["staff"].pk,
            customer=customer,
            customer_name=_walk_in_of(data["branch"])
            if nobody
            else data["customer_name"] or (customer.name if customer else ""),
            phone=data["phone"],
            notes=data["notes"],
            additional=data["additional"],
            walk_in=nobody,
            override_reason=data.get("override_reason", "").strip(),
        )


def _walk_in_of(branch: Branch) -> str:
    """Return what a company calls those who walk in: in its language, whoever books."""
    with override(branch.company.locale):
        return gettext("Walk-in")


class MoveForm(StartForm):
    """Where an appointment should go."""

    staff = NamedChoiceField(Staff.objects.none(), label=_("Staff member"), empty_label=None)
    tell = forms.BooleanField(
        label=_("The customer does not know yet: put a call to them on the list of callbacks"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    wide = ("tell",)
    field_order = ("day", "time", "staff", "tell")

    def __init__(self, *args: Any, appointment: Appointment, **kwargs: Any) -> None:
        local = appointment.starts_at.astimezone(appointment.branch.zone)
        kwargs.setdefault(
            "initial",
            {
                "day": local.date().isoformat(),
                "time": f"{local:%H:%M}",
                "staff": appointment.staff_id,
            },
        )
        super().__init__(*args, **kwargs)
        self.appointment = appointment
        field: Any = self.fields["staff"]
        field.widget = UnfoldAdminSelect2Widget()
        field.queryset = Staff.objects.capable_of(
            service_id=appointment.service_id, branch_id=appointment.branch_id
        ).order_by("name", "pk")
        words = _("They do not do this: %(service)s. The list names who does.")
        field.error_messages["invalid_choice"] = words % {"service": appointment.service.name}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["starts_at"] = self.start_in(self.appointment.branch.zone)
        return data
