"""A1, A4, B2, C4: windows and slots, against an oracle that walks minute by minute."""

from __future__ import annotations

import random
import zoneinfo
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.cast import BERLIN, a_campaign, a_law, moment, somebody

from opportune.law import load
from opportune.rules.facts import DAY, Status
from opportune.rules.hours import day_part, in_slot, local, may_call_at, next_call, next_slot
from opportune.rules.zones import pieces

CAMPAIGN = a_campaign()
LAW = a_law()
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
START, END = moment("2025-01-01 00:00"), moment("2032-01-01 00:00")
instants = st.integers(START, END)
zones = st.sampled_from(ZONES)


# ---- the oracle: minute by minute, by wall clock, sharing no code


def wall(zone, at):
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))


def oracle_open(zone, at, *, cold, law=(8, 20), hours=(9, 18)):
    clock = wall(zone, at)
    early = cold and clock.weekday() == 0 and clock.hour < 12
    return clock.weekday() < 5 and max(law[0], hours[0]) <= clock.hour < min(law[1], hours[1]) and not early


def oracle_slot(zone_names, at, hours=(8, 18)):
    clocks = [wall(zone, at) for zone in zone_names]
    return all(
        clock.minute in (10, 50) and clock.weekday() < 5 and hours[0] <= clock.hour < hours[1] for clock in clocks
    )


@given(zones, instants, st.booleans())
def test_a_call_may_start_exactly_when_the_wall_clock_says_so(zone, at, cold):
    at -= at % 60
    expected = all(oracle_open(zone, second, cold=cold) for second in (at, at + 60, at + 119))
    assert may_call_at(somebody(zones=(zone,)), CAMPAIGN, LAW, at, cold=cold) == expected


@given(st.lists(zones, min_size=1, max_size=3, unique=True), instants, st.booleans(), st.floats(0, 0.999))
def test_a_chosen_call_is_open_in_every_zone(names, at, cold, spread):
    person = somebody(zones=tuple(names))
    window = next_call(person, CAMPAIGN, LAW, at, cold=cold, avoid_part=None, spread=spread)
    if window is None and len(names) > 1:
        return  # too little in common: test_windows_oracle.py knows how much that is
    if window is None:
        around = range(at - at % 900 + 900, at + 7 * 86400, 900)
        assert not any(
            all(oracle_open(z, t, cold=cold) and oracle_open(z, t + 899, cold=cold) for z in names) for t in around
        )
        return
    assert at <= window.start <= window.moment <= window.end - 120
    assert all(oracle_open(zone, second, cold=cold) for zone in names for second in (window.moment, window.end - 1))
    assert may_call_at(person, CAMPAIGN, LAW, window.moment, cold=cold)
    assert day_part(names[0], window.moment) == window.part


@given(st.lists(zones, min_size=1, max_size=2, unique=True), instants)
def test_the_next_slot_is_the_first_mark_of_the_wall_clock(names, at):
    slot = next_slot(tuple(names), "08:00-18:00", at, LAW, 0.0)
    marks = range(at - at % 300 + (300 if at % 300 else 0), at + 5 * 86400, 300)
    expected = next((mark for mark in marks if oracle_slot(names, mark)), None)
    assert (slot.start if slot and slot.start < at + 5 * 86400 else None) == expected
    if slot:
        assert slot.end == slot.start + 600
        assert in_slot(tuple(names), "08:00-18:00", slot.start)
        assert in_slot(tuple(names), "08:00-18:00", slot.end - 1)
        assert not in_slot(tuple(names), "08:00-18:00", slot.end)


def changes_of_offset(zone):
    """The instants of this zone's changes in three years, found hour by hour."""
    hours = range(START, START + 3 * 365 * 86400, 6 * 3600)
    for before, behind in pairwise(hours):
        if wall(zone, before).utcoffset() != wall(zone, behind).utcoffset():
            yield before


def test_around_every_change_of_offset_the_windows_hold():
    rng = random.Random(4)
    for zone in [*rng.sample(ZONES, 40), "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham"]:
        person = somebody(zones=(zone,), business=False)
        always = a_law(hours=((0, 24 * 60),), weekend=((0, 24 * 60),))
        around_the_clock = a_campaign(calls={"hours": "01:30-03:00"})
        for change in changes_of_offset(zone):
            for at in range(change - 7200, change + 8 * 3600, 300):
                clock, then = wall(zone, at), wall(zone, at + 119)
                inside = all(90 <= c.hour * 60 + c.minute < 180 for c in (clock, then))
                assert may_call_at(person, around_the_clock, always, at, cold=False) == inside, (zone, at)


