"""Who may do what on the pages that are more than a row's: a table, and no page beside it."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.utils.html import escape
from django_otp.plugins.otp_totp.models import TOTPDevice

from appointments.models import AuditEntry, Branch, CallbackRequest, User
from booking_site.roles import ROLES
from calcom.models import CalcomEventMap
from features.models import CompanyFlag
from tests.addresses import every_admin_address
from tests.conftest import at
from tests.factories.back_office import client_of, fill
from tests.integration.test_roles import person
from voice.models import Call

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

EVERYBODY = {"receptionist", "manager", "ops"}
FROM_MANAGER = {"manager", "ops"}
# Lists and rows: test_roles. Everybody's own account: test_two_factor.
OF_ROWS = re.compile(r"(change|delete|history|add|password)/$")
LISTS = re.compile(r"/admin/(?!day/)\w+/(\w+/(1/)?)?")
OWN = re.compile(
    r"/admin/((login|logout|jsi18n|password_change|search|autocomplete|two-factor)/.*)?"
)
TABLE = {
    "day/": EVERYBODY,
    "day/1/": EVERYBODY,
    "appointments/appointment/1/cancel/": EVERYBODY,
    "appointments/appointment/1/complete/": EVERYBODY,
    "appointments/appointment/1/move/": EVERYBODY,
    "appointments/appointment/1/no-show/": EVERYBODY,
    "appointments/appointment/export/": FROM_MANAGER,
    "appointments/appointment/walk-in/": EVERYBODY,
    "appointments/callbackrequest/1/assign/": EVERYBODY,
    "appointments/callbackrequest/1/book/": EVERYBODY,
    "appointments/callbackrequest/1/done/": EVERYBODY,
    "appointments/callbackrequest/1/unreached/": EVERYBODY,
    "appointments/company/1/connection/": FROM_MANAGER,
    "appointments/customer/1/book-again/": EVERYBODY,
    "appointments/customer/1/erase/": FROM_MANAGER,
    "appointments/customer/1/personal-data/": FROM_MANAGER,
    "appointments/customer/choices/": EVERYBODY,
    "appointments/customer/export/": FROM_MANAGER,
    "appointments/review/1/appointment/": EVERYBODY,
    "appointments/review/1/callback/": EVERYBODY,
    "appointments/review/1/cancel-and-call/": EVERYBODY,
    "appointments/review/1/compare/": EVERYBODY,
    "appointments/review/1/create-map/": FROM_MANAGER,
    "appointments/review/1/event-map/": FROM_MANAGER,
    "appointments/review/1/move/": EVERYBODY,
    "appointments/review/1/put-back/": EVERYBODY,
    "appointments/review/1/resolve/": EVERYBODY,
    "appointments/review/1/retry/": EVERYBODY,
    "appointments/review/1/verify/": EVERYBODY,
    "appointments/user/1/reset-two-factor/": FROM_MANAGER,
    "appointments/user/1/two-factor/": set(),  # one's own only
    "appointments/user/1/unlock/": FROM_MANAGER,
    "calcom/calcomeventmap/1/check/": FROM_MANAGER,
    "calcom/calcomeventmap/1/ignore/": FROM_MANAGER,
    "calcom/calcomeventmap/1/push/": FROM_MANAGER,
    "calcom/calcomeventmap/1/take/": FROM_MANAGER,
    "calcom/calcomeventmap/create-missing/": FROM_MANAGER,
    "calcom/calcomeventmap/matrix/": FROM_MANAGER,
    "calcom/orphanedbooking/connection/": FROM_MANAGER,
    "calcom/syncstate/connection/": FROM_MANAGER,
    "calcom/webhookdelivery/connection/": FROM_MANAGER,
    "features/companyflag/1/set/": {"ops"},
    "voice/call/1/settle/": EVERYBODY,
}


def test_no_page_is_missing_in_the_table():
    """Whoever adds a page says here whose it is."""
    known = (OF_ROWS.search, LISTS.fullmatch, OWN.fullmatch)
    own = [each for each in every_admin_address() if not any(known(each) for known in known)]

    assert {each.removeprefix("/admin/") for each in own} - {"nowhere/"} == set(TABLE)


def rows_of(branch):
    """Return the key of one row of each kind, by the word in an address."""
    company, appointment = branch.company, fill(branch)
    colleague = User.objects.create_user(f"mit Telefon {branch}", is_staff=True, company=company)
    TOTPDevice.objects.create(user=colleague, name="app")
    callback = CallbackRequest.objects.create(
        company=company, branch=branch, phone="+4915111111111", name="Lena", due_at=at(12)
    )
    return {
        "appointment": appointment.pk,
        "review": appointment.pk,
        "day": appointment.pk,
        "customer": appointment.customer_id,
        "callbackrequest": callback.pk,
        "company": company.pk,
        "user": colleague.pk,
        "calcomeventmap": CalcomEventMap.objects.get(company=company).pk,
        "call": Call.objects.get(company=company).pk,
        "companyflag": CompanyFlag.objects.order_by("pk").first().pk,
    }


def address_of(page, rows, company):
    word = page.split("/1/")[0].split("/")[-1]
    query = f"?company={company.slug}&to=off" if page.endswith("set/") else ""
    return "/admin/" + page.replace("/1/", f"/{rows.get(word)}/") + query


@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_what_the_table_says_and_nothing_else(salon, cut, branch, role):
    rows, client = rows_of(branch), client_of(person(salon, role))

    answers = {page: client.get(address_of(page, rows, salon)).status_code for page in TABLE}

    assert {page for page, status in answers.items() if status != 403} == {
        page for page, roles in TABLE.items() if role in roles
    }
    assert set(answers.values()) <= {200, 302, 403}


@pytest.fixture
def all_powers(salon):
    """Somebody of our company whom nothing but the company holds back."""
    user = User.objects.create_user("alles", is_staff=True, company=salon)
    user.user_permissions.set(Permission.objects.all())
    return client_of(user)


@pytest.mark.parametrize("method", ["get", "post"])
def test_on_none_of_them_anything_of_another_company_is_done_or_shown(
    salon, cut, branch, all_powers, method
):
    rows_of(branch)
    other = Branch.objects.exclude(company=salon).get()
    theirs = rows_of(other)
    sent = {"_form_submitted": "on", "note": "x"} if method == "post" else {}
    before = AuditEntry.objects.filter(company=other.company).count()

    for page in TABLE:
        answer = getattr(all_powers, method)(address_of(page, theirs, other.company), sent)
        # A dialog that only asks shows no row; what it posts finds none.
        done = method == "post" and "/1/" in page
        assert answer.status_code in ({302, 403, 404} if done else {200, 302, 403, 404, 405}), page
        shown = b"".join(answer.streaming_content if answer.streaming else [answer.content])
        assert b"Salon Zwei" not in shown, page

    assert AuditEntry.objects.filter(company=other.company).count() == before
    assert TOTPDevice.objects.filter(user=theirs["user"]).exists()


def dialogs():
    """Return the page of every dialog, as the table calls it."""
    for model in filter(admin.site.is_registered, apps.get_models()):
        of = type(admin.site.get_model_admin(model))
        for act in (getattr(of, name, None) for name in dir(of)):
            if hasattr(act, "dialog"):
                yield f"{model._meta.label_lower.replace('.', '/')}/1/{act.url_path}/", act.dialog


def test_every_dialog_in_a_tab_of_its_own_is_a_page_with_the_menu_and_its_button(
    salon, cut, branch, all_powers
):
    rows = rows_of(branch)
    asked = dict(dialogs())

    assert len(asked) >= 17
    for page, dialog in asked.items():
        html = all_powers.get(address_of(page, rows, salon)).content.decode()
        assert html.lstrip().lower().startswith("<!doctype html>"), page
        assert 'href="/admin/day/"' in html, page
        assert escape(str(dialog["title"])) in html, page
        buttons = "".join(re.findall(r'type="submit".*?</button>', html, re.DOTALL))
        assert str(dialog["form_submit_text"]) in buttons, page


# --- Whoever has no role ----------------------------------------------------------------------


@pytest.mark.parametrize("with_company", [True, False])
def test_whoever_may_see_nothing_reads_whom_to_ask(salon, with_company):
    """Without a company also whoever has every permission there is."""
    user = User.objects.create_user("neu", is_staff=True, company=salon if with_company else None)
    if not with_company:
        user.user_permissions.set(Permission.objects.all())
    client = client_of(user)

    for address in every_admin_address():
        if OWN.fullmatch(address) and address != "/admin/":
            continue
        answer = client.get(address)
        assert answer.status_code == 403, address
        assert "Bitten Sie Ihre Salonleitung" in answer.content.decode(), address


def test_a_page_beyond_ones_role_says_whom_to_ask_too(salon):
    answer = client_of(person(salon, "receptionist")).get("/admin/appointments/auditentry/")

    assert answer.status_code == 403
    assert "fragen Sie Ihre Salonleitung" in answer.content.decode()
