"""Names that are names, and addresses as they are spoken."""

import pytest

from voice.matching import StaffName
from voice.naming import introduced, is_a_name, name_likeness, parse_email, staff_named

STAFF = [StaffName(1, "mara", "Mara Lindt"), StaffName(2, "jonas", "Jonas Brandt")]


@pytest.mark.parametrize(
    "said",
    [
        *("Lena Vogt", "Özdemir", "Müller-Lüdenscheidt", "O'Neill", "Li", "August", "Mai Linh"),
        *("Tim", "Frau Sommer", "Maria Theresia von Berg", "Anna Montag", "Herr Freitag"),
        *(
            "Jonas Acht",
            "Lara Gut",
            "Şahin",
            "D'Amico",
            "Elf Arslan",
            "Karel Gott",
            "Na Li",
            "Weiß",
        ),
        *("April May", "Frau Morgen", "Max Neu", "Sonja Gast", "Herr Weiss"),
    ],
)
def test_a_name_is_a_name(said):
    assert is_a_name(said)


@pytest.mark.parametrize(
    "said",
    [
        *("", "A", "-", "anonymous", "Unbekannt", "Gast", "Kunde", "n/a", "{{customer_name}}"),
        *(
            "Herr",
            "keine Angabe",
            "test",
            "N.N.",
            "Unbekannter Anrufer",
            "unknown caller",
            "Neukunde",
        ),
        *("weiß nicht", "keine Ahnung", "egal", "danke", "Grüß Gott", "Moin", "ähm", "mein Name"),
        *(
            "ich weiß nicht",
            "meine Frau",
            "wie immer",
            "die zweite",
            "customer_name",
            "tomorrow",
            "at ten",
            "half past two",
        ),
        *("ja", "ja genau", "nein", "okay", "Guten Tag", "mir nicht", "gleich fertig", "na gut"),
        *("Acht Uhr", "acht", "um acht", "zwei", "halb drei", "Viertel nach drei", "14:30"),
        *(
            "Montag um zehn",
            "morgen früh",
            "heute Nachmittag",
            "nächsten Dienstag",
            "zehn nach drei",
        ),
        *("der vierte Dezember", "übermorgen um halb vier", "am Vormittag", "halb elf abends"),
        *("ja gerne", "richtig", "stimmt genau", "passt", "klar", "nee", "jawohl"),
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
        ("mara lindt", "Mara Lindt"),
        ("Mara", None),
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
        ("max.muster Klammeraffe web.de", "max.muster@web.de"),
        ("Lena Punkt Vogt at T minus Online Punkt de.", "lena.vogt@t-online.de"),
        ("vogt 1987 ät gmx Punkt net", "vogt1987@gmx.net"),
        ("max unter strich m at web punkt de", "max_m@web.de"),
        ("max..m@web.de", None),
        ("-@-.de", None),
        ("habe ich nicht", None),
        ("jürgen at web.de", None),
        ("", None),
        ("lena at", None),
    ],
)
def test_an_address_is_understood_or_left_out(said, address):
    assert parse_email(said) == address


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Lena Vogt", "lena  vogt", 1.0),
        ("Müller", "Mueller", 0.85),
        ("Schmidt", "Schmitt", 0.85),
        ("Meyer", "Maier", 0.85),
        ("Lena Meyer", "Lena Mayr", 0.85),
        ("Lena Vogt", "Lena Fogt", 0.85),
        ("Lena Vogt", "Lina Voigt", 0.85),
        ("Lena Vogt", "Lene Volk", 0.67),
        ("Lena Vogt", "Tim Vogt", 0.56),
        ("Lena Vogt", "Jonas Brandt", 0.33),
        ("李", "王", 0.0),
    ],
)
def test_names_of_the_same_sound_are_nearly_equal(one, other, alike):
    assert name_likeness(one, other) == name_likeness(other, one) == alike


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Mein Name ist Lena Vogt", "Lena Vogt"),
        ("ja, ich heiße Özdemir", "Özdemir"),
        ("ich bin die Lena", "Lena"),
        ("auf den Namen Vogt", "Vogt"),
        ("my name is Ben", "Ben"),
        ("Hier", "Hier"),
        ("Lena Vogt", "Lena Vogt"),
    ],
)
def test_a_name_is_kept_without_its_introduction(said, name):
    assert introduced(said) == name
