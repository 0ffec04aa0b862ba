"""Why not earlier: is each stretch before the chosen moment told with what spoke against it?"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from rules.cast import (
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
from opportune.rules.facts import Kind, Status
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
