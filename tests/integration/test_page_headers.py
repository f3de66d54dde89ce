"""What browsers are told about every page, and what they ask for by themselves."""

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.factories.back_office import client_of, receptionist

PAGES = ["/admin/", "/admin/day/", "/admin/appointments/appointment/"]
MACHINES = ["/healthz", "/metrics", "/api/schema/"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_runs_no_script_of_anybody_elses_and_is_in_no_frame(salon, address):
    headers = client_of(receptionist(salon)).get(address).headers

    policy = dict(each.split(" ", 1) for each in headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"


def test_the_log_in_page_has_them_too(db):
    assert "Content-Security-Policy" in Client().get("/admin/login/").headers


@pytest.mark.parametrize("address", MACHINES)
def test_machines_are_answered_without(db, address):
    headers = Client().get(address).headers

    assert not {"Content-Security-Policy", "X-Robots-Tag"} & set(headers)


def test_no_page_has_a_script_of_its_own(salon):
    """Else the policy would stop it."""
    client = client_of(receptionist(salon))

    for address in (*PAGES, "/api/docs/"):
        page = client.get(address).content.decode()
        assert "<script>" not in page, address
        assert "<script src=" in page, address


def test_the_root_leads_to_the_back_office(db):
    response = Client().get("/")

    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_browsers_find_an_icon(salon):
    response = Client().get("/favicon.ico")

    assert response["Location"] == "/static/booking_site/favicon.svg"
    assert finders.find("booking_site/favicon.svg")
    assert "booking_site/favicon.svg" in Client().get("/admin/login/").content.decode()
