"""What a receptionist, a manager and ops may do. Of their own company only, whatever it is.

The groups are as this page says: every `migrate` makes them so again. Whoever needs another
mixture makes a group of their own beside them.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.utils.translation import gettext_noop

LOOK = frozenset({"view"})
EDIT = frozenset({"view", "change"})
WRITE = frozenset({"view", "add", "change"})
ALL = frozenset({"view", "add", "change", "delete"})

Powers = dict[str, frozenset[str]]

RECEPTIONIST: Powers = {
    "appointments.appointment": WRITE,
    "appointments.customer": WRITE,
    "appointments.callbackrequest": WRITE,
    "appointments.review": EDIT,
    "appointments.busytime": ALL,
    "appointments.staff": LOOK,
    "appointments.service": LOOK,
    "appointments.branch": LOOK,
    "appointments.openinghours": LOOK,
    "appointments.closure": LOOK,
    "appointments.workinghours": LOOK,
    "appointments.timeoff": LOOK,
    "appointments.servicesegment": LOOK,
    "appointments.servicesynonym": LOOK,
    "voice.call": EDIT,
}
MANAGER: Powers = RECEPTIONIST | {
    "appointments.appointment": WRITE | {"export", "override"},
    "appointments.customer": WRITE | {"export", "erase"},
    "appointments.staff": ALL,
    "appointments.service": ALL,
    "appointments.branch": WRITE,
    "appointments.openinghours": ALL,
    "appointments.closure": ALL,
    "appointments.phonenumber": LOOK,
    "appointments.workinghours": ALL,
    "appointments.timeoff": ALL,
    "appointments.servicesegment": ALL,
    "appointments.servicesynonym": ALL,
    "appointments.company": LOOK,
    "appointments.auditentry": LOOK,
    "appointments.user": WRITE,  # of no more than their own powers: booking_site.admin.users
    "calcom.calcomeventmap": ALL,
}
OPS: Powers = MANAGER | {
    "appointments.company": EDIT,
    "appointments.flagsetting": ALL,
    "appointments.phonenumber": ALL,
    "calcom.syncstate": LOOK,
    "calcom.orphanedbooking": LOOK,
    "calcom.webhookdelivery": LOOK,
    "voice.agent": ALL,
    "axes.accessattempt": EDIT,
}
# The names are words of the catalogue.
ROLES: Mapping[str, Powers] = {
    gettext_noop("receptionist"): RECEPTIONIST,
    gettext_noop("manager"): MANAGER,
    gettext_noop("ops"): OPS,
}


def put_up_roles(**_: Any) -> None:
    """Make the groups, and give each exactly what its role may do."""
    for name, powers in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(_permissions(powers))


def _permissions(powers: Powers) -> Any:
    wanted = Q(pk=None)
    for label, verbs in powers.items():
        app, model = label.split(".")
        codenames = [f"{verb}_{model}" for verb in verbs]
        wanted |= Q(content_type__app_label=app, codename__in=codenames)
    return Permission.objects.filter(wanted)
