"""Clocks, days off and zones in common: whatever zoneinfo says, a second and a third reader say too."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.calendar_of_cells import Rules, Years, contact
from rules.cast import BERLIN, a_campaign, a_law, ask, codes, moment, somebody
from rules.second_reader import FOLDER, changes, offsets_at, zone_names

from opportune.rules.facts import DAY
from opportune.rules.hours import may_call_at, next_call, next_slot
from opportune.rules.openings import Timetable, common, merged, open_stretches, scarce
from opportune.rules.reasons import sentence
from opportune.rules.zones import (
    HALF_DAY,
    NO_HOLIDAYS,
    Calendar,
    ahead,
    is_holiday,
    is_worked_weekend,
    listed,
    offset,
    pieces,
)

ZONES = zone_names()
GLIBC = """
import json, os, sys, time
zones, instants = json.load(sys.stdin)
for zone in zones:
    os.environ["TZ"] = ":" + zone
    time.tzset()
    print(json.dumps([time.localtime(at).tm_gmtoff for at in instants]))
"""
ALL_DAY = Timetable((((0, 1440),),) * 7)


def day(text):
    return moment(f"{text} 00:00", "UTC") // DAY


def test_our_second_reader_reads_what_the_c_library_reads():
    """In a process of its own: TZ belongs to the whole process."""
    instants = np.random.default_rng(7).integers(moment("2000-01-01 00:00"), moment("2037-12-31 00:00"), 60)
    question = json.dumps([[str(FOLDER / zone) for zone in ZONES], instants.tolist()])
    run = subprocess.run([sys.executable, "-c", GLIBC], input=question, capture_output=True, text=True, check=True)
    for zone, line in zip(ZONES, run.stdout.splitlines(), strict=True):
        assert json.loads(line) == offsets_at(zone, instants).tolist(), zone


def test_no_zone_changes_twice_within_half_a_day():
    """Or the rules would not see it."""
    for zone in ZONES:
        at, _ = changes(zone)
        assert np.diff(at[at > moment("1980-01-01 00:00")]).min(initial=DAY) > HALF_DAY, zone


@given(st.sampled_from(ZONES), st.integers(moment("1990-01-01 00:00"), moment("2036-01-01 00:00")))
def test_the_offset_is_right_to_the_second(zone, at):
    near = changes(zone)[0]
    around = near[np.abs(near - at) == np.abs(near - at).min()][0]
    for instant in (at, int(around) - 1, int(around)) if around > 0 else (at,):
        assert offset(zone, instant) == offsets_at(zone, np.array([instant]))[0]


@pytest.mark.parametrize(
    ("zone", "year"),
    [
        ("Pacific/Apia", 2011),  # 30 Dec never was: from -10 to +14
        ("Pacific/Fakaofo", 2011),
        ("Pacific/Kwajalein", 1993),  # 21 Aug never was
        ("Asia/Almaty", 2024),  # one clock since 1 Mar 2024
        ("Asia/Qostanay", 2024),
        ("Africa/Casablanca", 2024),  # an hour back for Ramadan: negative daylight saving
        ("Africa/El_Aaiun", 2025),
        ("Europe/Dublin", 2025),  # winter is the exception there
        ("Australia/Lord_Howe", 2024),  # half an hour
        ("Antarctica/Troll", 2024),  # two hours
        ("Asia/Gaza", 2025),
        ("America/Nuuk", 2023),  # changed its hour and its rule
        ("Europe/Volgograd", 2020),
        ("America/Caracas", 2016),  # half an hour, for good
        ("Asia/Pyongyang", 2018),
    ],
)
def test_hard_years_have_the_windows_of_the_second_reader(zone, year):
    """Around the clock, and in the night in which clocks are changed."""
    years = Years(year, year + 2)
    for span in ((0, 1440), (60, 200), (1380, 1440)):
        truth = contact(years, (zone,), Rules((span,), (span,), (span,), working_days=False))
        days = range(years.day - 2, years.day + years.days + 2)
        found = merged([s for d in days for s in open_stretches((zone,), Timetable(((span,),) * 7), d)])
        bounds = [(years.start, years.start + years.days * DAY)]
        assert common(found, bounds) == [tuple(edge) for edge in truth.edges().tolist()]


def test_a_leap_day_is_a_day_like_any_other():
    assert may_call_at(somebody(), a_campaign(), a_law(), moment("2028-02-29 15:00"), cold=True)
    assert next_slot((BERLIN,), "08:00-18:00", moment("2028-02-29 00:00"), a_law(), 0.0).start == moment(
        "2028-02-29 08:10"
    )


def test_pieces_are_whole_across_the_blocks_they_are_read_in():
    start, end = moment("2020-01-01 00:00"), moment("2030-01-01 00:00")
    found = pieces("America/New_York", start, end)
    assert (found[0][0], found[-1][1], len(found)) == (start, end, 21)
    assert all(one[1] == other[0] and one[2] != other[2] for one, other in pairwise(found))


# ---- days off

MOVED = Calendar("RU", frozenset({day("2026-11-24")}), frozenset({day("2026-11-28"), day("2026-11-04")}))


@pytest.mark.parametrize(
    ("calendar", "when", "off", "worked"),
    [
        (Calendar("RU"), "2026-11-04", True, False),  # Unity Day
        (MOVED, "2026-11-04", False, False),  # a decree gave it back: an ordinary Wednesday
        (MOVED, "2026-11-24", True, False),  # and made this Tuesday free
        (MOVED, "2026-11-28", False, True),  # for which Saturday is worked
        (Calendar("RU"), "2026-11-28", False, False),
        (Calendar("RU"), "2027-02-20", False, True),  # the pinned list knows this Saturday
        (Calendar("RU"), "2027-02-22", True, False),  # and the Monday it was given for
        (Calendar("RU+DE"), "2027-02-20", False, False),  # worked in one of two places: not worked
        (Calendar("DE-BY+AT"), "2026-10-26", True, False),  # off in one of two places: off
        (Calendar("DE-BY"), "2026-10-26", False, False),
        (Calendar("DE-XX"), "2026-10-03", True, False),  # an unknown region has its country's
        (Calendar("XX"), "2026-12-25", False, False),  # no list for this place
        (NO_HOLIDAYS, "2026-12-25", False, False),
    ],
)
def test_which_days_are_off(calendar, when, off, worked):
    assert (is_holiday(calendar, day(when)), is_worked_weekend(calendar, day(when))) == (off, worked)


@pytest.mark.parametrize(
    ("business", "when", "open_"),
    [
        (True, "2026-11-28 15:00", True),  # the worked Saturday, as on a Friday
        (True, "2026-11-28 18:30", False),
        (False, "2026-11-28 15:00", False),  # a consumer's Saturday stays what the law says of Saturdays
        (True, "2026-11-24 15:00", False),  # the day it was worked for
        (False, "2026-11-24 15:00", False),
        (True, "2026-11-04 15:00", True),  # a holiday that a decree gave back
        (False, "2026-11-04 15:00", True),
        (True, "2026-11-21 15:00", False),  # any other Saturday
        (True, "2026-11-29 15:00", False),  # and the Sunday behind
    ],
)
def test_a_worked_saturday_is_a_working_day_for_businesses(business, when, open_):
    law = a_law(calendar="RU", closed_on="RU", days_off=MOVED.off, days_worked=MOVED.worked)
    assert may_call_at(somebody(business=business), a_campaign(), law, moment(when), cold=True) is open_


@pytest.mark.parametrize(
    ("business", "closed_on", "when", "open_"),
    [
        (True, "", "2026-12-25 15:00", False),  # nobody is at work
        (False, "", "2026-12-25 15:00", True),  # the law of this place lets people be called at home on holidays
        (False, "DE", "2026-12-25 15:00", False),  # and here it does not
        (False, "", "2026-11-24 15:00", True),  # the same with a day that a decree made free
        (False, "DE", "2026-11-24 15:00", False),
    ],
)
def test_a_holiday_closes_homes_only_where_the_law_says_so(business, closed_on, when, open_):
    law = a_law(calendar="DE", closed_on=closed_on, days_off=MOVED.off)
    assert may_call_at(somebody(business=business), a_campaign(), law, moment(when), cold=True) is open_


# ---- several zones

RUSSIA = ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka")


@pytest.mark.parametrize(
    ("zones", "hours", "left"),
    [
        ((BERLIN,), "09:00-09:20", None),  # one zone: nothing to find out, however short the campaign's hours
        ((BERLIN, "Europe/London"), "09:00-18:00", None),  # eight hours in common
        ((BERLIN, "Europe/London"), "09:00-10:00", 0),
        ((BERLIN, "Europe/London"), "09:00-10:20", 20),
        ((BERLIN, "Europe/London"), "09:00-11:00", None),  # an hour is enough
        ((BERLIN, "Europe/Paris"), "09:00-09:20", None),  # twenty minutes, but no more in one zone alone
        (RUSSIA, "09:00-18:00", 0),
        (RUSSIA, "09:00-19:40", 40),  # ten hours apart
    ],
)
def test_possible_zones_need_an_hour_in_common(zones, hours, left):
    person, campaign = somebody(zones=zones, email=None), a_campaign(calls={"hours": hours})
    decision = ask(person, campaign, now=moment("2026-11-25 05:00"))
    if left is None:
        assert decision.channel == "call"
        return
    assert (decision.channel, decision.held, codes(decision)[-1]) == (None, "needs a time zone", "needs_one_zone")
    assert f" have {left} minutes a day in common" in sentence(decision.reasons[-1])
    ordered = sorted(zones, key=lambda z: offset(z, moment("2026-11-25 05:00")))
    values = {"first": ordered[0], "last": ordered[-1], "minutes": left}
    assert values.items() <= decision.reasons[-1].values.items()
    assert (
        next_call(person, campaign, a_law(), moment("2026-11-25 05:00"), cold=False, avoid_part=None, spread=0) is None
    )


def test_zones_are_not_to_blame_where_a_cold_call_has_no_hour_in_any():
    """A1: the only minutes of this place are a Monday morning's."""
    monday = replace(a_law(), windows=(((540, 630),), (), (), (), (), (), ()))
    person = somebody(zones=(BERLIN, "Europe/London"), email=None)
    assert codes(ask(person, law=monday))[-1] == "no_window"


