"""What counts as a promise, sentence by sentence."""

import pytest

from voice.events.promises import get_promises
from voice.events.wording import Claim
from voice.phrases import SENTENCES

BOOKED, MOVED, CANCELLED = Claim.BOOKED, Claim.MOVED, Claim.CANCELLED


def said(*turns: str) -> list[dict]:
    """Return a transcript; a turn of the caller's begins with "> "."""
    return [
        {"role": "user", "text": turn[2:]}
        if turn.startswith("> ")
        else {"role": "agent", "text": turn}
        for turn in turns
    ]


def claims(*turns: str, analysis: dict | None = None) -> set[Claim]:
    return set(get_promises(said(*turns), analysis or {}))


@pytest.mark.parametrize(
    "sentence",
    [
        "Ihr Termin ist gebucht.",
        "Gebucht: Dauerwelle am Dienstag, dem 24. November, um 10 Uhr bei Mara Lindt.",
        "Alles klar, ist eingetragen!",
        "Ich habe Sie für Dienstag, den 24. November, um 10 Uhr eingetragen.",
        "Der Termin wurde für Sie reserviert.",
        "Kein Problem, ist gebucht.",
        "Super, dann habe ich den Termin für Sie gebucht, kann ich sonst noch etwas für Sie tun?",
        "Der Termin konnte erfolgreich gebucht werden.",
        "Ihr Termin am Freitag ist bestätigt.",
        "Ihr Termin steht: Freitag, 10 Uhr.",
        "Sie haben jetzt einen Termin am Dienstag um zehn.",
        "Ich kann Ihnen bestätigen, dass Ihr Termin am 24. November gebucht ist.",
        "Ihr Termin ist gebucht und kann bis 24 Stunden vorher storniert werden.",
        "Ihr Termin ist gebucht, wenn Sie Fragen haben, rufen Sie gerne an.",
        "Ihr Termin ist gebucht und wir werden Sie erinnern.",
        "Das habe ich schon für Sie gebucht.",
        "Sie sind am Donnerstag um 15 Uhr 30 eingetragen. Möchten Sie eine Erinnerung?",
        "Auf den Namen Vogt gebucht, bis Dienstag!",
        "Your appointment is booked.",
        "You\u2019re all set for Tuesday at ten.",
        "I've booked you in with Mara on Tuesday.",
        "I can confirm that your appointment is booked.",
        "I was able to book you for 10 a.m.",
        "No problem, you are booked for Friday.",
        "Your appointment has been scheduled, is there anything else?",
    ],
)
def test_this_promises_an_appointment(sentence):
    assert claims(sentence) == {BOOKED}


@pytest.mark.parametrize(
    "sentence",
    [
        # questions and offers
        "Möchten Sie den Termin buchen?",
        "Soll ich das für Sie eintragen?",
        "Ist der Termin schon gebucht?",
        "Sie sind also für Dienstag gebucht?",
        "Ist der Termin gebucht, oder soll ich noch einmal nachsehen?",
        "Auf welchen Namen soll der Termin gebucht werden?",
        "Ich kann Termine buchen, verschieben und stornieren.",
        # refusals
        "Der Termin konnte leider nicht gebucht werden.",
        "Der Termin am Dienstag, dem 24. November, um 10 Uhr konnte nicht gebucht werden.",
        "Es ist kein Termin am Dienstag, dem 24. November, um 10 Uhr gebucht.",
        "Damit ist noch nichts gebucht.",
        "Ohne Namen ist der Termin noch nicht eingetragen.",
        "Ich sehe nicht, dass ein Termin gebucht ist.",
        "The appointment could not be booked.",
        "I haven\u2019t booked anything yet.",
        # somebody else was faster
        "Der Termin um zehn ist leider schon gebucht.",
        "Zehn Uhr ist schon gebucht, elf Uhr wäre frei.",
        "Wir sind am Samstag ausgebucht.",
        "That slot is already booked.",
        "We are fully booked on Saturday.",
        "Da hat gerade jemand abgesagt, um zehn wäre frei.",
        # not yet
        "Sobald der Termin gebucht ist, bekommen Sie eine Bestätigung.",
        "Wenn Sie möchten, ist der Termin schnell gebucht.",
        "Ich werde den Termin jetzt buchen.",
        "Der Termin wird gleich gebucht.",
        "Ich trage das gleich ein.",
        "Termine können auch online gebucht werden.",
        "Once it's booked you'll get a message.",
        "Would you like to have it booked?",
        "I'll get that booked for you.",
        # something else was written down
        "Ich habe Ihre Telefonnummer eingetragen.",
        "Der Rückruf ist eingetragen.",
        "Ich habe Ihren Wunsch notiert, eine Kollegin ruft Sie zurück.",
        "Ich halte die Zeit drei Minuten für Sie reserviert.",
        "Ich habe den Termin kurz reserviert, auf welchen Namen darf ich ihn eintragen?",
        # an earlier one
        "Sie haben schon einen Termin für eine Dauerwelle gebucht.",
        "Beim letzten Mal haben Sie eine Dauerwelle gebucht.",
        "Sie hatten eine Dauerwelle gebucht, richtig?",
        # moves and cancellations that are none
        "Ihr Termin kann bis 24 Stunden vorher kostenlos storniert werden.",
        "Möchten Sie den Termin verschieben oder absagen?",
        "Der Termin konnte nicht verschoben werden.",
        "Your appointment can be cancelled until tomorrow.",
        # nothing of the kind
        "Wir haben von neun bis achtzehn Uhr geöffnet.",
        "",
        "?",
    ],
)
def test_this_promises_nothing(sentence):
    assert claims(sentence) == set()


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("Ihr Termin wurde auf Mittwoch verschoben.", MOVED),
        ("Ich habe Sie auf 11 Uhr umgebucht.", MOVED),
        ("I've moved your appointment to Friday.", MOVED),
        ("Your appointment has been rescheduled.", MOVED),
        ("Ihr Termin ist storniert.", CANCELLED),
        ("Gut, ich habe den Termin abgesagt, kann ich sonst noch etwas tun?", CANCELLED),
        ("Your appointment is cancelled.", CANCELLED),
    ],
)
def test_this_promises_a_change(sentence, claim):
    assert claims(sentence) == {claim}


