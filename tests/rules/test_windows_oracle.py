"""Windows and slots agree with a second reader of the same tzdata, cell by cell (A1, A4, B2; I3, I4).

One contact-day is one contact on one day: its open stretches are compared whole, and the moments that the rules find
in it at random instants. A million of them here, over all zones and three years; ten million under `make soak`.
"""

from __future__ import annotations

import os
import random
from datetime import date

import numpy as np
import pytest
from rules.calendar_of_cells import EPOCH, Contact, Rules, Years, contact
from rules.cast import a_campaign, a_law, somebody
from rules.second_reader import zone_names

from opportune.rules.facts import DAY, Status
from opportune.rules.hours import GUARD, day_part, in_slot, may_call_at, next_call, next_slot
from opportune.rules.openings import merged, open_stretches
from opportune.rules.timetables import call_table

ZONES = zone_names()
SETS = 330  # contacts with two or three zones, a round
PARTS = 6  # of a round, each a test: they run side by side, and one that failed runs again alone
ROUNDS = 10 if os.environ.get("OPPORTUNE_SOAK") else 1
OFFICE, LONG, SPLIT = ((540, 1200),), ((480, 1260),), ((600, 780), (840, 1200))
NIGHTS = ((0, 90), (130, 185), (240, 1440))  # in which clocks are changed
PLACES = [("DE-BY",), ("US",), ("RU",), ("KZ",), ("FR",), ("AU-NSW",), ("GB-SCT",), ("NP",), ("HU", "DE"), ()]
HARD = [
    ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Kamchatka"),
    ("America/St_Johns", "America/Vancouver"),
    ("Australia/Sydney", "Australia/Perth", "Australia/Lord_Howe"),
    ("Asia/Kathmandu", "Asia/Kolkata"),
    ("Pacific/Chatham", "Pacific/Auckland"),
    ("America/New_York", "America/Chicago", "Pacific/Honolulu"),
    ("Europe/Madrid", "Atlantic/Canary"),
    ("Africa/Casablanca", "Europe/Dublin"),
]


def personas(place: tuple[str, ...]):
    """(the rules in words, the person, campaign and law that say the same to the product, cold, executive)."""
    off, worked = frozenset({"2026-03-04", "2027-05-05", "2028-02-29"}), frozenset({"2026-02-21", "2028-12-25"})
    days = {"days_off": _days(off), "days_worked": _days(worked)}
    plain = {"calendar": "+".join(place), "closed_on": "+".join(place)}
    warm = Rules(OFFICE, wanted=((540, 1080),), places=place)
    yield warm, somebody(), a_campaign(), a_law(OFFICE, **plain), False
    cold = Rules(LONG, wanted=((540, 1080),), cold=True, places=place, off=off, worked=worked)
    yield cold, somebody(), a_campaign(), a_law(LONG, **plain, **days), True
    boss = Rules(LONG, wanted=((450, 500), (540, 1080)), cold=True, places=place)
    yield boss, somebody(status=Status.EXECUTIVE), a_campaign(), a_law(LONG, **plain), True
    weekend = ((600, 960),)
    home = Rules(SPLIT, weekend, weekend, wanted=((600, 1200),), working_days=False, places=place)
    at_home = a_campaign(calls={"hours": "10:00-20:00"})
    yield home, somebody(business=False), at_home, a_law(SPLIT, weekend, **plain), False
    open_ = Rules(NIGHTS, NIGHTS, NIGHTS, working_days=False)
    around = a_campaign(calls={"hours": "00:00-24:00"})
    yield open_, somebody(business=False), around, a_law(NIGHTS, NIGHTS), False


def _days(days):
    return frozenset(date.fromisoformat(day).toordinal() - EPOCH for day in days)


