"""Why not earlier: is each stretch before the chosen moment told with what spoke against it?"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from rules.cast import (
    CALL,
    EMAIL,
    LAW,
    MEETING,
    QUESTION,
    a_campaign,
    a_law,
    after,
    called,
    mailed,
    moment,
    somebody,
)
from rules.test_properties import cases

from opportune.rules.decide import decide
from opportune.rules.earlier import Chosen, refusals
from opportune.rules.facts import DAY, Interest, Kind, Reason, Status
from opportune.rules.hours import local

PATIENT = a_campaign(far_call_hours=240)
TRAVELLER = somebody(zones=("Europe/Berlin", "America/New_York"))
GERMANY = a_law(calendar="DE-BB")


def told(person, campaign, history, law, now, start=None):
    """[(code, from, until)] on the person's clock."""
    found = decide(person, campaign, history, law, now, 0.9)
    chosen = Chosen(person, campaign, history, law, found.channel, found.kind, found.moment)
    clock = [
        (r.reason.code, local(person.zones[0], r.start), local(person.zones[0], r.end))
        for r in refusals(chosen, start or now)
    ]
    return [(code, f"{start:%a %H:%M}", f"{end:%a %H:%M}") for code, start, end in clock]


@pytest.mark.parametrize(
    ("person", "campaign", "now", "code", "span"),
    [
        # too early there, and cold calls are better in the afternoon (A1)
        (somebody(), PATIENT, "2026-11-25 06:30", "closed_hours", ("Wed 06:30", "Wed 09:00")),
        (somebody(), PATIENT, "2026-11-25 06:30", "late_better", ("Wed 09:00", "Wed 14:00")),
        # too late there
        (somebody(), PATIENT, "2026-11-26 19:30", "closed_hours", ("Thu 19:30", "Fri 09:00")),
        # an executive's early hour, over a weekend and never on Monday morning (A1, B2)
        (somebody(status=Status.EXECUTIVE), PATIENT, "2026-11-20 12:30", "early_better", ("Fri 12:30", "Fri 18:00")),
        (somebody(status=Status.EXECUTIVE), PATIENT, "2026-11-20 12:30", "weekend", ("Sat 00:00", "Mon 00:00")),
        (somebody(status=Status.EXECUTIVE), PATIENT, "2026-11-20 12:30", "monday_morning", ("Mon 08:00", "Mon 12:00")),
        # mail: outside its hours, a holiday by its name below (A4)
        (somebody(), QUESTION, "2026-11-25 19:30", "mail_hours", ("Wed 19:30", "Thu 08:10")),
        (somebody(), QUESTION, "2026-11-28 10:00", "weekend", ("Sat 10:00", "Mon 00:00")),
        # New York evenings do not fit Berlin mornings (A4)
        (TRAVELLER, PATIENT, "2026-11-25 09:00", "zones_apart", ("Wed 09:00", "Wed 15:00")),
    ],
)  # fmt: skip
def test_each_stretch_has_its_reason(person, campaign, now, code, span):
    assert (code, *span) in told(person, campaign, after(), LAW, moment(now))


COLD, WARM, EXECUTIVE = somebody(), somebody(interest=Interest.WARM), somebody(status=Status.EXECUTIVE)
PROMISED = after(called(moment("2026-11-25 10:00")), promised_at=moment("2026-11-25 15:00"))
CALLED_AND_WRITTEN = after(called(moment("2026-11-24 14:00")), mailed(moment("2026-11-24 15:10"), kind=Kind.FOLLOW_UP))
WRITTEN, WRITTEN_LATER = after(mailed(moment("2026-11-24 15:10"))), after(mailed(moment("2026-11-25 15:10")))


