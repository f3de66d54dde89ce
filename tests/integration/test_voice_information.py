"""What the agent can tell of the salon: services, opening hours, and which day is meant."""

from decimal import Decimal

import pytest
import time_machine

from appointments.models import Company
from tests.conftest import at, day
from tests.factories.appointments import ServiceFactory, StaffFactory
from tests.integration.conftest import line_to
from voice.models import Call, FunctionCall


def sell(staff, *named: str, category: str = "", price: str = "32.00"):
    return [
        ServiceFactory.create(
            company=staff.company,
            name=name,
            category=category,
            price=Decimal(price),
            performed_by=[staff],
        )
        for name in named
    ]


def test_few_services_are_named_with_price_and_length(line, cut, perm):
    answer = line.ask("list_services")

    assert answer["status"] == "found"
    assert answer["message"] == (
        "Wir bieten Dauerwelle für 32 Euro, 2 Stunden und 15 Minuten und "
        "Herrenhaarschnitt für 32 Euro, 55 Minuten an. Möchten Sie einen Termin dafür?"
    )
    assert answer["data"]["services"] == [
        {"id": perm.pk, "name": "Dauerwelle", "duration_minutes": 135, "price": "32.00"},
        {"id": cut.pk, "name": "Herrenhaarschnitt", "duration_minutes": 55, "price": "32.00"},
    ]


def test_many_services_of_several_kinds_are_named_by_kind(line, mara):
    sell(mara, *(f"Schnitt {letter}" for letter in "abcd"), category="Schnitt")
    sell(mara, "Ansatz", "Strähnen", category="Farbe")

    answer = line.ask("get_available_services")

    assert (answer["status"], answer["data"]["services"]) == ("categories", [])
    assert answer["data"]["categories"] == ["Farbe", "Schnitt"]
    assert answer["message"] == (
        "Wir haben 6 Leistungen in den Bereichen Farbe und Schnitt. Was interessiert Sie?"
    )


def test_of_many_services_of_one_kind_five_are_named_and_all_counted(line, mara):
    sell(mara, *(f"Schnitt {letter}" for letter in "abcdefg"), category="Schnitt")

    answer = line.ask("list_services")

    assert answer["status"] == "found"
    assert len(answer["data"]["services"]) == 5
    assert answer["message"].startswith("Wir haben 7 Leistungen, zum Beispiel Schnitt a für")
    assert answer["message"].count("?") == 1


def test_a_kind_and_a_name_narrow_the_list(line, mara):
    sell(mara, "Schnitt kurz", "Schnitt lang", "Pony Schnitt", category="Schneiden")
    sell(mara, "Ansatzfarbe", "Strähnen", category="Farbe & Glanz", price="20.50")

    by_kind = line.ask("list_services", category="farbe")
    by_name = line.ask("get_service_info", service="Ansatz Farbe")
    several = line.ask("get_service_info", service="Schnitt")
    unknown = line.ask("get_service_info", service="Rückenmassage")
    no_kind = line.ask("list_services", kategorie="Nägel")

    assert [row["name"] for row in by_kind["data"]["services"]] == ["Ansatzfarbe", "Strähnen"]
    assert [row["name"] for row in by_name["data"]["services"]] == ["Ansatzfarbe"]
    assert "20 Euro 50" in by_name["message"]
    assert len(several["data"]["services"]) == 3
    assert (unknown["status"], no_kind["status"]) == ("none", "none")
    assert no_kind["data"]["categories"] == ["Farbe & Glanz", "Schneiden"]