def test_pieces_cut_at_the_very_second_of_a_change():
    fall_back = moment("2026-10-25 01:00", "UTC")
    assert pieces(BERLIN, fall_back - 5000, fall_back + 5000) == (
        (fall_back - 5000, fall_back, 7200),
        (fall_back, fall_back + 5000, 3600),
    )


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        ("Asia/Kathmandu", {5, 25}),  # +5:45
        ("Pacific/Chatham", {5, 25}),  # +13:45 in summer
        ("Asia/Kolkata", {20, 40}),
        ("Australia/Lord_Howe", {10, 50}),  # +11 in summer
        ("Europe/Berlin", {10, 50}),
    ],
)
def test_slots_of_quarter_hour_zones_stand_at_other_utc_minutes(zone, minutes):
    at = moment("2026-11-24 00:00", "UTC")
    starts = {next_slot((zone,), "08:00-18:00", at + 600 * i, LAW, 0.0).start // 60 % 60 for i in range(144)}
    assert starts == minutes


def test_two_zones_a_quarter_apart_share_no_slot():
    assert next_slot(("Asia/Kathmandu", "Asia/Kolkata"), "08:00-18:00", START, LAW, 0.0) is None


@pytest.mark.parametrize(
    ("cold", "avoid", "now", "start"),
    [
        (True, None, "2026-11-23 06:00", "Wed 14:00"),  # A1: afternoon, late in the week
        (True, None, "2026-11-26 15:00", "Thu 15:00"),  # now is as good as it gets
        (True, None, "2026-11-27 17:59", "Wed 14:00"),  # Friday is over: not Monday, not Tuesday
        (True, "afternoon", "2026-11-23 06:00", "Wed 09:00"),  # B2: a morning, since the last was an afternoon
        (True, "morning", "2026-11-25 06:00", "Wed 14:00"),
        (False, None, "2026-11-23 06:00", "Mon 09:00"),  # A1 never binds warm calls
        (False, "morning", "2026-11-23 06:00", "Mon 12:00"),
        (False, None, "2026-11-27 17:58", "Mon 09:00"),  # two minutes before closing is too late to ring
        (False, None, "2026-11-27 17:57", "Fri 17:57"),
        (False, None, "2026-11-28 12:00", "Mon 09:00"),  # no weekend
    ],
)
def test_when_a_call_is_welcome(cold, avoid, now, start):
    window = next_call(somebody(), CAMPAIGN, LAW, moment(now), cold=cold, avoid_part=avoid, spread=0.0)
    assert f"{local(BERLIN, window.moment):%a %H:%M}" == start


def open_on(**days):
    """Open on these days of the week alone."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return replace(LAW, windows=tuple(days.get(name, ()) for name in names))


MORNING, MIDDAY, AFTERNOON, EVENING = ((540, 720),), ((720, 840),), ((840, 1020),), ((1020, 1080),)
TUESDAY_OR_WEDNESDAY = replace(
    open_on(tue=MORNING, wed=AFTERNOON), days_off=frozenset({moment("2026-11-25 12:00") // DAY}), closed_on="XX"
)


@pytest.mark.parametrize(
    ("law", "now", "start"),
    [
        (open_on(mon=((480, 840),)), "2026-11-23 06:00", "23 12:00"),  # never on a Monday morning
        (open_on(mon=MORNING), "2026-11-23 06:00", None),  # not even where nothing else is open
        (a_law(hours=MIDDAY + EVENING), "2026-11-25 08:00", "25 17:00"),  # an evening is as good as an afternoon
        (LAW, "2026-11-25 17:05", "25 17:05"),  # so nobody waits for one
        (a_law(hours=((540, 840),)), "2026-11-25 08:00", "25 12:00"),  # midday is better than the morning
        (open_on(tue=AFTERNOON, wed=MIDDAY), "2026-11-23 08:00", "24 14:00"),  # but no afternoon
        (open_on(fri=MORNING, tue=MIDDAY), "2026-11-27 08:00", "01 12:00"),  # the part says more than the day
        (TUESDAY_OR_WEDNESDAY, "2026-11-25 14:00", "02 14:00"),  # a better hour is worth a week
        (TUESDAY_OR_WEDNESDAY, "2026-11-25 13:59", "01 09:00"),  # and no second more
        (open_on(sat=AFTERNOON, wed=AFTERNOON), "2026-11-28 08:00", "02 14:00"),  # no Saturday is late in the week
    ],
)
def test_a1_which_open_hour_a_cold_call_waits_for(law, now, start):
    """At home, so that a Saturday may be open."""
    person = somebody(business=False)
    window = next_call(person, CAMPAIGN, law, moment(now), cold=True, avoid_part=None, spread=0.0)
    assert (f"{local(BERLIN, window.start):%d %H:%M}" if window else None) == start


@pytest.mark.parametrize(
    ("hours", "spread", "at"),
    [
        ("12:00-12:32", 0.0, "12:00"),
        ("12:00-12:32", 0.99, "12:30"),  # the last quarter of an hour that can still ring
        ("12:00-12:31", 0.99, "12:15"),
        ("12:05-12:20", 0.5, "12:15"),  # one quarter is enough
        ("12:05-12:14", 0.5, "12:05"),  # none: at once
    ],
)
def test_calls_begin_on_a_quarter_of_an_hour(hours, spread, at):
    campaign = a_campaign(calls={"hours": hours})
    found = next_call(somebody(), campaign, LAW, moment("2026-11-25 08:00"), cold=False, avoid_part=None, spread=spread)
    assert f"{local(BERLIN, found.moment):%H:%M}" == at


@pytest.mark.parametrize(
    ("zone", "at", "rings"),
    [
        (BERLIN, "2026-11-25 23:59", True),  # it rings into the next day
        (BERLIN, "2026-11-25 00:00", True),
        ("Pacific/Auckland", "2026-04-05 00:30", True),  # the day on which clocks go back, before they do
        ("Pacific/Auckland", "2026-09-26 23:30", True),  # and the evening before they go forward
    ],
)
def test_where_it_is_always_open_midnight_closes_nothing(zone, at, rings):
    always = a_law(hours=((0, 1440),), weekend=((0, 1440),))
    assert may_call_at(somebody(zones=(zone,)), CAMPAIGN, always, moment(at, zone), cold=False, promised=True) is rings


@pytest.mark.parametrize(("second", "rings"), [("17:58:00", True), ("17:58:01", False)])
def test_a_call_rings_for_two_minutes_before_closing(second, rings):
    assert may_call_at(somebody(), CAMPAIGN, LAW, moment(f"2026-11-25 {second}"), cold=True) is rings


EARLY, LATE, SPLIT = a_law(hours=((420, 1200),)), a_law(hours=((540, 1080),)), a_law(hours=((600, 780), (840, 1200)))


@pytest.mark.parametrize(
    ("law", "cold", "now", "window"),
    [
        (EARLY, True, "2026-11-23 06:00", "Tue 07:30-08:20"),  # B2; cold: Tuesday to Friday
        (EARLY, False, "2026-11-23 06:00", "Mon 07:30-08:20"),
        (a_law(), False, "2026-11-23 06:00", "Mon 08:00-08:20"),  # as far as the law opens
        (LATE, False, "2026-11-23 06:00", "Mon 09:00-09:50"),  # else the first fifty minutes
        (SPLIT, False, "2026-11-23 06:00", "Mon 10:00-10:50"),
        (EARLY, False, "2026-11-23 08:18", "Tue 07:30-08:20"),  # the guard closes the last two minutes
        (EARLY, False, "2026-11-27 12:00", "Mon 07:30-08:20"),
    ],
)
def test_executives_are_called_early(law, cold, now, window):
    person = somebody(status=Status.EXECUTIVE)
    found = next_call(person, CAMPAIGN, law, moment(now), cold=cold, avoid_part=None, spread=0.0)
    assert f"{local(BERLIN, found.start):%a %H:%M}-{local(BERLIN, found.end):%H:%M}" == window


def test_an_executive_missed_early_is_tried_late():
    person = somebody(status=Status.EXECUTIVE)
    found = next_call(person, CAMPAIGN, EARLY, moment("2026-11-24 09:00"), cold=True, avoid_part="early", spread=0.0)
    assert f"{local(BERLIN, found.start):%a %H:%M}" == "Wed 14:00"


def test_where_only_one_part_of_the_day_is_open_nobody_is_called_in_it_twice():
    mornings = a_campaign(calls={"hours": "09:00-11:30"})
    assert next_call(somebody(), mornings, LAW, START, cold=False, avoid_part="morning", spread=0.0) is None


@pytest.mark.parametrize(("business", "open_"), [(True, False), (False, True)])
def test_businesses_are_not_called_on_a_saturday_that_the_law_leaves_open(business, open_):
    weekend_too = a_law(weekend=((600, 1080),))
    at = moment("2026-11-28 15:00")
    assert may_call_at(somebody(business=business), CAMPAIGN, weekend_too, at, cold=True) is open_


def test_a_promise_binds_to_the_law_alone():
    at = moment("2026-11-23 08:30")  # Monday morning, before the campaign's hours
    assert may_call_at(somebody(), CAMPAIGN, LAW, at, cold=False, promised=True)
    assert not may_call_at(somebody(), CAMPAIGN, LAW, at, cold=False)
    assert not may_call_at(somebody(), CAMPAIGN, LAW, at - 3600, cold=False, promised=True)


@pytest.mark.parametrize("unknown", [(), ("Mars/Olympus",), (BERLIN, ""), ("../etc/passwd",), ("America",)])
def test_nobody_without_a_zone_is_ever_reached(unknown):
    person = somebody(zones=unknown)
    assert next_call(person, CAMPAIGN, LAW, START, cold=True, avoid_part=None, spread=0.0) is None
    assert next_slot(unknown, "08:00-18:00", START, LAW, 0.0) is None
    assert not may_call_at(person, CAMPAIGN, LAW, moment("2026-11-25 15:00"), cold=False)
    assert not in_slot(unknown, "08:00-18:00", moment("2026-11-25 14:50"))


def test_kaliningrad_and_kamchatka_share_no_working_hour():
    person = somebody(zones=("Europe/Kaliningrad", "Asia/Kamchatka"))
    assert next_call(person, CAMPAIGN, LAW, START, cold=False, avoid_part=None, spread=0.0) is None


@pytest.mark.parametrize(
    ("country", "region", "day", "zone"),
    [
        ("DE", None, "2026-10-03", BERLIN),  # a Saturday, closed anyway
        ("DE", None, "2026-12-25", BERLIN),
        ("DE", "BY", "2026-01-06", BERLIN),  # Epiphany, in Bavaria
        ("US", None, "2026-11-26", "America/New_York"),
        ("GB", "SCT", "2026-11-30", "Europe/London"),
        ("NP", None, "2026-10-20", "Asia/Kathmandu"),
        ("AU", "NSW", "2027-01-26", "Australia/Sydney"),
    ],
)
def test_public_holidays_are_closed_for_businesses(country, region, day, zone):
    law = load().row(country, region)
    assert day in holidays.country_holidays(country, subdiv=region, years=int(day[:4]))
    person = somebody(zones=(zone,))
    for hour in range(24):
        assert not may_call_at(person, CAMPAIGN, law, moment(f"{day} {hour:02}:00", zone), cold=False)
    slot = next_slot((zone,), "08:00-18:00", moment(f"{day} 00:00", zone), law, 0.0)
    assert local(zone, slot.start).date().isoformat() > day


def test_epiphany_is_a_working_day_in_berlin_and_not_in_munich():
    at = moment("2026-01-06 15:00")
    assert may_call_at(somebody(), CAMPAIGN, load().row("DE", "BE"), at, cold=True)
    assert not may_call_at(somebody(), CAMPAIGN, load().row("DE", "BY"), at, cold=True)


def test_mails_of_one_day_leave_in_a_few_turns():
    at = moment("2026-11-24 00:00")
    starts = [next_slot((BERLIN,), "08:00-18:00", at, LAW, share / 20).start for share in range(20)]
    turns = [local(BERLIN, start).strftime("%H:%M") for start in dict.fromkeys(starts)]
    assert turns == ["08:10", "10:50", "13:10", "15:50"]  # of twenty slots


@pytest.mark.parametrize(
    ("zones", "at", "inside"),
    [
        ((BERLIN,), "2026-11-27 14:52", True),  # a Friday
        ((BERLIN,), "2026-11-28 14:52", False),
        ((BERLIN,), "2026-11-27 17:50", True),  # the last one of the day
        ((BERLIN,), "2026-11-27 18:10", False),
        ((BERLIN, "Europe/Paris"), "2026-11-27 14:52", True),  # one clock
        ((BERLIN, "Asia/Kathmandu"), "2026-11-27 14:12", False),  # 18:57 there: two slots that overlap are none
    ],
)
def test_a_slot_is_the_same_ten_minutes_in_every_zone(zones, at, inside):
    assert in_slot(zones, "08:00-19:00" if len(zones) > 1 else "08:00-18:00", moment(at)) is inside


def test_a_slot_that_begins_now_is_taken():
    at = moment("2026-11-27 14:50")
    assert next_slot((BERLIN,), "08:00-18:00", at, LAW, 0.0).start == at
    assert next_slot((BERLIN,), "08:00-18:00", at + 1, LAW, 0.0).start == at + 1200


def test_a_slot_cut_by_the_hours_is_no_slot():
    assert not in_slot((BERLIN,), "08:15-18:00", moment("2026-11-24 08:16"))
    assert in_slot((BERLIN,), "08:10-18:00", moment("2026-11-24 08:16"))
    assert not in_slot((BERLIN,), "08:00-17:55", moment("2026-11-24 17:52"))
    assert not in_slot((BERLIN,), "08:00-18:00", moment("2026-11-28 08:16"))  # Saturday
    first = next_slot((BERLIN,), "08:15-18:00", moment("2026-11-24 00:00"), LAW, 0.0)
    assert local(BERLIN, first.start) - timedelta(hours=8, minutes=50) == local(BERLIN, moment("2026-11-24 00:00"))
