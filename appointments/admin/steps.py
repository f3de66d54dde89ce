"""What people call the steps of a service: by name, never by the keys that Cal.com is told."""

from django.utils.translation import gettext as _

from appointments.models import Service
from appointments.models.catalogue import GAP_SUFFIX


def step_in_words(key: str, name: str = "", *, is_only: bool = False) -> str:
    """Return what people call a step.

    Args:
        key: what ties it to Cal.com; shown where there is nothing better.
        name: what the salon calls it; "" where nobody gave it a name.
        is_only: whether it is all there is of its service.
    """
    if name:
        return name
    if key.endswith(GAP_SUFFIX):
        return _("waiting time")
    return _("all of it") if is_only else _("part %s") % key


def step_of(service: Service, key: str) -> str:
    """Return what people call a step of a service. One query, unless its segments are read along.

    A recipe may have changed since: then no segment of it has this key any more.
    """
    segments = {segment.key: segment for segment in service.segments.all()}
    name = segments[key].name if key in segments else ""
    return step_in_words(key, name, is_only=segments.keys() == {key})
