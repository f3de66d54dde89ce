"""Personal event types: /v2/event-types, version 2024-06-14."""

from calcom.simulator import event_type_inputs as inputs
from calcom.simulator import event_type_output as output
from calcom.simulator import managed
from calcom.simulator.answers import Answer, not_simulated, refused, success
from calcom.simulator.call import Call
from calcom.simulator.records import EventType
from calcom.simulator.storage import Storage


def list_event_types(call: Call) -> Answer:
    """List a user's public ones by name, else the caller's own, managed children among them."""
    query = call.request.query
    if "usernames" in query:
        raise not_simulated(what="a dynamic event type of several `usernames`")
    found = _get_of_username(call) if "username" in query else _get_own(call)
    if query.get("sortCreatedAt") == "desc":
        found.reverse()
    return success([output.show(call.world.storage, event_type) for event_type in found])


def get_event_type(call: Call) -> Answer:
    return success(output.show(call.world.storage, find_own(call)))


def create_event_type(call: Call) -> Answer:
    """POST /v2/event-types: a personal type of the key's owner, bookable on 120 minutes' notice."""
    body = call.request.json()
    inputs.check(body, whole=True)
    storage, owner = call.world.storage, call.owner
    made = inputs.blank(
        id=storage.next_event_type_id(),
        account=owner.account,
        owner_id=owner.id,
        hosts=(owner.id,),
    )
    made = inputs.apply(made, body)
    _require_free_slug(storage, made)
    storage.save_event_type(made)
    return success(output.show(storage, made), status=201)


def change_event_type(call: Call) -> Answer:
    body = call.request.json()
    inputs.check(body, whole=False)
    changed = inputs.apply(find_own(call), body)
    _require_free_slug(call.world.storage, changed)
    managed.save(call.world.storage, changed)
    return success(output.show(call.world.storage, changed))


def delete_event_type(call: Call) -> Answer:
    gone = find_own(call)
    managed.delete(call.world.storage, gone)
    return success(show_deleted(gone))


def show_deleted(gone: EventType) -> dict[str, object]:
    return {
        "id": gone.id,
        "lengthInMinutes": gone.length,
        "slug": gone.slug,
        "title": gone.title,
    }


def find_own(call: Call) -> EventType:
    """Return the event type in the path, which the caller may manage."""
    event_type_id = int(call.parameters["id"])
    account = call.owner.account
    found = call.world.storage.get_event_type(event_type_id)
    if found is None or found.account != account:
        raise refused(404, f"Event type with id {event_type_id} not found")
    return found


def _get_own(call: Call) -> list[EventType]:
    return call.world.storage.get_event_types_of_owner(call.caller.id) if call.caller else []


def _get_of_username(call: Call) -> list[EventType]:
    query = call.request.query
    user = call.world.storage.get_user_by_username(query["username"])
    if user is None:
        return []
    found = call.world.storage.get_event_types_of_owner(user.id, query.get("eventSlug"))
    if call.may_manage(user.account):
        return found
    return [event_type for event_type in found if not event_type.hidden]


def _require_free_slug(storage: Storage, event_type: EventType) -> None:
    if event_type.owner_id is None:
        return
    for other in storage.get_event_types_of_owner(event_type.owner_id, event_type.slug):
        if other.id != event_type.id:
            raise refused(400, "User already has an event type with this slug.")
