"""What is done in the back office all day: booking, moving, ending, reviewing."""

import pytest
import time_machine
from django.urls import reverse

from appointments import actions
from appointments.admin.refusals import EXPLANATIONS
from appointments.admin.reviews import WHAT_TO_DO
from appointments.errors import AppointmentError
from appointments.models import (
    Appointment,
    Branch,
    CallbackRequest,
    ReviewReason,
    Service,
    Source,
    Status,
    SyncStatus,
)
from calcom.models import SyncState
from tests.conftest import at, soon
from tests.factories.appointments import CustomerFactory, StaffFactory
from tests.factories.back_office import fill, sent
from voice.models import Call

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

ADD = "admin:appointments_appointment_add"


@pytest.fixture
def case(cut: Service, branch: Branch) -> Appointment:
    return fill(branch)


def wish(branch: Branch, service: Service, **changes: object) -> dict[str, object]:
    return {
        "branch": branch.pk,
        "service": service.pk,
        "staff": "",
        "day": "2030-01-08",
        "time": "10:00",
        "customer_name": "Lena Vogt",
        "phone": "0151 23456789",
    } | changes


def errors_of(response) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


# --- Appointments -------------------------------------------------------------------------


def test_an_appointment_is_booked_through_the_form(desk, branch, perm, mara):
    response = desk.post(reverse(ADD), wish(branch, perm, staff=mara.pk))

    appointment = Appointment.objects.get()
    assert response.url == reverse("admin:appointments_appointment_change", args=[appointment.pk])
    assert (appointment.starts_at, appointment.staff, appointment.source) == (
        at(10),
        mara,
        Source.STAFF,
    )
    assert appointment.phases.count() == 6
    assert appointment.customer.phone == "+4915123456789"


def test_a_known_customer_is_chosen(desk, branch, cut):
    lena = CustomerFactory.create(company=branch.company)

    desk.post(reverse(ADD), wish(branch, cut, customer=lena.pk, customer_name="", phone=""))

    assert Appointment.objects.get().customer == lena


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"time": "07:00"}, "time", "closed"),
        ({"day": "2030-01-06"}, "time", "passed"),
        ({"day": "2030-08-06"}, "day", "at most 60 days"),
        ({"customer_name": "", "phone": ""}, "customer", "name of a new one"),
        ({"phone": "keine"}, "phone", "0151 23456789"),
        ({"day": "", "time": ""}, "day", "required"),
    ],
)
def test_a_refusal_is_shown_beside_the_field(desk, branch, cut, changes, field, words):
    response = desk.post(reverse(ADD), wish(branch, cut, **changes))

    assert words in str(errors_of(response)[field])
    assert not Appointment.objects.exists()


def test_a_taken_time_is_refused_in_german_too(desk, branch, cut):
    desk.post(reverse(ADD), wish(branch, cut))
    desk.cookies["django_language"] = "de"

    response = desk.post(reverse(ADD), wish(branch, cut, customer_name="Tom", phone=""))

    assert "Diese Zeit ist vergeben" in str(errors_of(response)["time"])
    assert Appointment.objects.count() == 1


def test_a_second_appointment_of_a_customer_needs_a_tick(desk, branch, cut, jonas, mara):
    cut.staff_services.create(staff=jonas)
    desk.post(reverse(ADD), wish(branch, cut, staff=mara.pk))
    again = wish(branch, cut, staff=jonas.pk)

    refused = desk.post(reverse(ADD), again)
    desk.post(reverse(ADD), again | {"additional": "on"})

    assert "already has an appointment" in str(errors_of(refused)["customer"])
    assert Appointment.objects.count() == 2


def test_who_does_not_perform_a_service_is_refused(desk, branch, cut, jonas):
    response = desk.post(reverse(ADD), wish(branch, cut, staff=jonas.pk))

    assert "Jonas Brandt does not perform Herrenhaarschnitt" in str(errors_of(response)["staff"])


def test_every_refusal_has_words() -> None:
    assert set(EXPLANATIONS) == set(AppointmentError.__subclasses__())


def test_an_appointment_is_moved_and_a_refusal_said(desk, case, mara):
    address = reverse("admin:appointments_appointment_move", args=[case.pk])
    there = {"day": "2030-01-08", "time": "15:00", "staff": mara.pk}

    refused = desk.post(address, there | {"time": "17:30"})
    moved = desk.post(address, there)

    case.refresh_from_db()
    assert "time" in errors_of(refused)
    assert moved.status_code == 302
    assert case.starts_at == at(15)


