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


#: What is written -> the days (Monday is 0) and their stretches in minutes since midnight
WEEKS = [
    ("Mon 08:30-17:45", {0: [(510, 1065)]}),
    ("Sun 00:00-24:00", {6: [(0, 1440)]}),  # the whole day
    ("Wed 10:59-11:59", {2: [(659, 719)]}),  # the last minute of an hour is one
    ("Sat-Sun 10:00-14:00", {5: [(600, 840)], 6: [(600, 840)]}),
    ("Tue 13:00-18:00; Tue 09:00-12:00;", {1: [(540, 720), (780, 1080)]}),  # in the order of the day
    ("Fri-Fri 09:00-12:00", {4: [(540, 720)]}),
    ("Mon-Sun 09:00-12:00", {day: [(540, 720)] for day in range(7)}),
]


@pytest.mark.parametrize(("text", "open_"), WEEKS)
def test_hours_are_read_to_the_minute(text, open_):
    week = read(text, "UTC").week
    assert {day: [(a / 60, b / 60) for a, b in of_day] for day, of_day in enumerate(week) if of_day} == open_


def test_whoever_closes_is_gone_that_very_second():
    house = read("Tue 09:00-12:00", "Europe/Berlin")
    assert [house.is_open(at("2026-03-03 12:00") + second) for second in (-1, 0)] == [True, False]
    assert [house.is_open(at("2026-03-03 09:00") + second) for second in (-1, 0)] == [False, True]
    assert house.moment(at("2026-03-03 12:00")) == at("2026-03-10 09:00")


#: What cannot be read -> what is said about it
WRONG = [
    ("always", "write Mon-Fri"),
    ("Mon-Fry 09:00-18:00", "write Mon-Fri"),
    ("Mon 9:00-18:00", "write Mon-Fri"),
    ("Mon 22:00-02:00", "past midnight is another day"),
    ("Mon 09:75-10:00", "closes before"),
    ("Mon 09:60-10:00", "closes before"),
    ("Mon 09:00-09:00", "closes before"),
    ("Mon 09:00-24:01", "past midnight is another day"),
    ("Sat-Mon 09:00-18:00", "split it in two"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_hours_that_cannot_be_read_say_how_to_write_them(text, says):
    with pytest.raises(ValueError, match=says):
        read(text, "UTC")
