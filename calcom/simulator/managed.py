"""Managed event types: the parent is a template, and each of its hosts has a child to book."""

from dataclasses import replace

from calcom.simulator.records import EventType
from calcom.simulator.storage import Storage


def save(storage: Storage, event_type: EventType) -> list[EventType]:
    """Store an event type, and for a managed one what follows from it; return the children.

    A host who is new gets a child with a new id, a host who is gone loses theirs, and all
    of them take over what the parent has become.
    """
    storage.save_event_type(event_type)
    if event_type.scheduling_type != "managed":
        return []
    known = {child.owner_id: child for child in storage.get_children(event_type.id)}
    for owner_id, child in known.items():
        if owner_id not in event_type.hosts:
            storage.delete_event_type(child.id)
    return [_save_child(storage, event_type, host, known.get(host)) for host in event_type.hosts]


def delete(storage: Storage, event_type: EventType) -> None:
    """Remove an event type with its children. Their bookings stay."""
    for child in storage.get_children(event_type.id):
        storage.delete_event_type(child.id)
    storage.delete_event_type(event_type.id)


def _save_child(
    storage: Storage, parent: EventType, host: int, known: EventType | None
) -> EventType:
    child = replace(
        parent,
        id=known.id if known else storage.next_event_type_id(),
        owner_id=host,
        hosts=(host,),
        parent_id=parent.id,
        scheduling_type=None,
        team_id=None,
        assign_all=False,
    )
    storage.save_event_type(child)
    return child
