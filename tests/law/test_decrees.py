"""Days off that a government moved: shipped with their source, and a deployment adds its own without code."""

from __future__ import annotations

import pytest
from rules.cast import a_campaign, moment, somebody

from opportune.law import load
from opportune.law.decrees import SHIPPED, DecreeError, read
from opportune.rules.facts import DAY
from opportune.rules.hours import may_call_at
from opportune.rules.timetables import calendar_of
from opportune.rules.zones import is_holiday, is_worked_weekend

OURS = """
[[decree]]
place = "KZ"
off = ["2027-03-22"]
worked = ["2027-03-20", "2027-03-08"]
source = "Government, 2 Feb 2027"

[[decree]]
place = "RU-TA"
off = ["2027-08-30"]
source = "Kazan, 1 Aug 2027"
"""


def day(text):
    return moment(f"{text} 12:00", "UTC") // DAY


@pytest.mark.parametrize(
    ("country", "region", "when", "off", "worked"),
    [
        ("KZ", None, "2027-03-20", False, True),  # our file's Saturday
        ("KZ", None, "2027-03-08", False, False),  # a holiday of the list that the decree takes back
        ("KZ", "ALA", "2027-03-20", False, True),  # a country's decree binds its regions
        ("RU", "TA", "2027-08-30", True, False),  # a region's own
        ("RU", "MOW", "2027-08-30", False, False),
        ("RU", None, "2026-01-09", True, False),  # shipped
        ("BY", None, "2026-04-20", True, False),
        ("BY", None, "2026-04-25", False, True),
        ("UZ", None, "2026-12-12", False, True),
        ("DE", None, "2027-03-20", False, False),  # nobody else's business
    ],
)
def test_a_decree_has_the_last_word(tmp_path, country, region, when, off, worked):
    file = tmp_path / "holidays.toml"
    file.write_text(OURS)
    calendar = calendar_of(load(holidays=str(file)).row(country, region))
    assert (is_holiday(calendar, day(when)), is_worked_weekend(calendar, day(when))) == (off, worked)


def test_businesses_are_called_on_a_saturday_that_our_file_says_is_worked(tmp_path):
    file = tmp_path / "holidays.toml"
    file.write_text(OURS)
    at, zone = moment("2027-03-20 15:00", "Asia/Almaty"), ("Asia/Almaty",)
    for law, open_ in ((load(holidays=str(file)), True), (load(), False)):
        person = somebody(country="KZ", zones=zone)
        assert may_call_at(person, a_campaign(), law.row("KZ"), at, cold=True) is open_


def test_of_two_decrees_about_one_day_the_later_one_counts(tmp_path):
    file = tmp_path / "holidays.toml"
    file.write_text('[[decree]]\nplace = "BY"\nworked = ["2026-04-20"]\noff = ["2026-04-25"]\nsource = "corrected"\n')
    found = read([file])["BY"]
    assert day("2026-04-20") in found.worked - found.off
    assert day("2026-04-25") in found.off - found.worked


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[decree]]\nplace = "kz"\noff = ["2027-01-01"]\nsource = "x"', "decree.1.place"),
        ('[[decree]]\nplace = "KZ"\noff = ["2027-02-30"]\nsource = "x"', "decree.1.off.1"),  # no such day
        ('[[decree]]\nplace = "KZ"\noff = ["2027-01-01"]', "decree.1.source"),
        ('[[decree]]\nplace = "KZ"\nsource = "x"', "names no day"),
        (
            '[[decree]]\nplace = "KZ"\noff = ["2027-01-01"]\nworked = ["2027-01-01"]\nsource = "x"',
            "both off and worked",
        ),
        ('[[decree]]\nplace = "KZ"\nfree = ["2027-01-01"]\nsource = "x"', "decree.1.free"),
        ("[[decree", "OPPORTUNE_HOLIDAYS"),
    ],
)
def test_a_bad_file_is_told_by_name_and_place(tmp_path, text, told):
    file = tmp_path / "holidays.toml"
    file.write_text(text)
    with pytest.raises(DecreeError, match=r"holidays\.toml") as problem:
        read([file])
    assert told in str(problem.value)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(DecreeError, match="OPPORTUNE_HOLIDAYS"):
        read([SHIPPED.with_name("nowhere.toml")])
