"""Forms about event maps: entering one, and choosing for whom the missing ones are made."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from appointments.admin.base import NamedChoiceField
from calcom.event_maps.validating import LookedUp, validate
from calcom.models import CalcomEventMap

IDENTIFYING = ("company", "branch", "service", "segment_key", "staff")
NAMING = (*IDENTIFYING, "event_type_id", "child_event_type_id")


class EventMapForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A map for a segment that exists, with an event type that books it.

    Attributes:
        looked_up: what Cal.com says of the event types that were entered, asked beforehand: a
            form is validated within a transaction. None: it was not asked, or did not say.
    """

    looked_up: LookedUp | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        service, key = data.get("service"), data.get("segment_key")
        if service and key:
            keys = [segment.key for segment in service.get_segments() if segment.staff_required]
            if key not in keys:
                self.add_error(
                    "segment_key",
                    _("%(service)s has no hands-on segment %(key)s; it has: %(keys)s.")
                    % {"service": service.name, "key": key, "keys": ", ".join(keys)},
                )
        # What is wrong already must not keep somebody from changing something else.
        if self.looked_up and not self.errors and set(NAMING) & set(self.changed_data):
            self._ask(self.looked_up, data)
        return data

    def _ask(self, looked_up: LookedUp, data: dict[str, Any]) -> None:
        event_map = CalcomEventMap(**{name: data[name] for name in NAMING if name in data})
        try:
            validate(event_map, looked_up)
        except ValidationError as error:
            self.add_error(None, error)


class CompanyForm(forms.Form):
    """Whose missing event maps are made."""

    def __init__(self, *args: Any, companies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"] = NamedChoiceField(
            queryset=companies,
            label=gettext_lazy("Company"),
            widget=UnfoldAdminSelectWidget,
            empty_label=None,
        )
