"""Rows of `calcom`, without surprises."""

import factory
from factory.django import DjangoModelFactory

from appointments.models import Service, Staff
from calcom.models import CalcomEventMap


class CalcomEventMapFactory(DjangoModelFactory):
    """The map of one segment; names `service`, `staff` and `segment_key`."""

    class Meta:
        model = CalcomEventMap

    company = factory.SelfAttribute("staff.company")
    branch = factory.SelfAttribute("staff.branch")
    segment_key = "A"
    event_type_id = factory.Sequence(lambda n: 3001 + n)


def map_service(service: Service, staff: Staff, *, but: str = "") -> dict[str, CalcomEventMap]:
    """Map every hands-on segment of a service with one staff member, `but` one; by key."""
    return {
        segment.key: CalcomEventMapFactory.create(
            service=service, staff=staff, segment_key=segment.key
        )
        for segment in service.get_segments()
        if segment.staff_required and segment.key != but
    }
