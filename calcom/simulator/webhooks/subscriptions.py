"""Managing subscriptions: /v2/webhooks of a user, and those of one event type."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from calcom.simulator.answers import Answer, RefusedError, not_simulated, refused, success
from calcom.simulator.call import Call
from calcom.simulator.event_types import find_own
from calcom.simulator.teams import require_admin
from calcom.simulator.validation import (
    BOOLEAN,
    STRING,
    Field,
    Rule,
    enumerate_problems,
    find_problems,
    one_of,
    read_page,
)
from calcom.simulator.webhooks.record import TOLD, VERSIONS, Webhook

# Can be subscribed to, and never happens here.
SILENT = (
    "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",
    "FORM_SUBMITTED",
    "FORM_SUBMITTED_NO_EVENT",
    "ROUTING_FORM_FALLBACK_HIT",
    "RECORDING_READY",
    "RECORDING_TRANSCRIPTION_GENERATED",
    "INSTANT_MEETING",
    "OOO_CREATED",
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
    "WRONG_ASSIGNMENT_REPORT",
)
TRIGGERS = (*TOLD, *SILENT)


def _is_url(value: object) -> bool:
    if not isinstance(value, str):
        return False
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


ARE_TRIGGERS = Rule(
    "isIn",
    "each value in {} must be one of the following values: " + ", ".join(TRIGGERS),
    lambda value: isinstance(value, list) and all(item in TRIGGERS for item in value),
)
URL = Rule("isUrl", "{} must be a URL address", _is_url)


def list_webhooks(call: Call) -> Answer:
    take, skip = read_page(call.request.query)
    return success([show(webhook) for webhook in _of_place(call)[skip : skip + take]])


def create_webhook(call: Call) -> Answer:
    """Subscribe an address. The same one twice in one place is a 409."""
    body, storage = call.request.json(), call.world.storage
    user_id, event_type_id = _place(call)
    check(body, whole=True)
    if any(webhook.url == body["subscriberUrl"] for webhook in _of_place(call)):
        where = "user" if event_type_id is None else "event type"
        raise refused(409, f"Webhook with this subscriber url already exists for this {where}")
    blank = Webhook(
        id=storage.webhooks.next_id(),
        account=call.owner.account,
        url="",
        triggers=(),
        user_id=user_id,
        event_type_id=event_type_id,
    )
    made = apply(blank, body)
    storage.webhooks.save(made)
    return success(show(made), status=201)


def get_webhook(call: Call) -> Answer:
    return success(show(_find(call)))


def change_webhook(call: Call) -> Answer:
    body = call.request.json()
    check(body, whole=False)
    changed = apply(_find(call), body)
    call.world.storage.webhooks.save(changed)
    return success(show(changed))


def delete_webhook(call: Call) -> Answer:
    gone = _find(call)
    call.world.storage.webhooks.delete(gone.id)
    return success(show(gone))


def delete_webhooks(call: Call) -> Answer:
    """Remove all of an event type's; the service has no such route for a user's."""
    gone = _of_place(call)
    for webhook in gone:
        call.world.storage.webhooks.delete(webhook.id)
    return success(f"{len(gone)} webhooks deleted")


def check(given: Mapping[str, Any], *, whole: bool) -> None:
    """Check an input.

    Raises:
        RefusedError: 400 with the list of problems, or 501 for a template of one's own.
    """
    fields = (
        Field("subscriberUrl", (STRING, URL), required=whole),
        Field("triggers", (ARE_TRIGGERS,), required=whole),
        Field("active", (BOOLEAN,), required=whole),
        Field("secret", (STRING,)),
        Field("version", (one_of(*VERSIONS),)),
    )
    if problems := find_problems(given, fields, forbid_unknown=False):
        raise enumerate_problems(problems)
    if given.get("payloadTemplate"):
        raise not_simulated(what="`payloadTemplate` of a webhook")


def apply(webhook: Webhook, given: Mapping[str, Any]) -> Webhook:
    names = {
        "subscriberUrl": "url",
        "triggers": "triggers",
        "active": "active",
        "secret": "secret",
        "version": "version",
    }
    changes = {ours: given[theirs] for theirs, ours in names.items() if theirs in given}
    if "triggers" in changes:
        changes["triggers"] = tuple(changes["triggers"])
    return replace(webhook, **changes)


def show(webhook: Webhook) -> dict[str, object]:
    """Spell a webhook as the service does, its secret included."""
    whose: dict[str, object] = {"userId": webhook.user_id}
    if webhook.event_type_id is not None:
        whose = {"eventTypeId": webhook.event_type_id}
    return {
        "id": webhook.public_id,
        **whose,
        "subscriberUrl": webhook.url,
        "active": webhook.active,
        "triggers": list(webhook.triggers),
        "payloadTemplate": None,
        "secret": webhook.secret,
        "version": webhook.version,
    }


def _place(call: Call) -> tuple[int | None, int | None]:
    """Return the user or the event type that the path speaks of."""
    if "team" in call.parameters:
        require_admin(call)
    if "id" in call.parameters:
        return None, find_own(call).id
    return call.owner.id, None


def _of_place(call: Call) -> list[Webhook]:
    place = _place(call)
    return [
        webhook
        for webhook in call.world.storage.webhooks.of_account(call.owner.account)
        if (webhook.user_id, webhook.event_type_id) == place
    ]


def _find(call: Call) -> Webhook:
    wanted = call.parameters["webhook"]
    for webhook in call.world.storage.webhooks.all():
        if webhook.public_id == wanted:
            return _require_own(call, webhook)
    raise refused(404, f"Webhook ({wanted}) not found")


def _require_own(call: Call, webhook: Webhook) -> Webhook:
    if webhook in _of_place(call):
        return webhook
    raise _not_own(call, webhook)


def _not_own(call: Call, webhook: Webhook) -> RefusedError:
    return refused(
        403,
        f"IsUserWebhookGuard - user with id=({call.owner.id}) is not the owner of webhook with "
        f"id=({webhook.public_id})",
    )
