"""What tests that commit leave to those after them."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from appointments.models import Company
from features.models import CompanyFlag
from tests.conftest import committing
from tests.factories.appointments import CustomerFactory


def _left_by_migrations() -> list[list[Any]]:
    models = (ContentType, Permission, Group, Group.permissions.through, CompanyFlag)
    return [list(model.objects.order_by("pk").values()) for model in models]


@committing
def test_the_database_is_as_migrations_left_it(salon: Company) -> None:
    before = _left_by_migrations()
    CustomerFactory.create(company=salon)
    CompanyFlag.objects.update(everyone=True)
    Group.objects.order_by("pk").first().delete()
    Permission.objects.all().delete()

    call_command("flush", interactive=False)

    assert all(before)
    assert _left_by_migrations() == before
    assert not Company.objects.exists()