def test_of_our_own_sentences_only_those_promise_that_follow_a_row():
    promising = {
        key for key, languages in SENTENCES.items() for sentence in languages if claims(sentence)
    }

    assert promising <= {
        "booked",
        "already_booked",
        "rescheduled",
        "already_at_that_time",
        "cancelled",
        "already_cancelled",
    }
    assert "booked" in promising


def test_the_caller_promises_nothing():
    assert claims("> Super, dann ist das gebucht!", "Einen Moment, bitte.") == set()


@pytest.mark.parametrize(
    ("asked", "answered", "promised"),
    [
        ("Ist das jetzt gebucht?", "Ja, genau.", {BOOKED}),
        ("Bin ich eingetragen?", "Ja, um zehn.", {BOOKED}),
        ("Is it booked?", "Yes, it is.", {BOOKED}),
        ("Ist das jetzt gebucht?", "Noch nicht.", set()),
        ("Ist das jetzt gebucht?", "Ja, das konnte ich leider nicht finden.", set()),
        ("Kann das noch gebucht werden?", "Ja, gerne.", set()),
        ("Wollen Sie mir einen Termin machen?", "Ja, gerne.", set()),
    ],
)
def test_a_yes_promises_what_was_asked(asked, answered, promised):
    assert claims(f"> {asked}", answered) == promised


@pytest.mark.parametrize(
    "turns",
    [
        ("Ihr Termin ist gebucht.", "Entschuldigung, das hat leider nicht geklappt."),
        ("Ihr Termin ist gebucht. Moment. Leider konnte ich ihn nicht eintragen.",),
        ("Ist gebucht!", "> Danke.", "Am Dienstag um 10 Uhr ist leider schon vergeben."),
        ("You're booked.", "I'm sorry, that slot was just taken."),
        ("Ihr Termin ist storniert.", "Das Stornieren hat leider nicht geklappt."),
    ],
)
def test_what_was_taken_back_was_not_promised(turns):
    assert claims(*turns) == set()


def test_what_was_promised_again_stands():
    turns = (
        "Ist gebucht!",
        "Zehn Uhr ist leider schon vergeben.",
        "> Dann um elf.",
        "Gut, um elf habe ich Sie eingetragen.",
        "Ich wünsche Ihnen einen schönen Tag.",
    )

    promised = get_promises(said(*turns), {})

    assert promised == {BOOKED: "Gut, um elf habe ich Sie eingetragen."}


def test_something_else_that_is_taken_much_later_takes_nothing_back():
    small_talk = ["> Und sonst?", "Gern."] * 3

    assert claims("Ist gebucht!", *small_talk, "Samstag ist leider vergeben.") == {BOOKED}


@pytest.mark.parametrize(
    ("analysis", "promised"),
    [
        ({"summary": "Die Kundin hat eine Dauerwelle für Freitag, 10 Uhr gebucht."}, {BOOKED}),
        (
            {"summary": "The caller requested a haircut and the agent booked it for ten."},
            {BOOKED},
        ),
        ({"summary": "Termin erfolgreich verschoben."}, {MOVED}),
        ({"custom": {"promised_time": "2026-11-20T10:00"}}, {Claim.SOMETHING}),
        ({"custom": {"promised": True, "promised_time": ""}}, {Claim.SOMETHING}),
        ({"custom": {"appointment_booked": True}}, {BOOKED}),
        ({"custom": {"Termin_gebucht": "ja"}}, {BOOKED}),
        ({"custom": {"outcome": "booked"}}, {BOOKED}),
        ({"custom": {"outcome": "cancelled"}}, {CANCELLED}),
        ({"successful": True, "sentiment": "Positive"}, set()),
        ({"custom": {"promised_time": "", "appointment_booked": False, "promised": False}}, set()),
        ({"custom": {"outcome": "info", "intent": "book"}}, set()),
        ({"summary": "The caller wanted to book a haircut."}, set()),
        ({"summary": "The caller asked about the appointment booked for Friday."}, set()),
        ({"summary": "Der Anrufer wollte einen Termin, der aber nicht gebucht wurde."}, set()),
        ({"summary": "Die Kundin fragte, ob ihr Termin gebucht ist."}, set()),
        ({}, set()),
    ],
)
def test_the_analysis_says_booked_or_it_does_not(analysis, promised):
    assert claims(analysis=analysis) == promised


def test_long_nonsense_promises_nothing():
    assert claims("Termin " * 280, "konnte " * 280, ("nicht " * 30 + ".") * 10) == set()