def test_an_appointment_is_cancelled_with_a_reason_in_a_dialog(desk, case):
    address = reverse("admin:appointments_appointment_cancel", args=[case.pk])

    asked = desk.get(address)
    response = desk.post(
        address, {"_form_submitted": "on", "reason": "krank"}, headers={"HX-Request": "true"}
    )

    case.refresh_from_db()
    assert "Cancel this appointment?" in asked.content.decode()
    assert response.headers["HX-Redirect"].endswith(f"/{case.pk}/change/")
    assert (case.status, case.cancel_reason) == (Status.CANCELLED, "krank")


def test_the_list_asks_before_it_cancels(desk, case):
    address = reverse("admin:appointments_appointment_changelist")
    chosen = {"action": "cancel_selected", "_selected_action": [case.pk]}

    asked = desk.post(address, chosen)
    case.refresh_from_db()
    assert case.status == Status.CONFIRMED
    desk.post(address, chosen | {"confirmed": "yes", "reason": "Urlaub"})

    case.refresh_from_db()
    assert "Kundin von Salon Eins" in asked.content.decode()
    assert (case.status, case.cancel_reason) == (Status.CANCELLED, "Urlaub")


def test_who_came_is_noted_only_once_the_appointment_has_begun(desk, case):
    address = reverse("admin:appointments_appointment_complete", args=[case.pk])

    desk.post(address, {"_form_submitted": "on"})
    case.refresh_from_db()
    assert case.status == Status.CONFIRMED
    with time_machine.travel(at(11), tick=False):
        desk.post(address, {"_form_submitted": "on"})

    case.refresh_from_db()
    assert case.status == Status.COMPLETED


def test_editing_notes_leaves_what_a_worker_wrote_meanwhile(desk, case):
    address = reverse("admin:appointments_appointment_change", args=[case.pk])
    form = sent(desk, address, notes="Allergie")
    original = Appointment.save

    def save(self, *args, **kwargs):
        Appointment.objects.filter(pk=self.pk).update(sync_status=SyncStatus.SYNCED)
        return original(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Appointment, "save", save)
        desk.post(address, form)

    case.refresh_from_db()
    assert (case.notes, case.sync_status) == ("Allergie", SyncStatus.SYNCED)


def test_a_hold_is_shown_but_not_edited(desk, case):
    Appointment.objects.filter(pk=case.pk).update(
        status=Status.HELD, held_until=at(12, 3, days=-1), customer=None
    )
    address = reverse("admin:appointments_appointment_change", args=[case.pk])

    html = desk.get(address).content.decode()

    assert "12:03" in html
    assert 'name="notes"' not in html
    assert desk.post(address, {"notes": "x"}).status_code == 403


def test_starts_are_shown_by_the_clock_of_the_branch(desk, case):
    Branch.objects.filter(pk=case.branch_id).update(own_timezone="Europe/London")

    html = desk.get(reverse("admin:appointments_appointment_changelist")).content.decode()

    assert "Tue 8 Jan, 09:00" in html


def test_an_appointment_shows_what_became_of_it(desk, case, mara):
    other = StaffFactory.create(branch=case.branch, name="Jonas Brandt")
    case.service.staff_services.create(staff=other)
    moved = actions.reschedule(
        appointment=case,
        starts_at=at(15),
        staff_id=other.pk,
        now=at(12, days=-1),
        deadline=soon(),
        call_id="call_7f3a9c",
    )
    actions.cancel(appointment=moved, now=at(13, days=-1))

    page = desk.get(reverse("admin:appointments_appointment_change", args=[case.pk]))
    html = page.content.decode()

    assert "Tue 8 Jan, 10:00, Mara Lindt" in html
    assert "Tue 8 Jan, 15:00, Jonas Brandt" in html
    assert "call_7f3a9c" in html
    assert "Mon 7 Jan, 13:00" in html


# --- Review -------------------------------------------------------------------------------


def test_a_review_says_what_happened_and_what_to_do(desk, case):
    queue = desk.get(reverse("admin:appointments_review_changelist")).content.decode()
    detail = desk.get(reverse("admin:appointments_review_change", args=[case.pk]))

    assert "Somebody else holds this time in Cal.com." in queue
    assert "in 22 hours" in queue
    assert "409 of Salon Eins" in detail.content.decode()
    assert set(WHAT_TO_DO) == set(ReviewReason)


