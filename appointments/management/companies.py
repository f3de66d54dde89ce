"""The company a command line names."""

from django.core.management.base import CommandError

from appointments.models import Company


def company_named(slug: str) -> Company:
    """Return the company with this slug.

    Raises:
        CommandError: there is none; says which there are.
    """
    company = Company.objects.filter(slug=slug).first()
    if company is None:
        known = ", ".join(Company.objects.order_by("slug").values_list("slug", flat=True))
        message = f"There is no company {slug}. Known: {known or 'none'}."
        raise CommandError(message)
    return company
