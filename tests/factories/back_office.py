"""One of everything a back office shows, and forms as a browser would send them."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client

from appointments import actions
from appointments.actions import reviews
from appointments.models import (
    Appointment,
    Branch,
    BusyTime,
    Company,
    FlagSetting,
    ReviewReason,
    SyncStatus,
    User,
)
from calcom.models import CalcomEventMap, OrphanedBooking, SyncState, WebhookDelivery
from features.models import CompanyFlag
from tests.conftest import at, soon
from tests.factories.appointments import CustomerFactory, PhoneNumberFactory
from voice.models import Agent, Call, FunctionCall


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def receptionist(company: Company | None, name: str = "empfang") -> User:
    """Somebody with every permission there is, and a company or none."""
    user = User.objects.create_user(name, is_staff=True, company=company)
    user.user_permissions.set(Permission.objects.all())
    return user


def fill(branch: Branch, *, hour: int = 10) -> Appointment:
    """Give a branch one of everything; return its appointment, which needs a person."""
    company, start = branch.company, at(hour)
    mark = f"{company.name} {hour}"
    staff = branch.staff.order_by("pk").first()
    assert staff is not None
    service = staff.services.order_by("pk").first().service
    customer = CustomerFactory.create(company=company, name=f"Kundin von {mark}")
    order = actions.BookingOrder(
        branch=branch, service=service, starts_at=start, staff_id=staff.pk, customer=customer
    )
    appointment = actions.book(order=order, now=at(12, days=-1), deadline=soon()).appointment
    Appointment.objects.filter(pk=appointment.pk).update(
        sync_status=SyncStatus.FAILED, sync_error=f"409 of {mark}"
    )
    reviews.flag_for_review(
        appointment_id=appointment.pk, reason=ReviewReason.SLOT_CONFLICT, now=at(12, days=-1)
    )
    SyncState.objects.create(
        appointment=appointment, attempted_revision=1, attempts=4, gave_up=True
    )
    BusyTime.objects.create(
        company=company,
        staff=staff,
        starts_at=start + timedelta(days=1),
        ends_at=start + timedelta(days=1, hours=1),
        reason=mark,
    )
    CalcomEventMap.objects.create(
        company=company,
        branch=branch,
        service=service,
        staff=staff,
        segment_key=f"A{hour}",
        event_type_id=4000 + hour,
    )
    OrphanedBooking.objects.create(
        company=company, appointment=appointment, uid=f"bk {mark}", reason="undone"
    )
    WebhookDelivery.objects.create(
        company=company,
        digest=mark,
        trigger="BOOKING_CREATED",
        uid=f"bk {mark}",
        state="failed",
        received_at=start,
    )
    call = Call.objects.create(
        company=company,
        branch=branch,
        call_id=f"call {mark}",
        customer=customer,
        appointment=appointment,
        requires_manual_review=True,
        review_reason=ReviewReason.PROMISED_WITHOUT_APPOINTMENT,
    )
    FunctionCall.objects.create(
        call=call, name="start_booking", arguments={"service": "x"}, started_at=start
    )
    Agent.objects.create(company=company, agent_id=f"agent {mark}")
    PhoneNumberFactory.create(branch=branch)
    flag = CompanyFlag.objects.order_by("name").first()
    FlagSetting.objects.get_or_create(company=company, flag=flag, defaults={"is_on": False})
    return Appointment.objects.get(pk=appointment.pk)


def sent(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    """Return what a browser would post from a page of the admin, with `changes` typed in."""
    context = client.get(address).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    data: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is True:
                data[bound.html_name] = "on"
            elif value is not None and value is not False:
                data[bound.html_name] = list(value) if isinstance(value, set) else value
    return data | changes
