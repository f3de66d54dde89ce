"""What a name sounds like is written with it, whoever writes it, and searched by an index."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from appointments import actions
from appointments.domain.names import written_sounds
from appointments.models import AuditEntry, Company, Customer
from tests.conftest import committing
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import client_of, receptionist, sent

MIGRATION = import_module("appointments.migrations.0016_sounds_of_names")


@pytest.fixture
def lena(salon: Company) -> Customer:
    """Somebody of this salon; the other one has a double of hers."""
    other = Company.objects.exclude(pk=salon.pk).get()
    CustomerFactory.create(company=other, name="Lena Vogt")
    return CustomerFactory.create(company=salon, name="Lena Vogt")


def heard(salon: Company, said: str) -> list[str]:
    rows = Customer.objects.filter(company=salon).sounding_like(said)
    return list(rows.values_list("name", flat=True))


def _save(lena: Customer) -> None:
    lena.name = "Ida Meyer"
    lena.save()


def _save_the_name_alone(lena: Customer) -> None:
    lena.name = "Ida Meyer"
    lena.save(update_fields=["name"])


def _update(lena: Customer) -> None:
    Customer.objects.filter(pk=lena.pk).update(name="Ida Meyer")


def _update_or_create(lena: Customer) -> None:
    Customer.objects.update_or_create(
        company=lena.company, phone=lena.phone, defaults={"name": "Ida Meyer"}
    )


def _create_many(lena: Customer) -> None:
    Customer.objects.bulk_create([Customer(company=lena.company, name="Ida Meyer")])
    _update(lena)


def _edit(lena: Customer) -> None:
    page = reverse("admin:appointments_customer_change", args=[lena.pk])
    desk = client_of(receptionist(lena.company))
    desk.post(page, sent(desk, page, name="Ida Meyer"))


@pytest.mark.parametrize(
    "write", [_save, _save_the_name_alone, _update, _update_or_create, _create_many, _edit]
)
def test_however_a_name_is_written_it_is_heard_at_once(lena, write) -> None:
    assert heard(lena.company, "Fogt") == ["Lena Vogt"]

    write(lena)

    assert heard(lena.company, "Fogt") == []
    assert set(heard(lena.company, "Maier")) == {"Ida Meyer"}
    for row in Customer.objects.all():
        assert row.sounds == written_sounds(row.name)


@committing
def test_who_is_erased_is_not_heard_any_more(lena, now) -> None:
    actions.erase_customer(customer=lena, now=now)

    assert heard(lena.company, "Fogt") == []


def test_a_name_is_noted_once_and_its_sounds_never(lena) -> None:
    _save(lena)

    entry = AuditEntry.objects.latest("pk")
    assert (entry.object_id, entry.changes) == (lena.pk, {"name": None})


@pytest.mark.parametrize("said", ["Lehna", "Vogt Lena", "Fokt", "VOGT"])
def test_every_word_said_must_be_heard_in_any_order(lena, said) -> None:
    assert heard(lena.company, said) == ["Lena Vogt"]


@pytest.mark.parametrize("said", ["", " ", "Lena Meyer", "Le", "Vogtmann", "%", "_", "ogt"])
def test_a_part_of_a_sound_is_no_sound(lena, said) -> None:
    assert heard(lena.company, said) == []


def test_names_without_such_sounds_are_heard_as_they_are_written(lena) -> None:
    CustomerFactory.create(company=lena.company, name="李 明")

    assert heard(lena.company, "明") == ["李 明"]


def test_names_of_before_are_given_their_sounds(lena, monkeypatch) -> None:
    monkeypatch.setattr(MIGRATION, "AT_ONCE", 2)
    CustomerFactory.create_batch(4, company=lena.company, name="Jörg Meyer")
    Customer.objects.update(sounds="")
    assert heard(lena.company, "Maier") == []

    MIGRATION.write_sounds(apps, connection.schema_editor())

    assert len(heard(lena.company, "Maier")) == 4
    assert heard(lena.company, "Fogt") == ["Lena Vogt"]
