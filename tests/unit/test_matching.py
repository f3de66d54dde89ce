"""Which service and which staff member somebody means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.matching import (
    Ambiguous,
    Anybody,
    Match,
    NotFound,
    ServiceName,
    StaffName,
    is_a_yes,
    likeness,
    match_service,
    match_staff,
    means_the_usual,
)

MENS = ServiceName(1, "herrenhaarschnitt", "Herrenhaarschnitt", (("Cut für ihn", 0.9),))
WOMENS = ServiceName(2, "damenhaarschnitt", "Damenhaarschnitt")
CHILDRENS = ServiceName(3, "kinderhaarschnitt", "Kinderhaarschnitt")
PERM = ServiceName(4, "dauerwelle", "Dauerwelle")
STREAKS = ServiceName(5, "straehnchen", "Strähnchen", (("Highlights", 0.9), ("Foliensträhnen", 1)))
BLOWDRY = ServiceName(6, "waschen-foehnen", "Waschen und Föhnen")
SERVICES = (MENS, WOMENS, CHILDRENS, PERM, STREAKS, BLOWDRY)

MARA = StaffName(1, "mara-lindt", "Mara Lindt")
JONAS = StaffName(2, "jonas-brandt", "Jonas Brandt")
ZOE = StaffName(3, "zoe-mueller", "Zoë Müller")
STAFF = (MARA, JONAS, ZOE)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Herrenhaarschnitt", MENS),
        ("herren haarschnitt", MENS),
        ("Herren-Haarschnitt", MENS),
        ("einen Termin für Herrenhaarschnitt bitte", MENS),
        ("1", MENS),
        ("damenhaarschnitt", WOMENS),
        ("Haarschnitt für Damen", WOMENS),
        ("Frauenhaarschnitt", WOMENS),
        ("Heren Haarschnitt", MENS),
        ("Dame-Haarschnitt", WOMENS),
        ("Dauerwele", PERM),
        ("Dauer", PERM),
        ("Straehnchen", STREAKS),
        ("STRÄHNCHEN", STREAKS),
        ("Highlights", STREAKS),
        ("Foliensträhnen", STREAKS),
        ("waschen föhnen", BLOWDRY),
        ("Cut für ihn", MENS),
    ],
)
def test_a_service_is_known_by_any_of_its_names(said: str, meant: ServiceName) -> None:
    assert match_service(said, SERVICES) == Match(meant.id)


@pytest.mark.parametrize("said", ["Rückenmassage", "Massage", "", "bitte", "Bart machen"])
def test_what_is_not_offered_is_not_found(said: str) -> None:
    assert match_service(said, SERVICES) == NotFound()


def test_a_name_that_is_part_of_several_is_asked_about() -> None:
    assert match_service("Haarschnitt", (PERM, MENS, WOMENS)) == Ambiguous((WOMENS, MENS))


@pytest.mark.parametrize("said", ["Damenhaarschnitt", "Dame-Haarschnitt", "Haarschnitt für Damen"])
def test_the_womens_cut_is_never_taken_for_the_mens(said: str) -> None:
    assert likeness("damenhaarschnitt", "herrenhaarschnitt") > 0.75

    assert match_service(said, (MENS, CHILDRENS, PERM)) == NotFound()


def test_likeness_between_asking_and_accepting_is_asked_even_with_one_candidate() -> None:
    assert 0.6 <= likeness("dauerwind", "dauerwelle") < 0.75

    assert match_service("Dauerwind", (PERM,)) == Ambiguous((PERM,))


def test_two_services_within_a_tenth_are_asked_about() -> None:
    colour, gloss = ServiceName(1, "a", "Farbe kurz"), ServiceName(2, "b", "Farbe lang")

    assert match_service("Farbe", (colour, gloss)) == Ambiguous((colour, gloss))


def test_an_exact_name_wins_over_a_longer_one_that_contains_it() -> None:
    perm_and_cut = ServiceName(9, "dauerwelle-schnitt", "Dauerwelle mit Schnitt")

    assert match_service("Dauerwelle", (perm_and_cut, PERM)) == Match(PERM.id)


def test_a_synonym_counts_as_much_as_its_confidence() -> None:
    doubtful = ServiceName(1, "a", "Glossing", (("Glanz", 0.7),))
    useless = ServiceName(1, "a", "Glossing", (("Glanz", 0.5),))

    assert match_service("Glanz", (doubtful,)) == Ambiguous((doubtful,))
    assert match_service("Glanz", (useless,)) == NotFound()


USUAL = [
    *("wie immer", "Wie immer bitte", "das Übliche", "the usual", "wie letztes Mal"),
    *("dasselbe wie beim letzten Mal", "das gleiche wie letztes Mal", "wie sonst auch"),
]


@pytest.mark.parametrize("said", USUAL)
def test_the_usual_is_no_service_but_a_wish_for_what_was_before(said: str) -> None:
    assert means_the_usual(said)
    assert match_service(said, SERVICES) == NotFound()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Mara", MARA),
        ("bei Mara", MARA),
        ("bei der Mara bitte", MARA),
        ("Mara Lindt", MARA),
        ("beim Jonas", JONAS),
        ("von Jonas", JONAS),
        ("Frau Lindt", MARA),
        ("Herr Brandt", JONAS),
        ("2", JONAS),
        ("jonas-brandt", JONAS),
        ("Jona", JONAS),
        ("Mara Lind", MARA),
        ("Mueller", ZOE),
        ("with Mara", MARA),
    ],
)
def test_a_staff_member_is_known_by_part_of_the_name(said: str, meant: StaffName) -> None:
    assert match_staff(said, STAFF) == Match(meant.id)


@pytest.mark.parametrize("said", ["egal", "egal wer", "wer frei ist", "irgendjemand", "anyone"])
def test_not_minding_is_no_wish(said: str) -> None:
    assert match_staff(said, STAFF) == Anybody()


@pytest.mark.parametrize("said", ["Mario", "bei Max", "Marlene", "nicht bei Jonas", "", "bei"])
def test_nobody_is_replaced_silently(said: str) -> None:
    assert match_staff(said, STAFF) == NotFound()


def test_two_of_a_name_are_asked_about() -> None:
    other_mara = StaffName(4, "mara-kern", "Mara Kern")

    assert match_staff("bei Mara", (MARA, other_mara)) == Ambiguous((other_mara, MARA))
    assert match_staff("Mara Kern", (MARA, other_mara)) == Match(other_mara.id)


def test_two_names_at_once_are_asked_about() -> None:
    assert match_staff("Mara oder Jonas", STAFF) == Ambiguous((JONAS, MARA))


def test_a_first_name_with_a_strange_surname_is_asked_about() -> None:
    assert match_staff("Jonas Meier", STAFF) == Ambiguous((JONAS,))


@pytest.mark.parametrize("said", ["ja", "Ja genau", "ja bitte", "gerne", "yes please"])
def test_a_yes_is_a_yes(said: str) -> None:
    assert is_a_yes(said)


@pytest.mark.parametrize("said", ["", "nein", "ja, Dauerwelle", "Jaqueline"])
def test_what_says_more_than_yes_is_none(said: str) -> None:
    assert not is_a_yes(said)


@given(said=st.text(alphabet="HerndamkiucsthaufüoD -'1", max_size=25))
def test_a_match_is_always_one_of_those_offered(said: str) -> None:
    found = match_service(said, SERVICES)
    whom = match_staff(said, STAFF)

    assert not isinstance(found, Match) or found.id in {service.id for service in SERVICES}
    assert not isinstance(whom, Match) or whom.id in {member.id for member in STAFF}
