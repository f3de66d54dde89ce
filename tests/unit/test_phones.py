"""Telephone numbers, as people write them."""

import pytest

from appointments.phones import written


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+491711234567", "0171 1234567"),
        ("+493011110001", "030 11110001"),
        ("+436641234567", "+43 664 1234567"),
        ("anonymous", "anonymous"),
        ("", ""),
    ],
)
def test_a_number_of_the_country_is_shown_without_its_code_and_a_foreign_one_with(stored, shown):
    assert written(stored) == shown


def test_where_another_country_is_home_its_own_numbers_are_shown_without_their_code():
    assert written("+436641234567", country="AT") == "0664 1234567"
