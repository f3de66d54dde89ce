"""What is shown where no page can be: in words, in one's language, and telling nothing else."""

import pytest
from django.test import Client, RequestFactory
from django.utils.translation import override
from django.views.defaults import server_error

from tests.factories.back_office import client_of, receptionist


def test_a_page_that_has_expired_says_what_to_do(db):
    client = Client(enforce_csrf_checks=True)
    data = {"username": "mara", "password": "x"}
    answers = [
        client.post("/admin/login/", data, headers={"Accept-Language": language})
        for language in ("de", "en")
    ]

    assert {answer.status_code for answer in answers} == {403}
    german, english = (answer.content.decode() for answer in answers)
    assert "Diese Seite ist abgelaufen" in german
    assert "laden Sie die Seite neu" in german
    assert "This page has expired" in english
    assert not [word for word in ("CSRF", "DEBUG", "Referer", "Django") if word in german]


def test_an_address_that_leads_nowhere_says_so(salon):
    for client in (Client(), client_of(receptionist(salon))):
        answer = client.get("/nirgends/<script>/")

        assert answer.status_code == 404
        assert "Diese Seite gibt es nicht" in answer.content.decode()
        assert "nirgends" not in answer.content.decode()


def test_another_host_s_name_is_not_repeated(db):
    answer = Client().get("/admin/login/", headers={"Host": "salon.example.org"})

    assert answer.status_code == 400
    assert "Diese Adresse ist nicht zu verstehen" in answer.content.decode()
    assert "example.org" not in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Etwas ist schiefgegangen"), ("en", "Something went wrong")]
)
def test_what_fails_is_told_without_a_database(language, words):
    with override(language):
        answer = server_error(RequestFactory().get("/admin/"))

    assert answer.status_code == 500
    assert words in answer.content.decode()
    assert 'href="/admin/"' in answer.content.decode()


def test_those_pages_run_no_script_either(db):
    answer = Client().get("/nirgends/")

    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.content.decode()