def test_a_promised_call_uses_even_a_sliver():
    """C4: who asked to be called is called in whatever minutes are lawful everywhere."""
    person, law = somebody(zones=(BERLIN, "Asia/Tokyo")), a_law(hours=((480, 1000),))
    found = next_call(
        person, a_campaign(), law, moment("2026-11-25 05:00"), cold=False, avoid_part=None, spread=0, promised=True
    )
    assert (found.start, found.end) == (moment("2026-11-25 08:00"), moment("2026-11-25 08:40"))


office = Timetable((((540, 1080),),) * 5 + ((), ()))
sets = st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True)


@given(sets, sets, st.integers(day("2026-01-01"), day("2029-01-01")))
def test_one_more_possible_zone_never_opens_a_minute(some, more, when):
    def opened(zones, days):
        return merged([stretch for d in days for stretch in open_stretches(zones, office, d)])

    fewer, all_ = tuple(some), tuple(dict.fromkeys([*some, *more]))
    wide, narrow = opened(fewer, range(when - 2, when + 3)), opened(all_, (when,))
    assert common(wide, narrow) == narrow
    assert opened(all_, (when,)) == narrow  # the same facts, the same answer
    backwards = tuple(reversed(all_))
    assert common(opened(backwards, range(when - 3, when + 4)), narrow) == narrow  # whatever zone comes first


