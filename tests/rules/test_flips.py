"""Is what `why` names as a counterfactual what deciding again finds?"""

from __future__ import annotations

import pytest
from hypothesis import given
from rules.cast import (
    CALL,
    EMAIL,
    LAW,
    MEETING,
    WEDNESDAY,
    a_campaign,
    a_law,
    after,
    likes,
    moment,
    no,
    somebody,
    yes,
)
from rules.test_properties import cases

from opportune.rules.decide import decide, explain
from opportune.rules.facts import Change, Interest, Status
from opportune.rules.flips import ALTER, apply


@given(cases)
def test_applying_a_counterfactual_flips_the_decision_as_stated(case):
    person, campaign, history, law, now, lot = case
    found = explain(*case)
    for change in found.changes:
        other = decide(*apply(change, person, campaign, history, now), law, now, lot)
        assert other.channel == change.channel != found.channel


@pytest.mark.parametrize(
    ("person", "campaign", "history", "law", "now", "change"),
    [
        # a manager is called about something serious, unless it were small, or they wished otherwise (A5, A9)
        (somebody(), MEETING, after(), LAW, WEDNESDAY, Change("goal", "clarification", EMAIL)),
        (somebody(), MEETING, after(), LAW, WEDNESDAY, Change("preference", "email", EMAIL)),
        (somebody(), MEETING, after(), LAW, WEDNESDAY, Change("missed_call", "yes", EMAIL)),
        (somebody(), a_campaign(goal="inform"), after(), LAW, WEDNESDAY, Change("preference", "call", CALL)),
        (somebody(preference=likes(EMAIL)), MEETING, after(), LAW, WEDNESDAY, Change("preference", "call", CALL)),
        # nobody said yes where a yes is needed (E1)
        (
            somebody(consents=(yes("email"),)),
            MEETING,
            after(),
            a_law(basis={("call_auto", "b2b"): "opt_in"}),
            WEDNESDAY,
            Change("consent_call_auto", "yes", CALL),
        ),
        # the good moment for a cold call is far: a warm one would not wait for it (A1, A3)
        (somebody(), MEETING, after(), LAW, moment("2026-11-22 20:00"), Change("interest", "warm", CALL)),
        # somebody has to look it up: which way it would go is known already (A4, E7)
        (somebody(zones=()), MEETING, after(), LAW, WEDNESDAY, Change("zone", "UTC", CALL)),
        (somebody(phone=None, email=None), MEETING, after(), LAW, WEDNESDAY, Change("phone", "+10000000", CALL)),
        (somebody(phone=None, email=None), MEETING, after(), LAW, WEDNESDAY, Change("email", "known@example", EMAIL)),
    ],
)
def test_the_nearest_changes_are_named(person, campaign, history, law, now, change):
    assert change in explain(person, campaign, history, law, now, 0.9).changes


@pytest.mark.parametrize("history", [after(stopped="replied"), after(stopped="goal_met")])
def test_who_is_settled_is_not_wished_otherwise(history):
    assert explain(somebody(), MEETING, history, LAW, WEDNESDAY, 0.9).changes == ()
    assert explain(somebody(suppressed="unsubscribed"), MEETING, after(), LAW, WEDNESDAY, 0.9).changes == ()


def test_who_said_no_is_not_asked_to_unsay_it():
    """E1"""
    refused = explain(somebody(consents=(no("email"), no("call"))), MEETING, after(), LAW, WEDNESDAY, 0.9)
    assert (refused.channel, [c.fact for c in refused.changes if c.fact.startswith("consent")]) == (None, [])


def test_one_fact_is_altered_and_nothing_else():
    person, campaign, history = apply(Change("status", "executive", None), somebody(), MEETING, after(), WEDNESDAY)
    assert (person, campaign, history) == (somebody(status=Status.EXECUTIVE), MEETING, after())
    person, *_ = apply(Change("interest", "hot", None), somebody(), MEETING, after(), WEDNESDAY)
    assert person == somebody(interest=Interest.HOT)
    assert "status" in ALTER
