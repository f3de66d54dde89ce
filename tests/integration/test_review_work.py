"""What a person can do about a case of the queue, against a Cal.com that answers over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.db.models.signals import pre_save
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments import actions
from appointments.actions import reviews
from appointments.models import (
    Appointment,
    BusyTime,
    CallbackRequest,
    Company,
    ReviewReason,
    Service,
    Staff,
    Status,
    SyncStatus,
)
from calcom.client import get_client
from calcom.models import CalcomEventMap, OrphanedBooking, SyncState
from calcom.sync.by_hand import adopt_booking
from calcom.sync.due import due_at
from tests.conftest import at
from tests.factories.back_office import client_of, receptionist
from tests.factories.calcom import map_service
from tests.syncing import KEY, Calcom, appoint, state_of, uids_of

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

QUEUE = "admin:appointments_review_changelist"


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.CALCOM_VERIFY_DELAY_SECONDS = 0


def given_up(appointment: Appointment, reason: ReviewReason) -> None:
    """Leave an appointment to a person, as the sync does."""
    SyncState.objects.update_or_create(
        appointment=appointment,
        defaults={"revision": 0, "attempted_revision": appointment.revision, "gave_up": True},
    )
    Appointment.objects.filter(pk=appointment.pk).update(sync_status=SyncStatus.FAILED)
    reviews.flag_for_review(appointment_id=appointment.pk, reason=reason, now=at(10, days=-1))
    appointment.refresh_from_db()


@pytest.fixture
def unsynced(
    calcom: Calcom, cut_maps: dict[str, CalcomEventMap], cut: Service, mara: Staff
) -> Appointment:
    """Ours, at ten, given up: Cal.com holds nothing of it as far as we know."""
    appointment = appoint(cut, mara, at(10))
    given_up(appointment, ReviewReason.RETRIES_EXHAUSTED)
    return appointment


def act(client: Client, appointment: Appointment, name: str, **typed: Any) -> Any:
    address = reverse(f"admin:appointments_review_{name}", args=[appointment.pk])
    return client.post(address, {"_form_submitted": "on"} | typed)


def look(client: Client, appointment: Appointment, **typed: Any) -> Any:
    return client.post(reverse("admin:appointments_review_compare", args=[appointment.pk]), typed)


def adopt(client: Client, appointment: Appointment, uid: str, **typed: Any) -> Any:
    phase = appointment.phases.get()
    return look(client, appointment, adopt=f"{phase.pk}:{uid}", **typed)


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def standings(response: Any) -> list[str]:
    return [str(row["standing"]) for row in response.context["rows"]]


def book_beside(calcom: Calcom, event_map: CalcomEventMap) -> str:
    """Book the stylist of a map at ten, as a stranger would; return the uid."""
    booking = calcom.simulator.add_foreign_booking(event_map.event_type_id, at(10))
    return str(booking["uid"])


# --- Looking ------------------------------------------------------------------------------


def test_calcom_is_asked_only_when_somebody_presses_the_button(desk, appointment, calcom) -> None:
    given_up(appointment, ReviewReason.CALCOM_COLLISION)
    address = reverse("admin:appointments_review_compare", args=[appointment.pk])

    for page in (
        address,
        reverse(QUEUE),
        reverse("admin:appointments_review_change", args=[appointment.pk]),
    ):
        assert desk.get(page).status_code == 200
    assert calcom.sent("/v2/", method="GET") == []

    assert standings(look(desk, appointment)) == ["as it is here"]
    assert len(calcom.lists()) == 1


@pytest.mark.parametrize(
    ("reason", "helps"),
    [
        (ReviewReason.CALCOM_COLLISION, ["move", "cancel-and-call", "resolve"]),
        (
            ReviewReason.SEGMENT_CHANGED_IN_CALCOM,
            ["move", "cancel-and-call", "put-back", "resolve"],
        ),
        (ReviewReason.RETRIES_EXHAUSTED, ["retry", "verify", "resolve"]),
        (ReviewReason.ORPHANED_BOOKING, ["resolve"]),
    ],
)
def test_beside_what_calcom_holds_stands_what_helps_with_the_case(
    desk, appointment, reason, helps
) -> None:
    given_up(appointment, reason)

    acts = look(desk, appointment).context["acts"]

    page = reverse("admin:appointments_review_compare", args=[appointment.pk])
    assert [urljoin(page, address).split("/")[-2] for _title, address in acts] == helps
    for _title, address in acts:
        assert desk.get(urljoin(page, address)).status_code in {200, 302}


def test_what_somebody_may_not_do_is_not_offered_beside_what_calcom_holds(
    salon, appointment
) -> None:
    given_up(appointment, ReviewReason.CALCOM_COLLISION)
    looker = receptionist(salon, "nur schauen")
    looker.user_permissions.set(Permission.objects.filter(codename="view_review"))

    response = client_of(looker).get(
        reverse("admin:appointments_review_compare", args=[appointment.pk])
    )

    assert response.context["acts"] == []


def test_each_phase_is_laid_beside_its_booking(desk, permed, calcom) -> None:
    uids = uids_of(permed)
    calcom.cancel_by_hand(uids["B"])
    calcom.move_by_hand(uids["D"], at(16))
    given_up(permed, ReviewReason.SEGMENT_CHANGED_IN_CALCOM)

    response = look(desk, permed)

    assert standings(response) == [
        "as it is here",
        "cancelled there",
        "as it is here",
        "booked, but not noted here",
    ]
    assert "Kundin krank" in response.content.decode()


def test_when_calcom_does_not_answer_the_page_says_so(desk, appointment, calcom) -> None:
    given_up(appointment, ReviewReason.CALCOM_COLLISION)
    calcom.simulator.add_fault("fail", times=None)

    response = look(desk, appointment)

    assert said(response) == ["Cal.com could not be asked. Nothing was changed."]
    assert response.context["looked"] is False


# --- Verifying and putting back -----------------------------------------------------------


def test_verifying_takes_what_names_the_appointment_and_closes_the_case(
    desk, appointment, calcom
) -> None:
    uid = uids_of(appointment)["A"]
    appointment.phases.update(calcom_booking_uid="")
    given_up(appointment, ReviewReason.RETRIES_EXHAUSTED)

    response = act(desk, appointment, "verify")

    appointment.refresh_from_db()
    assert said(response) == ["Cal.com holds what stands here."]
    assert uids_of(appointment) == {"A": uid}
    assert (appointment.requires_manual_review, appointment.sync_status) == (False, "synced")
    assert calcom.creates() == []


def test_verifying_books_nothing(desk, unsynced, calcom) -> None:
    response = act(desk, unsynced, "verify")

    unsynced.refresh_from_db()
    assert said(response) == ["Cal.com still holds something else than what stands here."]
    assert unsynced.requires_manual_review
    assert calcom.creates() == []


def test_verifying_sees_that_a_noted_booking_was_cancelled_there(desk, appointment, calcom) -> None:
    calcom.cancel_by_hand(uids_of(appointment)["A"])
    given_up(appointment, ReviewReason.RETRIES_EXHAUSTED)

    act(desk, appointment, "verify")

    appointment.refresh_from_db()
    assert appointment.requires_manual_review


def test_nobody_verifies_what_a_worker_is_at(desk, unsynced, calcom) -> None:
    SyncState.objects.update(leased_until=at(13, days=-1), lease_token="worker")

    response = act(desk, unsynced, "verify")

    assert "is being synced right now" in said(response)[0]
    assert state_of(unsynced).lease_token == "worker"
    assert calcom.lists() == []


def test_what_was_changed_there_is_put_back(desk, permed, calcom, now) -> None:
    before, uids = calcom.times(permed), uids_of(permed)
    calcom.cancel_by_hand(uids["B"])
    calcom.move_by_hand(uids["D"], at(16))
    reviews.flag_for_review(
        appointment_id=permed.pk, reason=ReviewReason.SEGMENT_CHANGED_IN_CALCOM, now=now
    )

    response = act(desk, permed, "put_back")
    calcom.sync_to_the_end(permed, now=now)

    assert said(response) == ["Cal.com is being put right; look again in a minute."]
    assert calcom.times(permed) == before
    assert (permed.requires_manual_review, permed.sync_status) == (False, "synced")
    assert not OrphanedBooking.objects.open().exists()


# --- Adopting -----------------------------------------------------------------------------


@pytest.fixture
def foreign(unsynced: Appointment, calcom: Calcom, cut_maps: dict[str, CalcomEventMap]) -> str:
    """A booking at the very time that says nothing of us."""
    return book_beside(calcom, cut_maps["A"])


def test_a_booking_that_names_nobody_is_adopted_once_a_person_confirms_it(
    desk, unsynced, foreign, mara
) -> None:
    BusyTime.objects.create(
        company=unsynced.company,
        staff=mara,
        starts_at=at(10),
        ends_at=at(10, 55),
        source=BusyTime.Source.CALCOM,
        external_uid=foreign,
    )

    unconfirmed = adopt(desk, unsynced, foreign)
    assert uids_of(unsynced) == {"A": ""}
    confirmed = adopt(desk, unsynced, foreign, confirmed="on")

    unsynced.refresh_from_db()
    assert "Confirm that it belongs to this customer." in said(unconfirmed)[0]
    assert "Cal.com holds what stands here." in said(confirmed)
    assert uids_of(unsynced) == {"A": foreign}
    assert (unsynced.requires_manual_review, unsynced.sync_status) == (False, "synced")
    assert not BusyTime.objects.exists()
    assert foreign in LogEntry.objects.latest("pk").get_change_message()


def test_a_booking_that_names_another_appointment_is_never_adopted(
    desk, unsynced, calcom, cut, mara, now
) -> None:
    other = appoint(cut, mara, at(14))
    calcom.sync(other, now=now)
    uid = uids_of(other)["A"]
    other.phases.update(calcom_booking_uid="")
    moved = calcom.move_by_hand(uid, at(10))["uid"]

    response = adopt(desk, unsynced, moved, confirmed="on")

    assert said(response)[0] == "This booking cannot be adopted any more. Look again."
    assert uids_of(unsynced) == {"A": ""}


def test_another_stylists_booking_at_the_same_time_is_not_adopted(
    desk, unsynced, calcom, cut, jonas
) -> None:
    theirs = map_service(cut, jonas)["A"]
    calcom.seed()
    uid = book_beside(calcom, theirs)

    response = adopt(desk, unsynced, uid, confirmed="on")

    assert said(response)[0] == "This booking cannot be adopted any more. Look again."
    assert uids_of(unsynced) == {"A": ""}


def test_whoever_may_only_look_adopts_nothing(salon, unsynced, foreign) -> None:
    user = receptionist(salon, "leserin")
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))

    looked = look(client_of(user), unsynced)
    refused = adopt(client_of(user), unsynced, foreign, confirmed="on")

    assert (looked.status_code, refused.status_code) == (200, 403)
    assert 'name="adopt"' not in looked.content.decode()
    assert uids_of(unsynced) == {"A": ""}


def test_a_booking_is_adopted_by_nobody_else_of_another_company(salon, unsynced, foreign) -> None:
    theirs = Company.objects.exclude(pk=salon.pk).get()
    client = client_of(receptionist(theirs, "zwei"))

    assert adopt(client, unsynced, foreign, confirmed="on").status_code == 404
    assert [
        act(client, unsynced, name, note="x").status_code
        for name in ("verify", "put_back", "create_map", "cancel_and_call", "retry", "resolve")
    ] == [404] * 6
    unsynced.refresh_from_db()
    assert (uids_of(unsynced), unsynced.status) == ({"A": ""}, Status.CONFIRMED)


def test_calcom_is_not_asked_within_a_transaction(
    unsynced, foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths = []
    outside = len(connection.savepoint_ids)
    client = type(get_client(api_key=KEY))
    ask = client.list_bookings

    def watch(self: Any, window: Any) -> Any:
        depths.append(len(connection.savepoint_ids))
        return ask(self, window)

    monkeypatch.setattr("calcom.sync.beside.at_once", _in_this_thread)
    monkeypatch.setattr(client, "list_bookings", watch)
    adopt_booking(
        unsynced,
        phase_id=unsynced.phases.get().pk,
        uid=foreign,
        confirmed=True,
        now=at(12, days=-1),
    )

    assert depths == [outside]


def _in_this_thread(calls: Any, *, within_seconds: float) -> Any:
    return [(key, call()) for key, call in calls.items()]


# --- With the customer --------------------------------------------------------------------


def test_an_appointment_is_cancelled_and_its_customer_called_back(desk, appointment) -> None:
    given_up(appointment, ReviewReason.RETRIES_EXHAUSTED)

    response = act(desk, appointment, "cancel_and_call", reason="Mara ist krank")

    appointment.refresh_from_db()
    callback = CallbackRequest.objects.get()
    assert response.url == reverse("admin:appointments_callbackrequest_changelist")
    assert said(response)[0] == (
        "The appointment is cancelled. Its customer is now among the callbacks."
    )
    assert (appointment.status, appointment.cancel_reason) == (Status.CANCELLED, "Mara ist krank")
    assert (appointment.requires_manual_review, appointment.review_resolved_by.username) == (
        False,
        "empfang",
    )
    assert (callback.appointment, callback.phone, callback.assigned_to) == (
        appointment,
        appointment.customer.phone,
        appointment.staff,
    )


@contextmanager
def crashing_before(model: Any) -> Iterator[None]:
    """Let the process end, as it were, when the first row of a model is about to be written."""

    def crash(**_: Any) -> None:
        msg = "the power went off"
        raise RuntimeError(msg)

    pre_save.connect(crash, sender=model)
    try:
        with pytest.raises(RuntimeError, match="the power went off"):
            yield
    finally:
        pre_save.disconnect(crash, sender=model)


def test_an_appointment_is_not_cancelled_without_the_promised_call(desk, appointment) -> None:
    given_up(appointment, ReviewReason.RETRIES_EXHAUSTED)

    with crashing_before(CallbackRequest):
        act(desk, appointment, "cancel_and_call", reason="Mara ist krank")

    appointment.refresh_from_db()
    assert (appointment.status, appointment.requires_manual_review) == (Status.CONFIRMED, True)
    assert appointment.phases.filter(released_at=None).exists()


def test_nobody_is_called_about_a_cancellation_that_did_not_happen(desk, appointment, now) -> None:
    given_up(appointment, ReviewReason.RETRIES_EXHAUSTED)
    order = reviews.callback_about(appointment, ReviewReason.RETRIES_EXHAUSTED)
    assert actions.cancel(appointment=appointment, now=now)

    assert not actions.cancel(appointment=appointment, now=now, callback=order)

    assert not CallbackRequest.objects.exists()


def test_a_collision_stands_beside_what_was_open_before(desk, unsynced, now) -> None:
    reviews.flag_for_review(
        appointment_id=unsynced.pk, reason=ReviewReason.CALCOM_COLLISION, now=now
    )

    unsynced.refresh_from_db()
    assert unsynced.review_reasons == ["retries_exhausted", "calcom_collision"]
    for address in (
        reverse(QUEUE),
        reverse("admin:appointments_review_change", args=[unsynced.pk]),
        reverse("admin:appointments_review_compare", args=[unsynced.pk]),
    ):
        html = desk.get(address).content.decode()
        assert "Cal.com did not answer" in html
        assert "change in Cal.com collides" in html


def test_a_case_is_found_by_each_of_its_reasons(desk, unsynced, cut, mara, now) -> None:
    appointment = appoint(cut, mara, at(14))
    given_up(appointment, ReviewReason.SLOT_CONFLICT)
    reviews.flag_for_review(
        appointment_id=unsynced.pk, reason=ReviewReason.CALCOM_COLLISION, now=now
    )

    found = {
        reason: [
            row.pk
            for row in desk.get(f"{reverse(QUEUE)}?reason={reason}").context["cl"].result_list
        ]
        for reason in ("retries_exhausted", "calcom_collision", "slot_conflict")
    }

    assert found == {
        "retries_exhausted": [unsynced.pk],
        "calcom_collision": [unsynced.pk],
        "slot_conflict": [appointment.pk],
    }


def test_a_sync_that_works_at_last_leaves_the_collision_to_a_person(
    desk, unsynced, calcom, now
) -> None:
    reviews.flag_for_review(
        appointment_id=unsynced.pk, reason=ReviewReason.CALCOM_COLLISION, now=now
    )

    act(desk, unsynced, "retry")
    calcom.sync_to_the_end(unsynced, now=now)

    unsynced.refresh_from_db()
    assert unsynced.sync_status == SyncStatus.SYNCED
    assert unsynced.requires_manual_review
    assert unsynced.review_reasons == ["calcom_collision"]


def test_a_later_word_of_the_sync_replaces_its_earlier_one_and_nothing_else(unsynced, now) -> None:
    for reason in ("calcom_collision", "slot_conflict", "calcom_collision", "partial_booking"):
        reviews.flag_for_review(appointment_id=unsynced.pk, reason=ReviewReason(reason), now=now)

    unsynced.refresh_from_db()
    assert unsynced.review_reasons == ["partial_booking", "calcom_collision"]


def test_a_case_that_comes_back_has_forgotten_what_was_resolved(unsynced, now, salon) -> None:
    reviews.flag_for_review(
        appointment_id=unsynced.pk, reason=ReviewReason.CALCOM_COLLISION, now=now
    )
    reviews.resolve_review(
        appointment_id=unsynced.pk, by=receptionist(salon, "zweite"), note="Geklärt", now=now
    )

    reviews.flag_for_review(appointment_id=unsynced.pk, reason=ReviewReason.SLOT_CONFLICT, now=now)

    unsynced.refresh_from_db()
    assert unsynced.review_reasons == ["slot_conflict"]


def test_event_maps_made_since_start_no_sync_over_what_a_person_must_decide(
    unsynced, calcom, now
) -> None:
    """What was changed in Cal.com would be put back before anybody has looked."""
    given_up(unsynced, ReviewReason.EVENT_MAP_BROKEN)
    assert due_at(unsynced.pk) is not None

    reviews.flag_for_review(
        appointment_id=unsynced.pk, reason=ReviewReason.CALCOM_COLLISION, now=now
    )

    assert due_at(unsynced.pk) is None


def test_whoever_may_not_note_callbacks_does_not_cancel_and_call(salon, appointment) -> None:
    given_up(appointment, ReviewReason.RETRIES_EXHAUSTED)
    user = receptionist(salon, "ohne")
    user.user_permissions.remove(Permission.objects.get(codename="add_callbackrequest"))

    response = act(client_of(user), appointment, "cancel_and_call", reason="x")

    appointment.refresh_from_db()
    assert response.status_code == 403
    assert appointment.status == Status.CONFIRMED


# --- Missing maps -------------------------------------------------------------------------


def test_what_is_missing_is_made_from_the_case_and_the_sync_restarts(
    desk, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    calcom.seed_people()
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    assert appointment.review_reason == ReviewReason.MISSING_EVENT_MAP

    response = act(desk, appointment, "create_map")
    calcom.sync_to_the_end(appointment, now=now)

    assert said(response) == ["All event maps work by now; the sync starts by itself."]
    assert (appointment.sync_status, appointment.requires_manual_review) == ("synced", False)
    assert CalcomEventMap.objects.count() == 1


def test_what_holds_up_several_parts_is_told_once(
    desk, perm: Service, mara: Staff, calcom: Calcom, now
) -> None:
    appointment = appoint(perm, mara, at(10))
    calcom.sync(appointment, now=now)

    problems = said(act(desk, appointment, "create_map"))

    assert len(problems) == 1
    assert problems[0][0].isupper()


# --- The queue ----------------------------------------------------------------------------


def test_an_empty_queue_says_what_that_means(desk) -> None:
    html = desk.get(reverse(QUEUE)).content.decode()

    assert "Nothing to review" in html
    desk.cookies["django_language"] = "de"
    assert "Nichts zu prüfen" in desk.get(reverse(QUEUE)).content.decode()


def test_a_case_shows_since_when_it_waits_and_keeps_that_when_flagged_again(desk, unsynced) -> None:
    reviews.flag_for_review(
        appointment_id=unsynced.pk, reason=ReviewReason.SLOT_CONFLICT, now=at(11, days=-1)
    )

    assert "2 hours ago" in desk.get(reverse(QUEUE)).content.decode()
    unsynced.refresh_from_db()
    assert unsynced.review_since == at(10, days=-1)


def test_a_case_that_comes_back_waits_anew(unsynced) -> None:
    Appointment.objects.update(requires_manual_review=False)

    reviews.flag_for_review(
        appointment_id=unsynced.pk, reason=ReviewReason.SLOT_CONFLICT, now=at(11, days=-1)
    )

    unsynced.refresh_from_db()
    assert unsynced.review_since == at(11, days=-1)


def test_both_halves_of_the_queue_lead_to_each_other(desk, unsynced) -> None:
    calls = reverse("admin:voice_call_changelist") + "?requires_manual_review__exact=1"

    assert calls.replace("&", "&amp;") in desk.get(reverse(QUEUE)).content.decode()
    assert f'href="{reverse(QUEUE)}?"' in desk.get(calls).content.decode()


def test_the_menu_marks_only_where_one_is(desk, unsynced) -> None:
    menu = desk.get(reverse(QUEUE)).context["sidebar_navigation"]

    chosen = [str(item["link"]) for group in menu for item in group["items"] if item["active"]]
    assert chosen == [reverse(QUEUE)]


def test_looking_asks_the_database_the_same_of_one_phase_and_of_four(
    desk, appointment, calcom, perm, mara, now
) -> None:
    map_service(perm, mara)
    calcom.seed()
    permed = appoint(perm, mara, at(12))
    calcom.sync(permed, now=now)
    for row in (appointment, permed):
        given_up(row, ReviewReason.CALCOM_COLLISION)

    counts = []
    for row in (appointment, appointment, permed):
        with CaptureQueriesContext(connection) as queries:
            look(desk, row)
        counts.append(len(queries))

    assert counts[1] == counts[2]


# --- Callbacks ----------------------------------------------------------------------------


@pytest.fixture
def callback(unsynced: Appointment) -> CallbackRequest:
    order = reviews.callback_about(unsynced, ReviewReason.RETRIES_EXHAUSTED)
    return actions.request_callback(order=order, now=at(10, days=-1))


def act_on(client: Client, callback: CallbackRequest, name: str, **typed: Any) -> Any:
    address = reverse(f"admin:appointments_callbackrequest_{name}", args=[callback.pk])
    return client.post(address, {"_form_submitted": "on"} | typed)


def test_what_was_wanted_is_in_the_booking_form(desk, callback, unsynced) -> None:
    form = desk.get(act_on(desk, callback, "book").url).context["form"]

    known = {name: form[name].value() for name in ("branch", "service", "staff", "customer")}
    assert known == {
        "branch": str(unsynced.branch_id),
        "service": str(unsynced.service_id),
        "staff": str(unsynced.staff_id),
        "customer": str(unsynced.customer_id),
    }


def test_of_a_stranger_name_number_and_the_service_named_are_in_it(desk, salon, cut) -> None:
    callback = CallbackRequest.objects.create(
        company=salon,
        branch=cut.staff_services.get().staff.branch,
        name="Tom",
        phone="+4915123456789",
        reason="wish",
        wish="Ein Herrenhaarschnitt am Freitag",
        due_at=at(10),
    )

    form = desk.get(act_on(desk, callback, "book").url).context["form"]

    assert (form["customer_name"].value(), form["phone"].value(), form["service"].value()) == (
        "Tom",
        "+4915123456789",
        str(cut.pk),
    )


def test_a_callback_is_done_handed_on_and_not_reached_from_its_row(desk, callback, jonas) -> None:
    act_on(desk, callback, "unreached")
    act_on(desk, callback, "assign", staff=jonas.pk)
    callback.refresh_from_db()
    assert (callback.failed_attempts, callback.assigned_to, callback.status) == (
        1,
        jonas,
        "assigned",
    )

    act_on(desk, callback, "done")
    act_on(desk, callback, "assign", staff=callback.appointment.staff_id)
    callback.refresh_from_db()
    assert (callback.status, callback.assigned_to) == ("done", jonas)


def test_callbacks_are_handed_on_together_and_to_nobody_of_another_company(
    desk, callback, jonas, salon
) -> None:
    address = reverse("admin:appointments_callbackrequest_changelist")
    chosen = {"action": "assign_selected", "_selected_action": [callback.pk]}
    zoe = Company.objects.exclude(pk=salon.pk).get().staff.get()

    asked = desk.post(address, chosen)
    desk.post(address, chosen | {"confirmed": "yes", "staff": zoe.pk})
    callback.refresh_from_db()
    assert "Zoe" not in asked.content.decode()
    assert callback.assigned_to != zoe
    desk.post(address, chosen | {"confirmed": "yes", "staff": jonas.pk})

    callback.refresh_from_db()
    assert callback.assigned_to == jonas


def test_nothing_is_done_to_another_companys_callback(salon, callback) -> None:
    theirs = Company.objects.exclude(pk=salon.pk).get()
    client = client_of(receptionist(theirs, "zwei"))

    statuses = {
        act_on(client, callback, name).status_code
        for name in ("book", "done", "unreached", "assign")
    }

    callback.refresh_from_db()
    assert statuses == {404}
    assert (callback.status, callback.failed_attempts) == ("assigned", 0)


def test_an_empty_list_of_callbacks_says_what_that_means(desk) -> None:
    html = desk.get(reverse("admin:appointments_callbackrequest_changelist")).content.decode()

    assert "Nobody to call back" in html