@pytest.mark.parametrize(
    ("person", "campaign", "history", "start", "now", "told_of"),
    [
        # a cold call: the afternoon is better (A1), and within it the calls are spread
        (COLD, PATIENT, after(), None, "2026-11-25 06:40", [
            "closed_hours E1 Wed 06:40-Wed 09:00", "late_better A1 Wed 09:00-Wed 14:00",
            "spread B2 Wed 14:00-Wed 15:30",
        ]),
        # a stretch ends on the quarter, whenever it begins
        (COLD, PATIENT, after(), None, "2026-11-25 13:52", [
            "late_better A1 Wed 13:52-Wed 14:00", "spread B2 Wed 14:00-Wed 15:30",
        ]),
        # a warm one takes the next open hour
        (WARM, PATIENT, after(), None, "2026-11-25 06:30", [
            "closed_hours E1 Wed 06:30-Wed 09:00", "spread B2 Wed 09:00-Wed 10:30",
        ]),
        (WARM, PATIENT, after(), None, "2026-11-22 17:40", [
            "weekend E1 Sun 17:40-Mon 00:00", "spread B2 Mon 09:00-Mon 10:30",
        ]),
        # an executive is called early, yet not on Monday (A1, B2); nights go without saying
        (EXECUTIVE, PATIENT, after(), None, "2026-11-20 12:30", [
            "early_better B2 Fri 12:30-Fri 18:00", "weekend E1 Sat 00:00-Mon 00:00",
            "monday_morning A1 Mon 08:00-Mon 12:00", "early_better B2 Mon 12:00-Mon 18:00",
            "spread B2 Tue 08:00-Tue 08:15",
        ]),
        # New York evenings do not fit Berlin mornings (A4)
        (TRAVELLER, PATIENT, after(), None, "2026-11-25 06:00", [
            "closed_hours E1 Wed 06:00-Wed 09:00", "zones_apart A4 Wed 09:00-Wed 15:00",
            "spread B2 Wed 15:00-Wed 16:00",
        ]),
        # a promised hour is awaited, whichever half of the day it is in (C4)
        (COLD, PATIENT, PROMISED, None, "2026-11-25 13:30", ["spread B2 Wed 13:30-Wed 15:00"]),
        # caps, then the other half of the day (B2, B4)
        (COLD, MEETING, CALLED_AND_WRITTEN, "2026-11-24 15:10", "2026-11-25 15:00", [
            "cap_touches B2 Tue 15:10-Wed 14:00", "same_part B2 Wed 14:00-Wed 18:00", "spread B2 Thu 09:00-Thu 11:45",
        ]),
        # mail: its hours, its slots (A4)
        (COLD, QUESTION, after(), None, "2026-11-25 19:30", [
            "mail_hours A4 Wed 19:30-Thu 08:10", "spread A4 Thu 08:10-Thu 13:10",
        ]),
        # between two slots a mail waits without a word, and the last stretch runs to the moment itself
        (COLD, QUESTION, after(), None, "2026-11-25 09:20", ["spread A4 Wed 09:50-Wed 13:50"]),
        (COLD, QUESTION, after(), None, "2026-11-25 09:55", ["spread A4 Wed 09:55-Wed 14:10"]),
        (TRAVELLER, QUESTION, after(), None, "2026-11-25 05:30", [
            "mail_hours A4 Wed 05:30-Wed 14:10", "spread A4 Wed 14:10-Wed 16:10",
        ]),
        # days between two mails, over a weekend
        (COLD, QUESTION, WRITTEN, "2026-11-24 15:10", "2026-11-27 15:10", [
            "mail_gap B2 Tue 15:10-Fri 15:10", "spread A4 Fri 15:10-Fri 17:10",
        ]),
        (COLD, QUESTION, WRITTEN_LATER, "2026-11-25 15:10", "2026-11-28 15:10", [
            "mail_gap B2 Wed 15:10-Sat 15:10", "weekend E1 Sat 15:10-Mon 00:00", "spread A4 Mon 08:10-Mon 15:50",
        ]),
    ],
)  # fmt: skip
def test_the_whole_way_is_told(person, campaign, history, start, now, told_of):
    found = decide(person, campaign, history, LAW, moment(now), 0.9)
    chosen = Chosen(person, campaign, history, LAW, found.channel, found.kind, found.moment)
    way = refusals(chosen, moment(start or now))
    clock = [[f"{local(person.zones[0], at):%a %H:%M}" for at in each[:2]] for each in way]
    said = [f"{each.reason.code} {each.reason.rule} {'-'.join(span)}" for each, span in zip(way, clock, strict=True)]
    assert said == told_of


