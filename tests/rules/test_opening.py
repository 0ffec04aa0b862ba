"""Opening hours by weekday on the house's own clock (D5), and the times we promise (C4)."""

from __future__ import annotations

import pytest
from support_world import at

from opportune.rules.opening import read
from opportune.rules.zones import Calendar

HOUSE = read("Mon-Fri 09:00-12:00; Mon-Fri 13:00-18:00; Sat 10:00-14:00", "Europe/Berlin")


#: Moment in Berlin -> are we there, when do we call back, by when do we answer a message
MOMENTS = [
    ("2026-03-03 10:02", True, "2026-03-03 10:15", "2026-03-03 11:05"),  # Tuesday: ten minutes, rounded up
    ("2026-03-03 11:55", True, "2026-03-03 13:00", "2026-03-03 13:00"),  # nobody is there at noon
    ("2026-03-03 12:30", False, "2026-03-03 13:10", "2026-03-03 14:00"),
    ("2026-03-06 17:58", True, "2026-03-07 10:00", "2026-03-07 10:00"),  # Friday evening: on Saturday
    ("2026-03-07 15:00", False, "2026-03-09 09:10", "2026-03-09 10:00"),  # Saturday afternoon: on Monday
    ("2026-03-28 13:59", True, "2026-03-30 09:00", "2026-03-30 09:00"),  # the clock goes forward in between
]


@pytest.mark.parametrize(("moment", "open_", "call_back", "answer"), MOMENTS)
def test_a_promise_falls_into_the_hours(moment, open_, call_back, answer):
    now = at(moment)
    assert HOUSE.is_open(now) == open_
    assert HOUSE.call_back_at(now) == at(call_back)
    assert HOUSE.answer_by(now) == at(answer)


def test_nobody_is_there_on_a_public_holiday():
    house = read("Mon-Fri 09:00-18:00", "Europe/Berlin", Calendar("DE-BY"))
    assert not house.is_open(at("2026-01-06 10:00"))  # Epiphany, in Bavaria
    assert HOUSE.is_open(at("2026-01-06 10:00"))
    assert house.call_back_at(at("2026-04-02 17:59")) == at("2026-04-07 09:00")  # before Easter: on Tuesday after it


def test_a_house_that_never_opens_promises_nothing_impossible():
    assert read("", "UTC").call_back_at(900) == 1_500


#: What cannot be read -> what is said about it
WRONG = [
    ("always", "write Mon-Fri"),
    ("Mon-Fry 09:00-18:00", "write Mon-Fri"),
    ("Mon 9:00-18:00", "write Mon-Fri"),
    ("Mon 22:00-02:00", "past midnight is another day"),
    ("Mon 09:75-10:00", "closes before"),
    ("Sat-Mon 09:00-18:00", "split it in two"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_hours_that_cannot_be_read_say_how_to_write_them(text, says):
    with pytest.raises(ValueError, match=says):
        read(text, "UTC")
