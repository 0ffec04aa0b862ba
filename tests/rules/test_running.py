"""A campaign approaches nobody before its first day begins where they live, nor after its last one is over there."""

from __future__ import annotations

import datetime

import pytest
from rules.cast import (
    BERLIN,
    CALL,
    EMAIL,
    LAW,
    SENDER,
    WEDNESDAY,
    a_campaign,
    after,
    ask,
    called,
    codes,
    mailed,
    moment,
    somebody,
    well_said,
)
from rules.second_reader import zone_names

from opportune.rules.decide import explain
from opportune.rules.facts import DAY, HOUR, CallResult, History, Interest, Kind
from opportune.rules.gate import recheck
from opportune.rules.reasons import sentence
from opportune.rules.running import begun, not_running, over_at, past

TOKYO, NEW_YORK = "Asia/Tokyo", "America/New_York"
NEXT_MONTH = a_campaign(starts="2026-12-21")
OVER = a_campaign(ends="2026-11-24")
LOST = after(called(WEDNESDAY - 2 * DAY, CallResult.NOT_INTERESTED))


@pytest.mark.parametrize(
    ("zones", "begins"),
    [
        ((BERLIN,), moment("2026-12-21 00:00")),
        ((TOKYO,), moment("2026-12-21 00:00", TOKYO)),
        ((TOKYO, NEW_YORK), moment("2026-12-21 00:00", NEW_YORK)),  # once it has begun in all of them
    ],
)
def test_who_is_inside_waits_for_the_first_day(zones, begins):
    found = ask(somebody(zones=zones), NEXT_MONTH)
    assert (found.channel, found.again_at, codes(found)) == (None, begins, ["starts_on"])
    assert found.again_at == ask(somebody(zones=zones), NEXT_MONTH, now=begins - 1).again_at
    assert codes(ask(somebody(zones=zones, interest=Interest.WARM), NEXT_MONTH, now=begins))[0] == "goal_calls"


@pytest.mark.parametrize(
    ("zones", "last"),
    [
        ((BERLIN,), moment("2026-11-25 00:00") - 1),
        ((TOKYO,), moment("2026-11-25 00:00", TOKYO) - 1),
        ((TOKYO, NEW_YORK), moment("2026-11-25 00:00", NEW_YORK) - 1),  # until it is over in all of them
    ],
)
def test_who_is_inside_is_left_in_peace_after_the_last_day(zones, last):
    assert "campaign_over" not in codes(ask(somebody(zones=zones), OVER, now=last))
    found = ask(somebody(zones=zones), OVER, now=last + 1)
    assert (found.channel, found.again_at, codes(found)) == (None, moment("2026-11-25 12:00", "UTC"), ["campaign_over"])


def test_b7_what_is_over_everywhere_is_closed():
    found = ask(campaign=OVER, now=moment("2026-11-25 12:00", "UTC"))
    assert (found.channel, found.again_at, found.held, codes(found)) == (None, None, None, ["campaign_over"])


@pytest.mark.parametrize("campaign", [NEXT_MONTH, OVER])
@pytest.mark.parametrize(
    ("history", "kind"),
    [
        (after(promised_at=WEDNESDAY), Kind.CALLBACK),  # C4
        (after(called(WEDNESDAY - HOUR, CallResult.EMAIL_PLEASE)), Kind.REQUESTED),  # A9
        (after(called(WEDNESDAY - 2 * DAY, CallResult.TALKED)), Kind.FOLLOW_UP),  # B4
    ],
)
def test_what_is_owed_or_follows_a_call_does_not_ask_for_the_day(campaign, history, kind):
    assert ask(campaign=campaign, history=history).kind is kind


@pytest.mark.parametrize(("campaign", "code"), [(NEXT_MONTH, "starts_on"), (OVER, "campaign_over")])
def test_a17_no_new_offer_leaves_outside_these_days(campaign, code):
    assert codes(ask(campaign=campaign, history=LOST)) == [code]


@pytest.mark.parametrize("campaign", [NEXT_MONTH, OVER])
def test_no_other_fact_would_lead_anywhere(campaign):
    assert explain(somebody(), campaign, after(), LAW, WEDNESDAY, 0.9).changes == ()


SLOT = moment("2026-11-25 14:52")


@pytest.mark.parametrize(
    ("kind", "channel", "history", "bound"),
    [
        (Kind.APPROACH, CALL, History(), True),
        (Kind.APPROACH, EMAIL, History(), True),
        (Kind.NURTURE, EMAIL, LOST, True),
        (Kind.FOLLOW_UP, EMAIL, after(called(WEDNESDAY - 2 * DAY)), False),
        (Kind.CALLBACK, CALL, History(), False),
        (Kind.CORRECTION, EMAIL, after(mailed(WEDNESDAY - 2 * DAY)), False),
        (Kind.REQUESTED, EMAIL, History(), False),
    ],
)
@pytest.mark.parametrize(
    ("campaign", "again", "code"),
    [
        (NEXT_MONTH, moment("2026-12-21 00:00"), "starts_on"),
        (OVER, None, "campaign_over"),
    ],
)
def test_the_gate_asks_for_the_day_again(kind, channel, history, bound, campaign, again, code):
    facts = {"channel": channel, "kind": kind, "automated": False, "cold": False, "now": SLOT}
    verdict = recheck(somebody(), campaign, history, LAW, **facts)
    assert verdict.go is not bound
    if bound:
        assert (verdict.again_at, well_said(verdict.reason).code) == (again, code)


def test_the_day_is_told_as_a_date():
    [why] = ask(campaign=NEXT_MONTH).reasons
    assert "begins on 21 Dec 2026;" in sentence(why)


CHANGES = [datetime.date(2026, 3, 29), datetime.date(2026, 4, 24), datetime.date(2026, 10, 25)]


def test_in_every_zone_waiting_for_the_first_day_comes_to_an_end():
    """Also where the clocks change at midnight: else the planner would look again and again, and it never begins."""
    for zone in zone_names():
        for day in CHANGES:
            campaign = a_campaign(starts=day, ends=day, sender=SENDER)
            begins, _ = not_running((zone,), campaign, over_at(day) - 4 * DAY)
            assert begun(day, zone, begins), (zone, day)
            assert not begun(day, zone, begins - 1), (zone, day)
            assert past(day, zone, over_at(day)), (zone, day)


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({"starts": datetime.date.min}, None),
        ({"starts": datetime.date.max}, "starts_on"),
        ({"ends": datetime.date.min}, "campaign_over"),
        ({"ends": datetime.date.max}, None),
    ],
)
def test_a_day_at_the_end_of_time_is_a_day(dates, code):
    closed = not_running((BERLIN, TOKYO), a_campaign(**dates), WEDNESDAY)
    assert (closed and closed[1].code) == code