def test_a_day_closed_by_law_and_the_hours_of_mail_are_named():
    """The chosen moments are given: what spoke against all before them?"""
    thursday = a_law(days_off=frozenset({moment("2026-11-26 12:00") // DAY}))
    call = Chosen(WARM, PATIENT, after(), thursday, CALL, Kind.APPROACH, moment("2026-11-27 09:00"))
    [closed] = refusals(call, moment("2026-11-26 10:07"))
    assert closed == (moment("2026-11-26 10:07"), moment("2026-11-27 00:00"), Reason("closed_day", "E1"))
    mail = Chosen(COLD, QUESTION, after(), LAW, EMAIL, Kind.APPROACH, moment("2026-11-26 08:10"))
    [hours] = refusals(mail, moment("2026-11-25 19:30"))
    assert hours.reason == Reason("mail_hours", "A4", {"hours": "08:00-18:00"})


@pytest.mark.parametrize(
    ("law", "history", "code"),
    [
        # E1: a place that allows one call a day
        (a_law(caps=((1, 1),)), PROMISED, "law_cap"),
        # … or wants silence after a refusal
        (a_law(refusal_days=6), replace(PROMISED, refused_at=moment("2026-11-20 10:00")), "refusal_rest"),
    ],
)
def test_the_laws_caps_bind_a_promised_call_too(law, history, code):
    chosen = Chosen(COLD, PATIENT, history, law, CALL, Kind.CALLBACK, moment("2026-11-26 10:00"))
    [rest] = refusals(chosen, moment("2026-11-25 15:00"))
    assert (rest.reason.code, rest.reason.rule, rest.end) == (code, "E1", chosen.moment)


def test_ours_bind_a_promised_call_not():
    chosen = Chosen(COLD, PATIENT, PROMISED, LAW, CALL, Kind.CALLBACK, moment("2026-11-25 15:00"))
    assert [each.reason.code for each in refusals(chosen, moment("2026-11-25 13:00"))] == ["spread"]
    unasked = replace(chosen, kind=Kind.APPROACH)
    assert [each.reason.code for each in refusals(unasked, moment("2026-11-25 13:00"))] == ["cap_calls"]


def test_a_promised_call_may_come_after_our_hours():
    """C4: what is lawful is open to it."""
    chosen = Chosen(COLD, PATIENT, after(), LAW, CALL, Kind.CALLBACK, moment("2026-11-25 19:30"))
    assert [each.reason.code for each in refusals(chosen, moment("2026-11-25 18:30"))] == ["spread"]


def test_of_two_rests_the_longer_is_told():
    """B2: a day between mails, and four contacts a week."""
    mails = [mailed(moment(f"2026-11-{day} 09:10")) for day in (20, 23, 24, 25)]
    daily = a_campaign(goal="clarification", mails={"days_between": 1})
    chosen = Chosen(COLD, daily, after(*mails), LAW, EMAIL, Kind.APPROACH, moment("2026-11-27 09:10"))
    [rest] = refusals(chosen, moment("2026-11-25 10:00"))
    assert (rest.reason.code, rest.end) == ("cap_touches", chosen.moment)


def test_a_follow_up_waits_for_no_days_between_mails():
    """B4: it belongs to the call."""
    history = after(mailed(moment("2026-11-24 09:10")))
    start, end = moment("2026-11-25 08:50"), moment("2026-11-25 09:10")
    for kind, codes in ((Kind.FOLLOW_UP, ["spread"]), (Kind.APPROACH, ["mail_gap"])):
        chosen = Chosen(COLD, QUESTION, history, LAW, EMAIL, kind, end)
        assert [each.reason.code for each in refusals(chosen, start)] == codes


@pytest.mark.parametrize(
    ("country", "region", "day", "reason"),
    [
        ("DE", "BB", "2025-10-31", Reason("holiday", "E1", {"holiday": "Reformation Day"})),  # in Brandenburg
        ("DE", None, "2025-10-31", Reason("closed_day", "E1")),  # not in all of Germany
        ("DE", "Nowhere", "2025-10-03", Reason("holiday", "E1", {"holiday": "German Unity Day"})),  # of the country
        (None, None, "2025-10-03", Reason("closed_day", "E1")),  # nobody knows whose holidays
        ("XX", None, "2025-10-03", Reason("closed_day", "E1")),  # a country without a list
        ("DE", None, "2025-10-04", Reason("weekend", "E1")),
        ("DE", None, "2026-10-03", Reason("holiday", "E1", {"holiday": "German Unity Day"})),  # and a Saturday
    ],
)
def test_a_closed_day_is_named(country, region, day, reason):
    person = somebody(country=country, region=region, interest=Interest.WARM)
    start, end = moment(f"{day} 00:00"), moment(f"{day} 23:00")
    closed = a_law(days_off=frozenset({moment(f"{day} 12:00") // DAY}))
    [told_of] = refusals(Chosen(person, PATIENT, after(), closed, CALL, Kind.APPROACH, end), start)
    assert told_of == (start, end, reason)


def test_a_holiday_is_named():
    person, now = somebody(region="BB"), moment("2025-10-30 19:00")  # Friday is Reformation Day in Brandenburg
    found = decide(person, QUESTION, after(), GERMANY, now, 0.9)
    chosen = Chosen(person, QUESTION, after(), GERMANY, found.channel, found.kind, found.moment)
    [named] = [r.reason.values["holiday"] for r in refusals(chosen, now) if r.reason.code == "holiday"]
    assert named == "Reformation Day"


def test_caps_and_the_other_half_of_the_day_are_told_from_the_last_contact():
    """B2: a call at two, a mail after it; the next call is capped for a day and then wants the forenoon."""
    first, mail = moment("2026-11-24 14:00"), moment("2026-11-24 15:10")
    history = after(called(first), mailed(mail, kind=Kind.FOLLOW_UP))
    codes = told(somebody(), MEETING, history, LAW, moment("2026-11-25 15:00"), mail)
    assert ("cap_touches", "Tue 15:10", "Wed 14:00") in codes
    assert ("same_part", "Wed 14:00", "Wed 18:00") in codes


def test_between_two_mails_days_pass():
    history = after(mailed(moment("2026-11-24 15:10")))
    codes = told(somebody(), QUESTION, history, LAW, moment("2026-11-27 15:10"), moment("2026-11-24 15:10"))
    assert codes[0] == ("mail_gap", "Tue 15:10", "Fri 15:10")


@settings(max_examples=60)
@given(cases)
def test_the_stretches_lie_in_order_before_the_moment(case):
    person, campaign, history, law, now, _ = case
    found = decide(*case)
    if found.channel is None:
        return
    stretches = refusals(Chosen(person, campaign, history, law, found.channel, found.kind, found.moment), now)
    assert all(now <= s.start < s.end <= found.moment for s in stretches)
    assert all(one.end <= other.start for one, other in pairwise(stretches))
