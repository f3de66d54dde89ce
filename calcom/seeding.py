"""What a simulated Cal.com has to hold to serve our companies."""

from typing import Any

from appointments.models import Company, ServiceSegment
from calcom.models import CalcomEventMap

SLOT_INTERVAL_MINUTES = 5  # fine enough for a phase at 10:05


def seed_of(company: Company) -> dict[str, Any]:
    """Return one company's users, event types and key, as the simulator's seed takes them.

    Each company is an account of its own: a key sees nothing of another's.
    """
    maps = list(
        CalcomEventMap.objects.filter(company=company)
        .select_related("staff", "service")
        .order_by("pk")
    )
    minutes = {
        (segment.service_id, segment.key): segment.minutes
        for segment in ServiceSegment.objects.filter(service__company=company)
    }
    users = {
        row.staff.calcom_user_id: {
            "id": row.staff.calcom_user_id,
            "name": row.staff.name,
            "username": row.staff.slug,
            "email": f"{row.staff.slug}@{company.slug}.invalid",
            "timeZone": company.timezone,
        }
        for row in maps
        if row.staff.calcom_user_id is not None
    }
    return {
        "account": company.slug,
        "users": list(users.values()),
        "event_types": [
            {
                "id": row.bookable_id,
                "title": f"{row.service.name}: {row.segment_key}",
                "slug": f"{row.service.slug}-{row.segment_key.lower()}-{row.staff.slug}",
                "lengthInMinutes": minutes[row.service_id, row.segment_key],
                "hosts": [row.staff.calcom_user_id],
                "slotInterval": SLOT_INTERVAL_MINUTES,
                "hidden": True,
            }
            for row in maps
            if row.staff.calcom_user_id in users
        ],
        "api_keys": {company.calcom_api_key: next(iter(users))} if users else {},
    }


def seeds() -> list[dict[str, Any]]:
    """Return what every company that syncs needs."""
    companies = Company.objects.exclude(calcom_api_key="").order_by("pk")
    return [seed_of(company) for company in companies]
