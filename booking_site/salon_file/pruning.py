"""What the database has and the file no longer names."""

from booking_site.salon_file.entries import SalonFile
from booking_site.salon_file.rows import Load, leave_or_prune


def prune_entries(salon: SalonFile, *, load: Load) -> None:
    """Leave or prune whole services, staff and branches: whoever depends on others goes first."""
    company = load.company
    sections = (
        ("services", company.services, salon.services),
        ("staff", company.staff, salon.staff),
        ("branches", company.branches, salon.branches),
    )
    for kind, rows, entries in sections:
        if entries is None:
            continue
        surplus = rows.exclude(slug__in=[entry.slug for entry in entries])
        leave_or_prune(surplus.order_by("slug"), kind=kind, load=load, name_of=lambda row: row.slug)