def contacts(round_: int, part: int):
    """This part's share: every zone once, sets of zones, each under another persona and place."""
    rng = random.Random(round_)
    sets = [(zone,) for zone in ZONES] + HARD
    sets += [tuple(rng.sample(ZONES, rng.choice((2, 2, 3)))) for _ in range(SETS - len(HARD))]
    for number, zones in enumerate(sets):
        if number % PARTS == part:
            place = PLACES[(number + round_) % len(PLACES)]
            yield zones, list(personas(place))[(number // PARTS + round_) % 5], rng.randrange(2**32)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_second_reader_finds_the_same_windows_and_slots(round_, part):
    years = Years(2026 + round_ % 3, 2029 + round_ % 3)
    days = 0
    for zones, (rules, person, campaign, law, cold), seed in contacts(round_, part):
        truth = contact(years, zones, rules)
        person = somebody(zones=zones, business=person.business, status=person.status)
        same_stretches(truth, person, campaign, law, cold)
        rng = random.Random(seed)
        same_calls(truth, person, campaign, law, cold, rng)
        same_slots(truth, rules, law, rng)
        days += years.days
    assert days > 1_000_000 / PARTS


def same_stretches(truth: Contact, person, campaign, law, cold):
    """All open stretches of all days."""
    table, first = call_table(person, campaign, law, cold, False, False), truth.years.day
    days = range(first - 2, first + truth.years.days + 2)
    found = [stretch for day in days for stretch in open_stretches(person.zones, table, day)]
    start, end = truth.years.start, truth.years.start + truth.years.days * DAY
    inside = [(max(a, start), min(b, end)) for a, b in merged(found) if a < end and b > start]
    assert inside == [tuple(edge) for edge in truth.edges().tolist()], person.zones


def same_calls(truth: Contact, person, campaign, law, cold, rng):
    edges, windows = truth.edges(), truth.windows()
    for start, end in rng.sample(edges.tolist(), min(20, len(edges))):
        for at in (start - 1, start, end - GUARD, end - GUARD + 1):
            if truth.years.start < at < end and at + GUARD < truth.years.start + truth.years.days * DAY:
                expected = truth.may_start(at, GUARD)
                assert may_call_at(person, campaign, law, at, cold=cold) == expected, (person.zones, at)
    for _ in range(15):
        at = truth.years.start + rng.randrange(10 * DAY, (truth.years.days - 20) * DAY)
        same_window(truth, windows, person, campaign, law, cold, at)


def same_window(truth: Contact, windows, person, campaign, law, cold, at):
    found = next_call(person, campaign, law, at, cold=cold, avoid_part=None, spread=0.0)
    case = (person.zones, at, found)
    later = windows[windows[:, 1] - GUARD > np.maximum(windows[:, 0], at)]
    today = truth.day[truth.cell(at)]
    there = later[truth.day[(np.maximum(later[:, 0], at) - truth.years.start) // 300] < today + 14]
    if truth.scarce(at) or not len(there):
        assert found is None, case
        return
    assert found is not None, case  # I4: an hour in common is used, and less where one zone has no more
    assert found.start >= at, case
    around = windows[(windows[:, 0] <= found.start) & (found.end <= windows[:, 1])]
    assert len(around) or len(truth.edges()) < 2, case
    assert truth.may_start(found.moment, GUARD), case
    assert day_part(person.zones[0], found.moment) == found.part, case
    if not cold and person.business:  # nothing is better than the next one
        assert (found.start, found.end) == (max(int(there[0][0]), at), int(there[0][1])), case


def same_slots(truth: Contact, rules: Rules, law, rng):
    """Mails know no Saturday that is worked: the days that a decree gave back are only no days off any more."""
    hours = ((480, 1080),)
    mails = Rules(hours, places=rules.places, off=rules.off, worked=rules.worked, mails=True)
    reading, weekdays = (contact(truth.years, truth.zones, each) for each in (mails, Rules(hours)))
    starts = slots(reading)
    any_day = set(slots(weekdays).tolist())
    for _ in range(15):
        at = truth.years.start + rng.randrange(10 * DAY, (truth.years.days - 20) * DAY)
        slot = next_slot(truth.zones, "08:00-18:00", at, law, 0.0)
        later = starts[np.searchsorted(starts, at) :]
        there = len(later) and reading.day[reading.cell(int(later[0]))] < reading.day[reading.cell(at)] + 14
        expected = int(later[0]) if there and not reading.scarce(at) else None
        assert (slot and slot.start) == expected, (truth.zones, at)
        for moment in (at, slot.start, slot.end - 1, slot.end) if slot else (at,):
            inside = bool(any_day & {moment - moment % 300, moment - moment % 300 - 300})
            assert in_slot(truth.zones, "08:00-18:00", moment) == inside, (truth.zones, moment)


def slots(reading: Contact) -> np.ndarray:
    """Starts of the ten minutes that lie whole within the hours."""
    whole = reading.marks[:-1] & reading.open[:-1] & reading.open[1:]
    return reading.years.start + np.flatnonzero(whole) * 300
