"""What a customer may ask for: to be told what is known of them, and to be forgotten."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant

from appointments import actions
from appointments.admin.acting import ConfirmDialog, action, leave
from appointments.admin.base import CompanyScopedAdmin
from appointments.models import Customer


class PersonalDataAdmin(CompanyScopedAdmin):
    """The two buttons on a customer's page."""

    actions_detail: tuple[str, ...] = ("give_out", "erase")

    def has_give_out_permission(self, request: HttpRequest, _object_id: Any = None) -> bool:
        return request.user.has_perm("appointments.export_customer")

    def has_erase_permission(self, request: HttpRequest, _object_id: Any = None) -> bool:
        return request.user.has_perm("appointments.erase_customer")

    @action(
        description=_("Export personal data (JSON)"),
        icon="download",
        permissions=["give_out"],
        url_path="personal-data",
    )
    def give_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        customer = self._get_customer(request, object_id)
        data = actions.gather_personal_data(customer=customer)
        headers = {"Content-Disposition": f'attachment; filename="customer-{customer.pk}.json"'}
        style = {"ensure_ascii": False, "indent": 2}
        return JsonResponse(data, json_dumps_params=style, headers=headers)

    @action(
        description=_("Erase personal data"),
        icon="person_remove",
        permissions=["erase"],
        url_path="erase",
        variant=ActionVariant.DANGER,
        dialog={
            "title": _("Erase personal data?"),
            "description": _(
                "Name, number, e-mail and notes disappear everywhere, also from calls and "
                "callbacks. Appointments stay for the statistics; those still ahead are cancelled "
                "first, in Cal.com too. What Cal.com keeps of past bookings must be deleted there. "
                "This cannot be undone."
            ),
            "form_class": ConfirmDialog,
            "form_submit_text": _("Erase for good"),
        },
    )
    def erase(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        customer = self._get_customer(request, object_id)
        erased = actions.erase_customer(customer=customer, now=timezone.now())
        text = _("Personal data erased; appointments cancelled: %(count)s.")
        self.message_user(request, text % {"count": erased.cancelled}, messages.SUCCESS)
        return leave(request, reverse("admin:appointments_customer_change", args=[customer.pk]))

    def _get_customer(self, request: HttpRequest, object_id: str) -> Customer:
        customer = self.get_object(request, object_id)
        if customer is None:
            raise Http404
        if not self.has_view_permission(request, customer):
            raise PermissionDenied
        return customer  # type: ignore[no-any-return]  # of this admin's model
