"""The simulator tells its subscribers what happens, as Cal.com does and in its words."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.contract.receiving import SECRET, Receiver, receiving
from tests.contract.simulated import (
    COLOUR,
    CUT,
    CUT_OF_JONAS,
    Salon,
    at,
    attendee,
    message_of,
    simulated_salon,
    utc,
)

COMMON = {
    "bookerUrl",
    "type",
    "title",
    "startTime",
    "endTime",
    "length",
    "eventTypeId",
    "eventTitle",
    "eventDescription",
    "additionalNotes",
    "description",
    "uid",
    "bookingId",
    "status",
    "location",
    "iCalUID",
    "iCalSequence",
    "organizer",
    "attendees",
    "responses",
    "userFieldsResponses",
    "customInputs",
    "price",
    "currency",
    "requiresConfirmation",
    "destinationCalendar",
    "hideCalendarNotes",
    "hideCalendarEventDetails",
    "hideOrganizerEmail",
    "schedulingType",
    "seatsPerTimeSlot",
    "seatsShowAttendees",
    "seatsShowAvailabilityCount",
    "disableRescheduling",
    "disableCancelling",
    "customReplyToEmail",
    "oneTimePassword",
    "hashedLink",
    "appsStatus",
}


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


@pytest.fixture
def receiver(cal) -> Iterator[Receiver]:
    with receiving() as subscriber:
        cal.simulator.seed(webhooks=[{"subscriberUrl": subscriber.url, "secret": SECRET}])
        yield subscriber


def test_a_create_is_told_signed_over_the_exact_bytes(cal, receiver):
    booked = cal.booked("10:00", attendee=attendee(name="Zoë Vogt"), metadata={"source": "voice"})

    (event,) = receiver.events
    assert event.trigger == "BOOKING_CREATED"
    assert event.is_signed_with(SECRET)
    assert not event.is_signed_with("another")
    assert event.version == "2021-10-20"
    assert event.told["createdAt"] == "2030-01-08T06:00:00.000Z"
    assert set(event.payload) == COMMON | {"metadata"}
    assert (event.payload["uid"], event.payload["bookingId"]) == (booked["uid"], booked["id"])
    assert event.payload["status"] == "ACCEPTED"
    assert event.payload["startTime"] == "2030-01-08T09:00:00Z"
    assert (event.payload["type"], event.payload["eventTypeId"]) == ("cut", CUT)
    assert event.payload["metadata"]["source"] == "voice"
    assert event.payload["organizer"]["email"] == "mara@salon.example"
    assert event.payload["organizer"]["utcOffset"] == 60
    (booker,) = event.payload["attendees"]
    assert (booker["firstName"], booker["lastName"]) == ("Zoë", "Vogt")
    assert event.payload["responses"]["name"] == {
        "label": "your_name",
        "value": "Zoë Vogt",
        "isHidden": False,
    }


def test_a_move_is_one_event_that_names_both_uids(cal, receiver):
    old = cal.booked("10:00")
    new = cal.reschedule(old["uid"], "11:00", rescheduledBy="lena@example.com").json()["data"]

    assert receiver.triggers == ["BOOKING_CREATED", "BOOKING_RESCHEDULED"]
    moved = receiver.events[1].payload
    added = {"rescheduleId", "rescheduleUid", "rescheduleStartTime", "rescheduleEndTime"}
    assert set(moved) == COMMON | {"metadata", "rescheduledBy"} | added
    assert (moved["uid"], moved["rescheduleUid"]) == (new["uid"], old["uid"])
    assert moved["rescheduleStartTime"] == "2030-01-08T09:00:00Z"
    assert moved["startTime"] == "2030-01-08T10:00:00Z"
    assert moved["rescheduledBy"] == "lena@example.com"


def test_a_cancellation_spells_its_times_with_an_offset_and_has_no_metadata(cal, receiver):
    uid = cal.booked("10:00", metadata={"source": "voice"})["uid"]
    cal.cancel(uid, cancellationReason="Kundin krank")

    cancelled = receiver.events[1].payload
    added = {"cancellationReason", "cancelledBy", "requestReschedule"}
    assert receiver.triggers[1] == "BOOKING_CANCELLED"
    assert set(cancelled) == COMMON | added
    assert (cancelled["uid"], cancelled["status"]) == (uid, "CANCELLED")
    assert cancelled["startTime"] == "2030-01-08T09:00:00+00:00"
    assert cancelled["cancellationReason"] == "Kundin krank"
    assert cancelled["requestReschedule"] is False
    assert "firstName" not in cancelled["attendees"][0]
    assert cancelled["responses"]["name"]["label"] == "name"


def test_a_subscriber_hears_of_a_booking_before_its_maker_and_may_ask_about_it(cal, receiver):
    asked = []

    def ask(event):
        asked.append(cal.get(event.payload["uid"])["status"])
        asked.append(len(cal.simulator.requests(path="/v2/bookings$", method="POST")))

    receiver.when_told = ask
    cal.booked("10:00")

    (entry,) = cal.simulator.requests(path="/v2/bookings$", method="POST")
    assert asked == ["accepted", 1]
    assert entry["status"] == 201


def test_a_cancellation_is_told_before_it_is_written(cal, receiver):
    uid = cal.booked("10:00")["uid"]
    seen = []
    receiver.when_told = lambda event: seen.append(cal.get(event.payload["uid"])["status"])

    cal.cancel(uid, cancellationReason="x")

    assert (seen, cal.get(uid)["status"]) == (["accepted"], "cancelled")


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_the_subscriber_answers_changes_nothing_and_is_not_tried_again(cal, receiver, status):
    receiver.status = status

    booked = cal.booked("10:00")

    (delivery,) = cal.simulator.deliveries()
    assert len(receiver.events) == 1
    assert delivery["statuses"] == [status]
    assert cal.get(booked["uid"])["status"] == "accepted"


def test_a_subscriber_that_is_gone_is_tried_once(cal):
    cal.simulator.seed(webhooks=[{"subscriberUrl": "http://127.0.0.1:9/nobody"}])

    cal.booked("10:00")

    (delivery,) = cal.simulator.deliveries()
    assert (delivery["state"], delivery["statuses"]) == ("sent", [None])


def test_without_a_secret_the_signature_says_so(cal):
    with receiving() as receiver:
        cal.simulator.seed(webhooks=[{"subscriberUrl": receiver.url}])
        cal.booked("10:00")

    assert receiver.events[0].signature == "no-secret-provided"


def test_only_what_was_subscribed_to_is_told(cal):
    with receiving() as receiver:
        given = {"subscriberUrl": receiver.url, "triggers": ["BOOKING_CANCELLED"]}
        cal.simulator.seed(webhooks=[given])
        uid = cal.booked("10:00")["uid"]
        cal.cancel(uid, cancellationReason="x")
        cal.simulator.seed(webhooks=[given | {"active": False}])
        cal.cancel(cal.booked("10:00")["uid"], cancellationReason="x")

    assert [event.payload["uid"] for event in receiver.events] == [uid]


def test_an_account_hears_nothing_of_another(cal, receiver):
    other = {"id": 8001, "name": "Ida", "api_key": "cal_ida"}
    cut = {"id": 8101, "title": "Cut", "slug": "cut", "lengthInMinutes": 30, "ownerId": 8001}
    cal.simulator.seed(account="other", users=[other], event_types=[cut])

    cal.booked("10:00", 8101, key="cal_ida")

    assert receiver.events == []


def test_refused_creates_are_not_told(cal, receiver):
    cal.booked("10:00")
    cal.book("10:00")

    assert receiver.triggers == ["BOOKING_CREATED"]


def test_what_people_do_in_cal_com_itself_is_told_too(cal, receiver):
    ours = cal.booked("10:00", metadata={"source": "voice"})
    foreign = cal.simulator.add_foreign_booking(CUT, at("12:00"))
    moved = cal.simulator.move_foreign_booking(ours["uid"], at("14:00"))
    cal.simulator.cancel_foreign_booking(moved["uid"])
    cal.simulator.cancel_foreign_booking(foreign["uid"], request_reschedule=True)

    assert receiver.triggers == [
        "BOOKING_CREATED",
        "BOOKING_CREATED",
        "BOOKING_RESCHEDULED",
        "BOOKING_CANCELLED",
        "BOOKING_CANCELLED",
    ]
    _, _, rescheduled, cancelled, requested = (event.payload for event in receiver.events)
    assert (rescheduled["uid"], rescheduled["rescheduleUid"]) == (moved["uid"], ours["uid"])
    assert rescheduled["metadata"]["source"] == "voice"
    assert moved["start"] == utc("14:00")
    assert moved["rescheduledByEmail"] == "mara@salon.example"
    assert (cancelled["requestReschedule"], requested["requestReschedule"]) == (False, True)


def test_meetings_are_told_flat_when_their_time_has_come(cal, receiver):
    booked = cal.booked("10:00")
    gone = cal.booked("11:00")
    cal.cancel(gone["uid"], cancellationReason="x")
    cal.simulator.set_clock(datetime(2030, 1, 8, 9, 30, tzinfo=UTC))
    cal.simulator.set_clock(datetime(2030, 1, 8, 15, tzinfo=UTC))

    started, ended = receiver.events[3:]
    assert (started.trigger, ended.trigger) == ("MEETING_STARTED", "MEETING_ENDED")
    assert "payload" not in started.told
    assert started.told["uid"] == booked["uid"]
    assert started.told["startTime"] == utc("10:00")
    assert started.told["status"] == "ACCEPTED"
    assert started.told["attendees"][0]["email"] == "lena@example.com"


def test_meetings_of_more_than_a_day_ago_are_not_told(cal, receiver):
    cal.booked("10:00")
    cal.simulator.set_clock(datetime(2030, 1, 10, 15, tzinfo=UTC))

    assert receiver.triggers == ["BOOKING_CREATED"]


def test_an_event_can_be_lost(cal, receiver):
    cal.simulator.add_fault("webhook_dropped", trigger="BOOKING_CREATED")
    uid = cal.booked("10:00")["uid"]
    cal.cancel(uid, cancellationReason="x")

    assert receiver.triggers == ["BOOKING_CANCELLED"]
    assert [one["state"] for one in cal.simulator.deliveries(uid=uid)] == ["dropped", "sent"]


def test_an_event_can_come_twice_byte_for_byte(cal, receiver):
    cal.simulator.add_fault("webhook_doubled")
    cal.booked("10:00")
    cal.booked("11:00")

    first, again, other = receiver.events
    assert first == again != other


def test_an_event_can_come_late(cal, receiver):
    cal.simulator.add_fault("webhook_delayed", seconds=0.2)
    cal.booked("10:00")
    cal.booked("11:00")
    assert [event.payload["startTime"] for event in receiver.wait_for(2)] == [
        "2030-01-08T10:00:00Z",
        "2030-01-08T09:00:00Z",
    ]


def test_an_event_can_be_overtaken_by_the_next(cal, receiver):
    cal.simulator.add_fault("webhook_reordered", seconds=60)
    uid = cal.booked("10:00")["uid"]
    assert receiver.events == []
    cal.cancel(uid, cancellationReason="x")

    assert receiver.triggers == ["BOOKING_CANCELLED", "BOOKING_CREATED"]


def test_an_event_nothing_overtakes_still_comes(cal, receiver):
    cal.simulator.add_fault("webhook_reordered", seconds=0.1)
    cal.booked("10:00")

    assert [event.trigger for event in receiver.wait_for(1)] == ["BOOKING_CREATED"]


def test_an_event_may_lack_its_event_type(cal, receiver):
    cal.simulator.add_fault("webhook_without_event_type")
    cal.booked("10:00")

    (event,) = receiver.events
    assert set(event.payload) == COMMON - {"eventTypeId", "type"} | {"metadata"}
    assert event.is_signed_with(SECRET)


def test_held_events_are_delivered_by_hand_in_any_order_and_again(cal, receiver):
    cal.simulator.switch(webhooks_held=True)
    uid = cal.booked("10:00")["uid"]
    cal.cancel(uid, cancellationReason="x")
    created, cancelled = cal.simulator.deliveries(uid=uid)
    assert (receiver.events, created["state"]) == ([], "held")

    cal.simulator.deliver(cancelled["sequence"], created["sequence"], cancelled["sequence"])
    cal.simulator.deliver()

    assert receiver.triggers == ["BOOKING_CANCELLED", "BOOKING_CREATED", "BOOKING_CANCELLED"]


def test_a_lost_answer_is_told_all_the_same(cal, receiver):
    cal.simulator.add_fault("create_then_500")
    cal.book("10:00")

    assert receiver.triggers == ["BOOKING_CREATED"]


def test_a_misplaced_booking_is_told_where_it_is(cal, receiver):
    cal.simulator.add_fault("wrong_start", seconds=900)
    booked = cal.booked("10:00")

    assert booked["start"] == utc("10:15")
    assert receiver.events[0].payload["startTime"] == "2030-01-08T09:15:00Z"


def test_a_users_webhooks_are_kept_changed_and_removed(cal):
    given = {
        "subscriberUrl": "https://salon.example/hooks",
        "triggers": ["BOOKING_CREATED"],
        "active": True,
        "secret": SECRET,
    }
    created = cal.ask("POST", "/v2/webhooks", version=None, json=given)
    again = cal.ask("POST", "/v2/webhooks", version=None, json=given)
    made = created.json()["data"]
    path = f"/v2/webhooks/{made['id']}"
    changed = cal.ask("PATCH", path, version=None, json={"active": False})
    listed = cal.ask("GET", "/v2/webhooks", version=None).json()["data"]
    gone = cal.ask("DELETE", path, version=None)
    missing = cal.ask("GET", path, version=None)

    assert created.status_code == 201
    assert made == given | {
        "id": made["id"],
        "userId": 7001,
        "payloadTemplate": None,
        "version": "2021-10-20",
    }
    assert again.status_code == 409
    assert message_of(again) == "Webhook with this subscriber url already exists for this user"
    assert changed.json()["data"] == made | {"active": False}
    assert listed == [made | {"active": False}]
    assert gone.json()["data"]["id"] == made["id"]
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"subscriberUrl": "salon"}, "subscriberUrl"),
        ({"subscriberUrl": None}, "subscriberUrl"),
        ({"triggers": ["BOOKING.CREATED"]}, "triggers"),
        ({"active": "yes"}, "active"),
        ({"version": "1999-01-01"}, "version"),
    ],
)
def test_a_webhook_is_checked(cal, change, wrong):
    good = {"subscriberUrl": "https://salon.example", "triggers": [], "active": True}

    answer = cal.ask("POST", "/v2/webhooks", version=None, json=good | change)

    assert answer.status_code == 400
    (problem,) = answer.json()["error"]["details"]["errors"]
    assert problem["property"] == wrong


def test_an_own_template_is_not_simulated(cal):
    given = {"subscriberUrl": "https://salon.example", "triggers": [], "active": True}

    answer = cal.ask("POST", "/v2/webhooks", json=given | {"payloadTemplate": "{{title}}"})

    assert answer.status_code == 501


def test_a_users_webhook_hears_of_the_users_own_bookings_only(cal):
    with receiving() as receiver:
        given = {"subscriberUrl": receiver.url, "triggers": ["BOOKING_CREATED"], "active": True}
        assert cal.ask("POST", "/v2/webhooks", json=given).status_code == 201
        of_mara = cal.booked("10:00")
        cal.booked("10:00", CUT_OF_JONAS)

    assert [event.payload["uid"] for event in receiver.events] == [of_mara["uid"]]


def test_an_event_types_webhook_hears_of_that_type_only(cal):
    with receiving() as receiver:
        given = {"subscriberUrl": receiver.url, "triggers": ["BOOKING_CREATED"], "active": True}
        path = f"/v2/event-types/{COLOUR}/webhooks"
        made = cal.ask("POST", path, version=None, json=given)
        again = cal.ask("POST", path, version=None, json=given)
        cal.booked("10:00")
        colour = cal.booked("12:00", COLOUR)
        gone = cal.ask("DELETE", path, version=None)
        cal.booked("14:00", COLOUR)

    assert made.json()["data"]["eventTypeId"] == COLOUR
    assert (
        message_of(again) == "Webhook with this subscriber url already exists for this event type"
    )
    assert gone.json()["data"] == "1 webhooks deleted"
    assert [event.payload["uid"] for event in receiver.events] == [colour["uid"]]
    assert cal.ask("GET", path, version=None).json()["data"] == []


def test_nobody_reads_the_webhook_of_another(cal):
    cal.simulator.seed(api_keys={"cal_jonas": 7002})
    given = {"subscriberUrl": "https://salon.example", "triggers": [], "active": True}
    made = cal.ask("POST", "/v2/webhooks", json=given).json()["data"]

    answer = cal.ask("GET", f"/v2/webhooks/{made['id']}", key="cal_jonas")

    assert answer.status_code == 403
    assert cal.ask("GET", "/v2/webhooks", key="cal_jonas").json()["data"] == []
    assert cal.ask("GET", "/v2/webhooks", key=None).status_code == 401
