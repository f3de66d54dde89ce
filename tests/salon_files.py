"""Salon files to load in tests, ways to edit them, and a look at all that is stored."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from booking_site.salon_file import DocumentError, Loaded, load_salon_file, read_salon_file
from tests.conftest import at

SALONS = Path(__file__).parents[1] / "salons"
NOW = at(12, days=-1)
EINS, ZWEI = (
    (SALONS / f"salon-{name}.yaml").read_text(encoding="utf-8") for name in ("eins", "zwei")
)

# Every key there is.
EVERYTHING = """\
company:
  slug: salon-eins
  name: Salon Eins
  timezone: Europe/Berlin          # IANA; branches may override
  locale: de                       # de | en
  gap_policy: bookable             # bookable | blocked
  booking_notice_minutes: 15       # service and branch may override
  horizon_days: 60
  cancel_deadline_hours: 24        # 0 = any time
  reschedule_deadline_hours: 24
  max_reschedules: 3
  callback_promise_minutes: 120
  calcom: {api_key: "cal_test_…", team_id: null, webhook_secret: "…"}
  retell: {api_key: "key_…", agent_ids: [agent_s1]}
branches:
  - slug: mitte
    name: Salon Eins Mitte
    region: BE                     # federal state, for public holidays
    booking_notice_minutes: 15     # optional, beats service and company
    phone_numbers: ["+493011110001"]
    opening_hours: {mon-sat: ["09:00-19:00"], sun: []}
    closed_on: ["2026-12-24"]
staff:
  - slug: mara
    name: Mara Lindt
    branch: mitte
    calcom_user_id: 7001
    working_hours: {mon-fri: ["09:00-13:00", "14:00-19:00"]}   # default: the branch's hours
    time_off: [{from: "2026-12-01", to: "2026-12-05", reason: Urlaub}]
  - {slug: jonas, name: Jonas Brandt, branch: mitte, calcom_user_id: 7002}
services:
  - slug: herrenhaarschnitt
    name: Herrenhaarschnitt
    active: true                   # optional; staff have it too
    category: Herren
    minutes: 55                    # simple service …
    price: "32.00"
    buffer_before_minutes: 0
    buffer_after_minutes: 0
    booking_notice_minutes: 30     # optional, beats the company
    synonyms: [Herrenschnitt, {name: "Männerhaarschnitt", confidence: 0.9}]
    staff: [mara, jonas]
    event_types: {mara: 3001, jonas: {id: 3002, child: 3102}}   # per staff member
  - slug: dauerwelle
    name: Dauerwelle
    price: "95.00"
    segments:                      # … or composite; gaps have staff: false
      - {key: A, name: Haare wickeln, minutes: 50}
      - {key: A_gap, name: Einwirkzeit, minutes: 15, staff: false}
      - {key: B, name: Fixierung, minutes: 5}
      - {key: B_gap, minutes: 10, staff: false}
      - {key: C, name: Auswaschen, minutes: 15}
      - {key: D, name: Schneiden und Styling, minutes: 40}
    staff: [mara]
    event_types: {mara: {A: 3101, B: 3102, C: 3103, D: 3104}}
customers:                          # optional, for demos and tests
  - {name: Lena Vogt, phone: "+4915111111111", email: lena@example.com}
appointments:                       # optional; local times of the branch
  - customer: "+4915111111111"
    service: herrenhaarschnitt
    staff: mara
    starts_at: "2026-11-24 10:00"
"""

# A salon that does not sync, on the Tuesday all tests live in.
SMALL = """\
company: {slug: salon-eins, name: Salon Eins}
branches:
  - slug: mitte
    name: Salon Eins Mitte
    opening_hours: {mon-sat: ["09:00-18:00"]}
staff:
  - {slug: mara, name: Mara Lindt, branch: mitte}
  - {slug: jonas, name: Jonas Brandt, branch: mitte}
services:
  - slug: cut
    name: Herrenhaarschnitt
    minutes: 60
    price: "32.00"
    staff: [mara, jonas]
  - slug: tint
    name: Intensivtönung
    segments:
      - {key: A, minutes: 15}
      - {key: A_gap, minutes: 90, staff: false}
      - {key: B, minutes: 30}
    price: "60.00"
    staff: [mara]
customers:
  - {name: Lena Vogt, phone: "+4915111111111"}
  - {name: Erik Sommer, phone: "+491713920011"}
"""
LENA, ERIK = '"+4915111111111"', '"+491713920011"'


def load(text: str, *, prune: bool = False, now: datetime = NOW) -> Loaded:
    return load_salon_file(salon=read_salon_file(text=text), now=now, prune=prune)


def edited(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def with_appointments(text: str, *appointments: tuple[str, str, str, str]) -> str:
    """Add appointments: customer, service, staff, local start."""
    rows = [
        f"  - {{customer: {customer}, service: {service}, staff: {staff}, "
        f'starts_at: "{starts_at}"}}\n'
        for customer, service, staff, starts_at in appointments
    ]
    return "".join([text, "appointments:\n", *rows])


def dump(*, without: int | None = None) -> dict[str, list[Any]]:
    """Return every row of every table of ours, as it is stored.

    Args:
        without: leave out the rows of this company.
    """
    rows: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for label in ("appointments", "calcom", "voice"):
            for model in apps.get_app_config(label).get_models():
                table = model._meta.db_table
                cursor.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 -- our own name
                names = [column[0] for column in cursor.description]
                rows[model._meta.db_table] = [
                    row
                    for row in cursor.fetchall()
                    if without is None
                    or dict(zip(names, row, strict=True)).get("company_id") != without
                ]
    return rows


def problems_of(text: str, **kwargs: Any) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        load(text, **kwargs)
    return [str(problem) for problem in caught.value.problems]


def without_service(text: str, slug: str) -> str:
    """Remove one entry of `services`, up to the next one."""
    start = text.index(f"  - slug: {slug}\n")
    ends = [text.find(mark, start + 1) for mark in ("\n  - slug:", "\n  #", "\ncustomers:")]
    return text[:start] + text[min(end for end in ends if end > 0) + 1 :]
