"""Rows of `appointments`, without surprises."""

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from appointments.models import (
    Branch,
    Company,
    Customer,
    OpeningHours,
    PhoneNumber,
    Service,
    ServiceSegment,
    Staff,
    StaffService,
)

WORKDAYS = range(6)  # Monday to Saturday


class CompanyFactory(DjangoModelFactory):
    class Meta:
        model = Company

    slug = factory.Sequence(lambda n: f"salon-{n}")
    name = factory.Sequence(lambda n: f"Salon {n}")
    booking_notice_minutes = 15


class BranchFactory(DjangoModelFactory):
    """A branch that is open Monday to Saturday from 9 to 18, or as `hours` says.

    `hours`: weekday → ((from, to), …) as "HH:MM".
    """

    class Meta:
        model = Branch
        skip_postgeneration_save = True

    company = factory.SubFactory(CompanyFactory)
    slug = factory.Sequence(lambda n: f"branch-{n}")
    name = factory.Sequence(lambda n: f"Branch {n}")

    @factory.post_generation
    def hours(self: Any, create: bool, extracted: Any, **_: Any) -> None:  # noqa: FBT001
        week = {weekday: [("09:00", "18:00")] for weekday in WORKDAYS}
        for weekday, stretches in (week if extracted is None else extracted).items():
            for opens, closes in stretches:
                OpeningHours.objects.create(
                    branch=self,
                    weekday=weekday,
                    from_time=time.fromisoformat(opens),
                    to_time=time.fromisoformat(closes),
                )


class PhoneNumberFactory(DjangoModelFactory):
    class Meta:
        model = PhoneNumber

    branch = factory.SubFactory(BranchFactory)
    number = factory.Sequence(lambda n: f"+4930231251{n:02d}")


class StaffFactory(DjangoModelFactory):
    """A staff member who works whenever the branch is open."""

    class Meta:
        model = Staff

    branch = factory.SubFactory(BranchFactory)
    company = factory.SelfAttribute("branch.company")
    slug = factory.Sequence(lambda n: f"staff-{n}")
    name = factory.Sequence(lambda n: f"Staff {n}")
    calcom_user_id = factory.Sequence(lambda n: 7000 + n)


class ServiceFactory(DjangoModelFactory):
    """A service of (minutes, hands-on) pairs, performed by `performed_by`.

    Keys are A, B, C … for hands-on segments; a gap is named after the segment before it.
    """

    class Meta:
        model = Service
        skip_postgeneration_save = True

    company = factory.SubFactory(CompanyFactory)
    slug = factory.Sequence(lambda n: f"service-{n}")
    name = factory.Sequence(lambda n: f"Service {n}")
    price = Decimal("32.00")

    @factory.post_generation
    def recipe(self: Any, create: bool, extracted: Any, **_: Any) -> None:  # noqa: FBT001
        letters = iter("ABCDEFGH")
        key = ""
        for position, (minutes, staff_required) in enumerate(extracted or [(55, True)]):
            key = next(letters) if staff_required else f"{key}_gap"
            ServiceSegment.objects.create(
                service=self,
                position=position,
                key=key,
                minutes=minutes,
                staff_required=staff_required,
            )

    @factory.post_generation
    def performed_by(self: Any, create: bool, extracted: Sequence[Staff] | None, **_: Any) -> None:  # noqa: FBT001
        for staff in extracted or ():
            StaffService.objects.create(staff=staff, service=self)


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    company = factory.SubFactory(CompanyFactory)
    name = "Lena Vogt"
    phone = factory.Sequence(lambda n: f"+49151111{n:05d}")