def test_what_nobody_performs_is_not_offered(line, cut, mara):
    ServiceFactory.create(company=mara.company, name="Hochzeitsfrisur")
    sell(mara, "Altes")[0].__class__.objects.filter(name="Altes").update(is_active=False)

    names = [row["name"] for row in line.ask("list_services")["data"]["services"]]

    assert names == ["Herrenhaarschnitt"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_catalogue_costs_three_questions(
    branch, mara, monday, count, django_assert_max_num_queries
):
    sell(mara, *(f"Schnitt {letter}" for letter in "abc"[:count]))
    line = line_to(branch, call_id="")

    with django_assert_max_num_queries(5):  # two of them find the salon
        assert line.ask("list_services")["status"] == "found"


def test_the_day_is_open_with_its_hours(line):
    answer = line.ask("get_opening_hours", datum="morgen")

    assert answer["status"] == "open"
    assert answer["message"] == (
        "Morgen, am Dienstag, dem 8. Januar haben wir von 9 Uhr bis 18 Uhr geöffnet. "
        "Möchten Sie einen Termin?"
    )
    assert answer["data"]["hours"] == [{"from": "09:00", "to": "18:00"}]
    assert answer["data"]["day"]["date"] == "2030-01-08"
    assert answer["data"]["week"][0]["weekday"] == "Dienstag"
    assert len(answer["data"]["week"]) == 7


def test_a_closed_day_names_the_next_opening(line):
    answer = line.ask("get_opening_hours", date="Sonntag")

    assert (answer["status"], answer["data"]["hours"]) == ("closed", [])
    assert answer["message"] == (
        "Am Sonntag, dem 13. Januar haben wir geschlossen. Das nächste Mal öffnen wir "
        "am Montag, dem 14. Januar, um 9 Uhr. Passt das?"
    )
    assert answer["data"]["next_opening"] == {
        "date": "2030-01-14",
        "weekday": "Montag",
        "spoken": "Montag, 14. Januar",
        "from": "09:00",
    }


def test_closures_and_public_holidays_are_closed_with_their_reason(line, branch):
    branch.closures.create(closed_on=day(), reason="Betriebsausflug")
    branch.region = "BE"
    branch.save()

    closure = line.ask("get_opening_hours", date="morgen")
    holiday = line.ask("get_opening_hours", date="08.03.2030")

    assert (closure["status"], closure["data"]["reason"]) == ("closed", "Betriebsausflug")
    assert "wegen Betriebsausflug" in closure["message"]
    assert closure["data"]["next_opening"]["date"] == "2030-01-09"
    assert (holiday["status"], holiday["data"]["reason"]) == (
        "closed",
        "Frauentag",
    )


def test_after_closing_time_today_is_closed(branch, mara):
    line = line_to(branch)

    with time_machine.travel(at(17, 59, days=-1), tick=False):
        before = line.ask("get_opening_hours")
    with time_machine.travel(at(18, days=-1), tick=False):
        after = line.ask("get_opening_hours")

    assert (before["status"], after["status"]) == ("open", "closed")
    assert after["data"]["next_opening"]["date"] == "2030-01-08"


def test_a_week_names_days_with_equal_hours_together(line, branch):
    branch.opening_hours.filter(weekday=5).update(to_time="14:00")
    branch.closures.create(closed_on=day(7 + 1), reason="Inventur")

    answer = line.ask("get_opening_hours", date="nächste Woche")

    assert answer["status"] == "open"
    assert answer["message"] == (
        "Geöffnet haben wir Montag bis Dienstag von 9 Uhr bis 18 Uhr, Donnerstag bis Freitag "
        "von 9 Uhr bis 18 Uhr und Samstag von 9 Uhr bis 14 Uhr. Möchten Sie einen Termin?"
    )


def test_a_branch_that_never_opens_says_so(line, branch):
    branch.opening_hours.all().delete()

    answer = line.ask("get_opening_hours")

    assert (answer["status"], answer["data"]["next_opening"]) == ("closed", None)
    assert answer["message"].endswith("Sollen wir Sie zurückrufen?")


def test_a_day_gone_by_has_no_hours(line):
    assert line.ask("get_opening_hours", date="gestern")["status"] == "past_time"


@pytest.mark.parametrize(
    ("args", "status", "on", "clock"),
    [
        (
            {"text": "am vierten Februar um Viertel nach zwei"},
            "ok",
            "2030-02-04",
            "14:15",
        ),
        ({"datum": "Freitag"}, "ok", "2030-01-11", None),
        ({"date_string": "morgen", "time": "halb drei"}, "ok", "2030-01-08", "14:30"),
        ({"text": "nächsten Mittwoch"}, "date_ambiguous", "2030-01-09", None),
        ({"text": "Montag oder Dienstag"}, "date_ambiguous", None, None),
        ({"text": "31. November"}, "date_not_understood", None, None),
        ({"text": "nächste Woche"}, "date_required", None, None),
        ({"text": "um drei"}, "date_required", None, "15:00"),
        ({"text": "Mittwoch, der 8. Januar"}, "weekday_mismatch", None, None),
        ({"text": "gestern"}, "past_time", "2030-01-06", None),
        ({}, "date_required", None, None),
    ],
)
def test_a_phrase_is_parsed_or_asked_back(line, args, status, on, clock):
    answer = line.ask("parse_date", **args)

    understood = answer["data"]["understood"]
    assert (answer["success"], answer["status"]) == (True, status)
    assert (understood["date"], understood["time"]) == (on, clock)
    assert answer["message"].endswith("?")


def test_two_readings_are_both_named(line):
    answer = line.ask("parse_date", text="nächsten Mittwoch")

    assert answer["data"]["candidates"] == ["2030-01-09", "2030-01-16"]
    assert "9. Januar" in answer["message"]
    assert "16. Januar" in answer["message"]


def test_a_week_is_no_day_but_it_is_said_which(line):
    understood = line.ask("parse_date", text="nächste Woche vormittags")["data"]["understood"]

    assert understood["days"] == {"from": "2030-01-14", "to": "2030-01-20"}
    assert understood["window"] == {"from": "08:00", "to": "12:00"}


def test_a_part_of_the_day_is_read_back(line):
    answer = line.ask("parse_date", text="morgen Vormittag")

    assert answer["message"] == (
        "Ich habe morgen, am Dienstag, dem 8. Januar, zwischen 8 Uhr und 12 Uhr verstanden. "
        "Ist das richtig?"
    )


def test_parsing_agrees_to_nothing(line, cut):
    line.ask("parse_date", text="morgen um zehn")

    answer = line.ask("check_availability", time="14 Uhr", service=cut.name)

    assert answer["status"] == "date_required"


@pytest.mark.parametrize("name", ["list_services", "get_opening_hours", "parse_date"])
def test_what_is_the_same_for_everybody_is_told_without_a_call(branch, monday, cut, name):
    line = line_to(branch, call_id="")

    answer = line.ask(name, call_id="current", text="morgen", date="morgen")

    assert answer["success"]
    assert answer["data"]["call_id"] is None
    assert (Call.objects.count(), FunctionCall.objects.count()) == (0, 0)


def test_an_english_salon_is_told_of_in_english(line, branch, cut):
    Company.objects.filter(pk=branch.company_id).update(locale="en")

    hours = line.ask("get_opening_hours", date="Sunday")
    services = line.ask("list_services")
    parsed = line.ask("parse_date", text="tomorrow at half past two")

    assert hours["message"] == (
        "On Sunday, 13 January we are closed. We open again on Monday, 14 January, at 9 a.m. "
        "Would that suit you?"
    )
    assert services["message"].startswith("We offer Herrenhaarschnitt for 32 euros, 55 minutes.")
    assert "at 2:30 p.m." in parsed["message"]


def test_another_companys_services_are_not_told(line, cut):
    StaffFactory.create()

    assert line.ask("get_service_info", service="Schnitt")["data"]["services"] != []
    names = [row["name"] for row in line.ask("list_services")["data"]["services"]]
    assert names == ["Herrenhaarschnitt"]