def test_around_the_clock_no_zone_takes_anything_away():
    assert scarce(RUSSIA, ALL_DAY, day("2026-11-25")) is None
    found = reduce(lambda all_, d: merged([*all_, *open_stretches(RUSSIA, ALL_DAY, d)]), range(20_000, 20_400), [])
    assert len(found) == 1


@pytest.mark.parametrize(
    ("zones", "when", "seconds"),
    [
        (("Europe/Berlin",), "2026-07-01 12:00", 7200),
        (("Europe/Berlin",), "2026-12-01 12:00", 3600),
        (("Asia/Kathmandu",), "2026-12-01 12:00", 20_700),
        (("America/Phoenix", "America/Denver"), "2026-12-01 12:00", -25_200),  # in winter they agree
        (("America/Phoenix", "America/Denver"), "2026-07-01 12:00", None),
        ((), "2026-07-01 12:00", None),
    ],
)
def test_a_clock_is_told_only_where_all_possible_zones_agree(zones, when, seconds):
    assert ahead(zones, moment(when)) == seconds


@pytest.mark.parametrize(
    ("place", "known"),
    [
        ("DE", True),
        ("DE-BY", True),
        ("GB-SCT", True),
        ("DE-XX", False),  # a region without a list
        ("XX", False),
        ("", False),
    ],
)
def test_whose_public_holidays_are_listed(place, known):
    assert listed(place) is known
