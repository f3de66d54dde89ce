"""Telling the subscribers what has happened to a booking."""

from typing import Any

from calcom.simulator.records import Booking
from calcom.simulator.webhooks.payloads import spell_short, tell
from calcom.simulator.webhooks.record import Webhook
from calcom.simulator.world import World


def announce(world: World, trigger: str, booking: Booking, **facts: Any) -> None:
    """Deliver an event to whoever subscribed to it, and come back when that has been tried.

    The real service does this while the request that caused it waits, so a subscriber
    can hear of a booking before its maker does, and can ask the service about it: the
    world's lock is let go of meanwhile. Whoever calls holds it, with no transaction open.
    """
    subscribers = _subscribers(world, trigger, booking)
    if not subscribers:
        return
    told = tell(world.storage, trigger, booking, at=world.clock.now(), facts=facts)
    with world.unlocked():
        for subscriber in subscribers:
            world.post.send(
                subscriber, told, trigger=trigger, uid=booking.uid, about=booking.event_type_id
            )


def announce_created(world: World, booking: Booking) -> None:
    """Tell of a new booking: that it is, or while it waits for a yes, that it is asked for."""
    if booking.status == "pending":
        announce(world, "BOOKING_REQUESTED", booking, metadata={})
    else:
        announce(world, "BOOKING_CREATED", booking)


def announce_moved(world: World, new: Booking, old: Booking) -> None:
    """Tell of a move, in one event: there is no cancellation of the old booking."""
    if new.status == "pending":
        announce(world, "BOOKING_REQUESTED", new, metadata={})
        return
    by = {"rescheduledBy": new.rescheduled_by} if new.rescheduled_by else {}
    announce(
        world,
        "BOOKING_RESCHEDULED",
        new,
        rescheduleId=old.id,
        rescheduleUid=old.uid,
        rescheduleStartTime=spell_short(old.start),
        rescheduleEndTime=spell_short(old.end),
        **by,
    )


def announce_cancelled(
    world: World, booking: Booking, *, reason: str, by: str, request_reschedule: bool = False
) -> None:
    """Tell of a cancellation. It has no metadata, and comes before the booking is changed."""
    announce(
        world,
        "BOOKING_CANCELLED",
        booking,
        cancellationReason=reason,
        **({"cancelledBy": by} if by else {}),
        requestReschedule=request_reschedule,
    )


def _subscribers(world: World, trigger: str, booking: Booking) -> list[Webhook]:
    return [
        webhook
        for webhook in world.storage.webhooks.of_account(booking.account)
        if webhook.active and trigger in webhook.triggers and _concerns(world, webhook, booking)
    ]


def _concerns(world: World, webhook: Webhook, booking: Booking) -> bool:
    """Tell whether a subscriber hears of this booking at all.

    A user's own webhook hears of the bookings that user hosts on personal event types,
    not of a team's; one of a managed event type hears of its children's.
    """
    event_type = world.storage.get_event_type(booking.event_type_id)
    if webhook.event_type_id is not None:
        parent_id = event_type.parent_id if event_type else None
        return webhook.event_type_id in {booking.event_type_id, parent_id}
    if webhook.user_id is not None:
        of_team = event_type is not None and event_type.is_teams
        return webhook.user_id == booking.host_id and not of_team
    return True
