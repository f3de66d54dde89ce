"""Every sentence the agent can say, looked at one by one."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from appointments.domain.diary import Reason
from appointments.errors import (
    AlreadyAtThatTimeError,
    AppointmentError,
    ClosedError,
    DenialReason,
    DeniedError,
    NotChangeableError,
    OtherCompanyError,
    OwnAppointmentError,
    PastTimeError,
    SlotTakenError,
    TooFarError,
    TooSoonError,
)
from voice.phrases import SENTENCES, both, either, say
from voice.when import Problem

VOICE = Path(__file__).parents[2] / "voice"
# What callers can be refused with, but for what says its reason.
WITH_REASON = (DeniedError, SlotTakenError)
SPOKEN = (
    AlreadyAtThatTimeError,
    ClosedError,
    NotChangeableError,
    OtherCompanyError,
    OwnAppointmentError,
    PastTimeError,
    TooFarError,
    TooSoonError,
)
# A refusal of imports, which no function of the agent makes.
OF_OTHERS = {"CannotProvideServiceError"}


def asked_back() -> set[str]:
    """Return every status that is asked back with somewhere, read from the code."""
    return {
        node.args[0].value
        for path in VOICE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "AskBackError"
        and isinstance(node.args[0], ast.Constant)
    }


def placeholders(sentence: str) -> set[str]:
    return {name.lower() for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_refusal_has_something_to_say():
    known = {error.__name__ for error in (*SPOKEN, *WITH_REASON)} | OF_OTHERS

    assert known == {error.__name__ for error in AppointmentError.__subclasses__()}
    assert {error.status for error in SPOKEN} <= set(SENTENCES)
    assert {reason.value for reason in (*Reason, *DenialReason)} <= set(SENTENCES)


def test_every_question_has_something_to_say():
    assert asked_back()
    assert asked_back() | {problem.value for problem in Problem} <= set(SENTENCES)


@pytest.mark.parametrize("key", sorted(SENTENCES))
def test_both_languages_say_the_same(key):
    german, english = SENTENCES[key]

    assert placeholders(german) == placeholders(english)


@pytest.mark.parametrize("sentence", [text for pair in SENTENCES.values() for text in pair])
def test_a_sentence_can_be_spoken(sentence):
    assert sentence[-1] in ".?"
    assert not re.search(r"\d|[<>_/]|\{\{", re.sub(r"\{\w+\}", "", sentence))
    assert len(sentence) < 200


@pytest.mark.parametrize("key", ["date_required", "time_required", "service_required"])
def test_a_question_ends_in_a_question_mark(key):
    assert all(sentence.endswith("?") for sentence in SENTENCES[key])


def test_a_value_at_the_beginning_of_a_sentence_begins_with_a_capital():
    said = say("taken", locale="de", when="am Dienstag, dem 24. November, um 10 Uhr")

    assert said == "Am Dienstag, dem 24. November, um 10 Uhr ist leider schon vergeben."


def test_curly_brackets_in_a_value_are_only_text():
    assert "{name.__class__}" in say("service_ambiguous", locale="en", names="{name.__class__}")


@pytest.mark.parametrize(
    ("words", "joined"), [(["A"], "A"), (["A", "B"], "A oder B"), (["A", "B", "C"], "A, B oder C")]
)
def test_alternatives_are_joined_by_oder(words, joined):
    assert either(words, locale="de") == joined


def test_a_list_is_joined_by_and():
    assert both(["A", "B", "C"], locale="en") == "A, B and C"
