"""What a simulated Cal.com has to hold to serve our companies."""

from typing import Any

from django.urls import reverse

from appointments.models import Company
from calcom.event_maps import with_purpose
from calcom.event_maps.designing import SLOT_INTERVAL_MINUTES, purpose_of
from calcom.models import CalcomEventMap


def seed_of(company: Company, *, site: str = "") -> dict[str, Any]:
    """Return one company's users, event types and key, as the simulator's seed takes them.

    Each company is an account of its own: a key sees nothing of another's. Its key belongs to
    the first of its staff.

    Args:
        company: which one.
        site: the address of a site that is to be told of what happens to its bookings, where
            the company has a secret to sign that with.
    """
    webhook = f"{site}{reverse('calcom-webhook', args=[company.slug])}"
    is_told = site and company.calcom_webhook_secret
    staff = company.staff.exclude(calcom_user_id=None).order_by("pk")
    users = [
        {
            "id": person.calcom_user_id,
            "name": person.name,
            "username": person.slug,
            "email": f"{person.slug}@{company.slug}.invalid",
            "timeZone": company.timezone,
        }
        for person in staff
    ]
    maps = with_purpose(CalcomEventMap.objects.filter(company=company).order_by("pk"))
    return {
        "account": company.slug,
        "users": users,
        "teams": [{"id": company.calcom_team_id}] if company.calcom_team_id else [],
        "event_types": [
            {
                "id": row.bookable_id,
                "title": row.own_title or purpose.title,
                "slug": purpose.slug,
                "lengthInMinutes": purpose.segment.minutes,
                "hosts": [row.staff.calcom_user_id],
                "slotInterval": SLOT_INTERVAL_MINUTES,
                "hidden": row.is_hidden,
                "disableGuests": not row.allows_guests,
            }
            for row in maps
            if (purpose := purpose_of(row)) and row.staff.calcom_user_id is not None
        ],
        "api_keys": {company.calcom_api_key: users[0]["id"]} if users else {},
        "webhooks": [{"subscriberUrl": webhook, "secret": company.calcom_webhook_secret}]
        if is_told
        else [],
    }


def seeds(*, site: str = "") -> list[dict[str, Any]]:
    """Return what every company that syncs needs; `site` as for one of them."""
    companies = Company.objects.exclude(calcom_api_key="").order_by("pk")
    return [seed_of(company, site=site) for company in companies]