def test_resolving_stores_who_when_and_a_note(desk, case):
    address = reverse("admin:appointments_review_resolve", args=[case.pk])

    without_note = desk.post(address, {"_form_submitted": "on", "note": ""})
    case.refresh_from_db()
    assert case.requires_manual_review
    desk.post(address, {"_form_submitted": "on", "note": "Kundin kommt trotzdem"})

    case.refresh_from_db()
    assert without_note.status_code == 200
    assert not case.requires_manual_review
    assert (case.review_resolved_by.username, case.review_resolved_at, case.review_note) == (
        "empfang",
        at(12, days=-1),
        "Kundin kommt trotzdem",
    )
    queue = desk.get(reverse("admin:appointments_review_changelist")).content.decode()
    settled = desk.get(reverse("admin:appointments_review_changelist") + "?state=resolved")
    assert "Kundin von Salon Eins" not in queue
    assert "Kundin von Salon Eins" in settled.content.decode()


def test_several_reviews_are_resolved_with_one_note(desk, case):
    address = reverse("admin:appointments_review_changelist")
    chosen = {"action": "resolve_selected", "_selected_action": [case.pk]}

    desk.post(address, chosen)
    desk.post(address, chosen | {"confirmed": "yes", "note": "ok"})

    case.refresh_from_db()
    assert (case.requires_manual_review, case.review_note) == (False, "ok")


def test_trying_again_starts_from_the_first_attempt(desk, case):
    desk.post(reverse("admin:appointments_review_retry", args=[case.pk]), {"_form_submitted": "on"})

    state = SyncState.objects.get(appointment=case)
    case.refresh_from_db()
    assert (state.gave_up, state.attempts) == (False, 0)
    assert (case.sync_status, case.requires_manual_review) == (SyncStatus.PENDING, True)


def test_where_calcom_matches_there_is_nothing_to_try_again(desk, case):
    SyncState.objects.filter(appointment=case).update(revision=case.revision)

    response = desk.post(
        reverse("admin:appointments_review_retry", args=[case.pk]),
        {"_form_submitted": "on"},
        follow=True,
    )

    case.refresh_from_db()
    assert case.sync_status == SyncStatus.FAILED
    assert "nothing to try again" in response.content.decode()


def test_calls_that_need_a_person_are_settled(desk, case):
    call = Call.objects.get()
    address = reverse("admin:voice_call_changelist")

    html = desk.get(address + "?requires_manual_review__exact=1").content.decode()
    chosen = {"action": "settle", "_selected_action": [call.pk]}
    asked = desk.post(address, chosen)
    empty = desk.post(address, chosen | {"confirmed": "yes", "note": ""})
    call.refresh_from_db()
    still_open = call.requires_manual_review
    desk.post(address, chosen | {"confirmed": "yes", "note": "Sie kommt am Freitag."})

    call.refresh_from_db()
    assert "promised, but not booked" in html
    assert "Is the review settled?" in asked.content.decode()
    assert list(empty.context["form"].errors) == ["note"]
    assert still_open
    assert not call.requires_manual_review


def test_callbacks_that_are_overdue_say_so_and_are_marked_done(desk, case):
    callback = CallbackRequest.objects.get()
    CallbackRequest.objects.update(due_at=at(11, days=-1))
    address = reverse("admin:appointments_callbackrequest_changelist")

    overdue = desk.get(address + "?state=overdue").content.decode()
    desk.post(address, {"action": "mark_done", "_selected_action": [callback.pk]})

    callback.refresh_from_db()
    assert "Kundin von Salon Eins" in overdue
    assert callback.status == CallbackRequest.Status.DONE


def test_who_reached_nobody_reads_that_this_was_noted(desk, case):
    callback = CallbackRequest.objects.get()
    address = reverse("admin:appointments_callbackrequest_unreached", args=[callback.pk])

    answer = desk.post(address, {"_form_submitted": "on"}, follow=True)

    assert "Not reached: 1 callback." in answer.content.decode()


def test_a_callback_noted_on_a_review_is_about_its_appointment(desk, case):
    CallbackRequest.objects.all().delete()
    review = reverse("admin:appointments_review_callback", args=[case.pk])

    form = desk.get(review).url
    page = desk.get(form)
    initial = page.context["adminform"].form.initial
    due = {"due_at_0": "2030-01-08", "due_at_1": "10:00", "priority": "high", "status": "open"}
    desk.post(form, {**initial, **due})

    callback = CallbackRequest.objects.get()
    shown = desk.get(reverse("admin:appointments_callbackrequest_change", args=[callback.pk]))
    link = reverse("admin:appointments_appointment_change", args=[case.pk])
    assert (callback.appointment, callback.wish) == (
        case,
        "Herrenhaarschnitt, Tue 8 Jan, 10:00, Mara Lindt",
    )
    assert case.public_id not in callback.wish
    assert f'href="{link}"' in shown.content.decode()


def test_a_callback_without_a_number_says_so(desk, case):
    CallbackRequest.objects.update(phone="")

    html = desk.get(reverse("admin:appointments_callbackrequest_changelist")).content.decode()

    assert "no number" in html
