"""Editing the salon in the back office: recipes, skills, credentials, flags, event maps."""

import pytest
from django.urls import reverse
from django.utils.translation import gettext, override

from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    Customer,
    ReviewReason,
    Service,
    Staff,
    User,
)
from appointments.signals import availability_changed
from calcom.models import CalcomEventMap
from features.flags import MEANINGS
from tests.factories.back_office import client_of, fill, sent

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

SECRET = "cal_live_never_to_be_seen"


@pytest.fixture
def case(cut: Service, branch: Branch) -> Appointment:
    return fill(branch)


# --- The salon ----------------------------------------------------------------------------


def segments(form: dict[str, object], *rows: tuple[int, str, int, bool]) -> dict[str, object]:
    """Type a recipe into a form, in place of the one it shows."""
    kept = {name: value for name, value in form.items() if not name.startswith("segments-")}
    recipe = {
        "segments-TOTAL_FORMS": len(rows),
        "segments-INITIAL_FORMS": 0,
        "segments-MIN_NUM_FORMS": 0,
    }
    for number, (position, key, minutes, staff_required) in enumerate(rows):
        prefix = f"segments-{number}"
        recipe |= {f"{prefix}-position": position, f"{prefix}-key": key}
        recipe |= {f"{prefix}-minutes": minutes}
        recipe |= {f"{prefix}-staff_required": "on"} if staff_required else {}
    return kept | recipe


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "at least one segment"),
        ([(0, "A", 30, True), (1, "A_gap", 20, False)], "first and the last"),
        ([(0, "A", 30, True), (1, "A", 20, True)], "a key of its own"),
        ([(0, "A", 30, True), (1, "pause", 20, False), (2, "B", 9, True)], "Segment pause"),
        ([(0, "B", 30, True)], "has the key A"),
    ],
)
def test_a_recipe_that_cannot_be_carried_out_is_refused(desk, branch, rows, words):
    address = reverse("admin:appointments_service_add")
    form = sent(desk, address, name="Neu", slug="neu", price="10")

    response = desk.post(address, segments(form, *rows))

    (formset, _synonyms) = response.context["inline_admin_formsets"]
    assert words in str(formset.formset.non_form_errors())
    assert not Service.objects.filter(slug="neu").exists()


def test_segments_swap_places_and_standing_appointments_keep_theirs(desk, case, perm, branch):
    case.service = perm
    Appointment.objects.filter(pk=case.pk).update(service=perm)
    address = reverse("admin:appointments_service_change", args=[perm.pk])
    form = sent(desk, address)
    swapped = {"segments-4-position": "5", "segments-5-position": "4"}

    response = desk.post(address, form | swapped, follow=True)

    assert [row.minutes for row in perm.segments.order_by("position")] == [50, 15, 5, 10, 40, 15]
    assert "new appointments only" in response.content.decode()
    assert AppointmentPhase.objects.filter(appointment=case).count() == 1


def test_ticks_say_who_performs_what(desk, cut, mara, jonas):
    address = reverse("admin:appointments_service_change", args=[cut.pk])

    desk.post(address, sent(desk, address, skills=[jonas.pk]))

    assert [row.staff for row in cut.staff_services.all()] == [jonas]


def test_credentials_go_in_and_never_come_out(salon, branch):
    client = client_of(User.objects.create_superuser("root"))
    address = reverse("admin:appointments_company_change", args=[salon.pk])

    client.post(address, sent(client, address, calcom_api_key_new=SECRET))
    kept = client.post(address, sent(client, address, name="Salon Eins!"))
    wrong = client.post(address, sent(client, address, name="", calcom_api_key_new=SECRET))

    salon.refresh_from_db()
    assert (salon.calcom_api_key, salon.name, kept.status_code) == (SECRET, "Salon Eins!", 302)
    pages = [
        client.get(address),
        wrong,
        client.get(reverse("admin:appointments_company_changelist")),
        client.get(reverse("admin:appointments_company_history", args=[salon.pk])),
    ]
    assert all(SECRET not in page.content.decode() for page in pages)
    client.post(address, sent(client, address, calcom_api_key_remove="on"))
    salon.refresh_from_db()
    assert salon.calcom_api_key == ""


def test_an_event_map_names_a_segment_that_exists_and_is_usable_again(desk, case, cut):
    row = CalcomEventMap.objects.get()
    CalcomEventMap.objects.update(segment_key="A", is_broken=True)
    address = reverse("admin:calcom_calcomeventmap_change", args=[row.pk])

    refused = desk.post(address, sent(desk, address, segment_key="Z"))
    desk.post(address, sent(desk, address, event_type_id="77"))

    row.refresh_from_db()
    assert "it has: A" in str(refused.context["adminform"].form.errors)
    assert (row.event_type_id, row.is_broken) == (77, False)


def test_two_customers_with_one_number_are_refused_in_the_form(desk, case):
    taken = Customer.objects.get().phone
    address = reverse("admin:appointments_customer_add")

    response = desk.post(address, sent(desk, address, name="Zweite", phone=taken))

    assert response.status_code == 200
    assert Customer.objects.count() == 1


def test_the_calendar_of_outside_slots_is_forgotten_when_hours_change(
    desk, mara, django_capture_on_commit_callbacks
):
    heard = []

    def hear(company_id, **_):
        heard.append(company_id)

    availability_changed.connect(hear)
    address = reverse("admin:appointments_staff_change", args=[mara.pk])
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(address, sent(desk, address, name="Mara L."))
    availability_changed.disconnect(hear)

    assert heard == [mara.company_id]
    assert Staff.objects.get(pk=mara.pk).name == "Mara L."


# --- Language -----------------------------------------------------------------------------


def test_german_is_complete() -> None:
    with override("en"):
        sentences = [
            *MEANINGS.values(),
            *(str(label) for _value, label in ReviewReason.choices),
            # The theme's.
            "Apply Filters",
            "Select action to run",
            "This item will be deleted.",
        ]
    with override("de"):
        assert [text for text in sentences if gettext(text) == text] == []


def test_the_language_is_switched(desk):
    desk.post(reverse("set_language"), {"language": "de", "next": "/admin/"})

    assert "Tagesgeschäft" in desk.get("/admin/").content.decode()
