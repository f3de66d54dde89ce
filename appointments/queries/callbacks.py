"""Which callback a further request belongs to, and who should call."""

from datetime import datetime, timedelta

from django.db.models import Count, Q

from appointments.models import Appointment, Branch, CallbackRequest, Company, Staff

MERGED_WITHIN = timedelta(minutes=30)


def get_open_callback(
    company: Company, *, phone: str, call_id: str, now: datetime
) -> CallbackRequest | None:
    """Return what a further request of this number or call completes, latest first.

    Only within 30 minutes of the first one, and while it is still to be done.
    """
    same = Q(phone=phone) if phone else Q()
    if call_id:
        same |= Q(call_id=call_id)
    if not same:
        return None
    recent = CallbackRequest.objects.filter(
        same, company=company, created_at__gte=now - MERGED_WITHIN
    )
    return recent.still_open().order_by("-created_at", "-pk").first()


def get_open_callback_about(appointment: Appointment) -> CallbackRequest | None:
    """Return the callback about an appointment that is still to be done, however old."""
    about = CallbackRequest.objects.filter(
        company=appointment.company_id, appointment=appointment.pk
    )
    return about.still_open().order_by("pk").first()


def choose_caller(branch: Branch, *, staff_id: int | None, service_id: int | None) -> Staff | None:
    """Return who should call: the one wished for, else whoever has fewest calls to make.

    Among the people of the branch who perform the service; without a service, nobody.
    """
    team = Staff.objects.filter(company=branch.company_id, branch=branch, is_active=True)
    if staff_id and (wished := team.filter(pk=staff_id).first()):
        return wished
    if service_id is None:
        return None
    capable = team.capable_of(service_id=service_id, branch_id=branch.pk)
    to_make = Q(callbacks__status__in=CallbackRequest.STILL_OPEN)
    busy = Count("callbacks", filter=to_make, distinct=True)
    return capable.annotate(busy=busy).order_by("busy", "pk").first()
