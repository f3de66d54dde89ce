"""Why somebody wants to be called back, and how soon."""

import pytest

from appointments.models import CallbackReason, CallbackRequest
from voice.reasons import priority_of, reason_of

PRIORITY = CallbackRequest.Priority


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("complaint", CallbackReason.COMPLAINT),
        ("Möchte sich beschweren", CallbackReason.COMPLAINT),
        ("ist unzufrieden mit der Farbe", CallbackReason.COMPLAINT),
        ("Reklamation, dringend", CallbackReason.COMPLAINT),
        ("urgent", CallbackReason.URGENT),
        ("Es ist sehr eilig", CallbackReason.URGENT),
        ("booking_failed", CallbackReason.BOOKING_FAILED),
        ("Buchung hat nicht geklappt", CallbackReason.BOOKING_FAILED),
        ("technisches Problem", CallbackReason.BOOKING_FAILED),
        ("nothing_free", CallbackReason.NOTHING_FREE),
        ("no_availability", CallbackReason.NOTHING_FREE),
        ("Es war kein passender Termin dabei", CallbackReason.NOTHING_FREE),
        ("alles ausgebucht", CallbackReason.NOTHING_FREE),
        ("reschedule", CallbackReason.MOVE),
        ("möchte den Termin verschieben", CallbackReason.MOVE),
        ("Termin absagen", CallbackReason.CANCEL),
        ("cancel appointment", CallbackReason.CANCEL),
        ("Frage zu Gutscheinen", CallbackReason.WISH),
        ("hat Termine in der Schule", CallbackReason.WISH),
        ("", CallbackReason.WISH),
    ],
)
def test_the_weightiest_reason_that_was_said_counts(said, reason):
    assert reason_of(said) == reason


@pytest.mark.parametrize("said", ["Haarentfernung", "unfailingly kind", "Removal", "Bestellung"])
def test_a_word_inside_another_is_no_reason(said):
    assert reason_of(said) == CallbackReason.WISH


@pytest.mark.parametrize(
    ("said", "priority"),
    [
        ("urgent", PRIORITY.URGENT),
        ("Dringend!", PRIORITY.URGENT),
        ("high", PRIORITY.HIGH),
        ("hoch", PRIORITY.HIGH),
        ("normal", PRIORITY.NORMAL),
        ("niedrig", PRIORITY.NORMAL),
        ("", PRIORITY.NORMAL),
    ],
)
def test_what_was_said_of_urgency_is_a_priority(said, priority):
    assert priority_of(said) == priority
