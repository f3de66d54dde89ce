"""Names that are names, and addresses as they are spoken."""

import pytest

from voice.matching import StaffName
from voice.naming import is_a_name, parse_email, staff_named

STAFF = [StaffName(1, "mara", "Mara Lindt"), StaffName(2, "jonas", "Jonas Brandt")]


@pytest.mark.parametrize(
    "said",
    [
        *("Lena Vogt", "Özdemir", "Müller-Lüdenscheidt", "O'Neill", "Li", "August", "Mai Linh"),
        *("Tim", "Frau Sommer", "Maria Theresia von Berg", "Anna Montag"),
    ],
)
def test_a_name_is_a_name(said):
    assert is_a_name(said)


@pytest.mark.parametrize(
    "said",
    [
        *("", "A", "-", "anonymous", "Unbekannt", "Gast", "Kunde", "n/a", "{{customer_name}}"),
        *("Herr", "keine Angabe", "test", "N.N."),
        *("ja", "ja genau", "nein", "okay", "Guten Tag", "mir nicht", "gleich fertig", "na gut"),
        *("Acht Uhr", "acht", "um acht", "zwei", "halb drei", "Viertel nach drei", "14:30"),
        *("morgen", "am Dienstag", "nächste Woche", "übermorgen", "vormittags", "3 p.m."),
    ],
)
def test_what_is_no_name_is_none(said):
    assert not is_a_name(said)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("bei Mara", "Mara Lindt"),
        ("beim Jonas Brandt", "Jonas Brandt"),
        ("zu Mara Lindt", "Mara Lindt"),
        ("Mara Lindt", "Mara Lindt"),
        ("bei Mario", "Mario"),
        ("mara", "Mara Lindt"),
        ("Lena Vogt", None),
        ("Beier", None),
        ("Mara Vogt", None),
    ],
)
def test_a_staff_member_is_not_the_customer(said, named):
    assert staff_named(said, STAFF) == named


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("max punkt muster at gmail punkt com", "max.muster@gmail.com"),
        ("beispiel at example Punkt com", "beispiel@example.com"),
        ("anna minus lena ät web Punkt de", "anna-lena@web.de"),
        ("a Unterstrich b at example dot com", "a_b@example.com"),
        ("Lena@Example.com", "lena@example.com"),
        ("habe ich nicht", None),
        ("", None),
        ("lena at", None),
    ],
)
def test_an_address_is_understood_or_left_out(said, address):
    assert parse_email(said) == address
