"""What people do at their desks: notes, callbacks, prices, flags. The trail shows who did what."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.test import Client
from django.urls import reverse

from appointments import actions
from appointments.actors import Actor, ActorKind, acting_as
from appointments.models import CallbackRequest, Closure, FlagSetting, User
from features.flags import Flag
from features.models import CompanyFlag
from tests.showroom import calls
from tests.showroom.life import Life

DAYS_OF_CALLBACKS = 30
LIST = "admin:appointments_callbackrequest_changelist"


@dataclass(frozen=True, slots=True)
class Office:
    """The desks of one salon."""

    life: Life
    day: date

    def expect(self) -> None:
        """Have it all happen in the last days."""
        for days, hour, minute, what in (
            (6, 10, 15, self._raise_a_price),
            (5, 9, 40, self._close_for_a_training),
            (4, 12, 30, self._set_flags),
            (
                3,
                15,
                5,
                partial(self._wish, "Könnten Sie mich wegen eines Brauttermins anrufen?", "wish"),
            ),
            (2, 14, 20, self._note_a_formula),
            (2, 17, 45, self._export),
            (
                1,
                12,
                10,
                partial(
                    self._wish, "Die Farbe ist viel dunkler geworden als besprochen.", "complaint"
                ),
            ),
            (
                1,
                16,
                50,
                partial(
                    self._wish, "Ich brauche bis Samstag einen Termin, es ist dringend.", "urgent"
                ),
            ),
            (
                0,
                9,
                10,
                partial(self._wish, "Ich wollte fragen, ob Sie auch Extensions machen.", "wish"),
            ),
            (
                0,
                9,
                50,
                partial(
                    self._wish,
                    "Meine Tochter hat am Freitag Geburtstag, geht da noch etwas?",
                    "wish",
                ),
            ),
            (0, 10, 40, self._fail_to_reach),
            (
                0,
                10,
                55,
                partial(self._wish, "Bei der Buchung ist etwas schiefgegangen.", "booking_failed"),
            ),
        ):
            moment = self.life.at(self.day - timedelta(days=days), hour, minute)
            self.life.agenda.expect(moment, what)
        for days in range(1, DAYS_OF_CALLBACKS):
            day = self.day - timedelta(days=days)
            self.life.agenda.expect(self.life.at(day, 12, 50), self._do_callbacks)
            if days > 1:
                self.life.agenda.expect(self.life.at(day, 18, 10), self._do_callbacks)

    def _raise_a_price(self) -> None:
        with self._by(self.life.desk.manager):
            balayage = self.life.branch.company.services.get(slug="balayage")
            balayage.price = Decimal("259.00")
            balayage.save()

    def _close_for_a_training(self) -> None:
        with self._by(self.life.desk.manager):
            Closure.objects.create(
                branch=self.life.branch,
                closed_on=self.day + timedelta(days=11),
                reason="Teamfortbildung",
            )

    def _set_flags(self) -> None:
        company = self.life.branch.company
        with self._by(self.life.desk.ops):
            actions.set_flag(flag=_flag(Flag.SKIP_ALTERNATIVES_FOR_VOICE), company=None, to=False)
        with self._by(self.life.desk.manager):
            for flag, to in ((Flag.BRIEF_CONFIRMATIONS, True), (Flag.VOICE_CANCEL, True)):
                FlagSetting.objects.create(flag=_flag(flag), company=company, is_on=to)

    def _note_a_formula(self) -> None:
        with self._by(self.life.desk.reception):
            customer = self.life.planner.customers[0]
            customer.notes = "Dauerwelle: Wickler 22 mm, 15 Minuten. Empfindliche Kopfhaut."
            customer.save()

    def _wish(self, words: str, reason: str) -> None:
        customer = self.life.planner.customers[55 + self.life.clock.now.minute % 50]
        call = self.life.ring(customer.phone or "anonymous")
        calls.complains(call, words=words, reason=reason, when="am Nachmittag")

    def _do_callbacks(self) -> None:
        rows = CallbackRequest.objects.filter(company=self.life.branch.company).still_open()
        self._press(rows.order_by("due_at", "pk"), "mark_done")

    def _fail_to_reach(self) -> None:
        rows = CallbackRequest.objects.filter(company=self.life.branch.company).still_open()
        self._press(rows.order_by("due_at", "pk")[:1], "not_reached")

    def _press(self, rows: Any, action: str) -> None:
        """Tick rows of the list, and choose what is to be done with them."""
        chosen = [row.pk for row in rows]
        if chosen:
            self._client(self.life.desk.reception).post(
                reverse(LIST), {"action": action, "_selected_action": chosen}
            )

    def _export(self) -> None:
        response: Any = self._client(self.life.desk.manager).get(
            reverse("admin:appointments_customer_export")
        )
        list(response.streaming_content)

    def _client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def _by(self, user: User) -> Any:
        return acting_as(Actor(kind=ActorKind.STAFF, user_id=user.pk))


def _flag(flag: Flag) -> CompanyFlag:
    return CompanyFlag.objects.get(name=flag.value)
