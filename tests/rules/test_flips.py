"""Is what `why` names as a counterfactual what deciding again finds?"""

from __future__ import annotations

import pytest
from hypothesis import given
from rules.cast import (
    ANNOUNCE,
    CALL,
    EMAIL,
    LAW,
    MEETING,
    QUESTION,
    WEDNESDAY,
    a_campaign,
    a_law,
    after,
    called,
    likes,
    mailed,
    moment,
    no,
    somebody,
    yes,
)
from rules.test_properties import cases

from opportune.rules.decide import decide, explain
from opportune.rules.facts import DAY, HOUR, CallResult, Change, ConsentFact, Interest, Kind, PastTouch, Status
from opportune.rules.flips import ALTER, apply, candidates

SPEAKS, YES_TO_SPEAK = a_campaign(calls=ANNOUNCE), a_law(basis={("call_auto", "b2b"): "opt_in"})


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
            a_law(basis={("call", "b2b"): "opt_in"}),
            WEDNESDAY,
            Change("consent_call", "yes", CALL),
        ),
        # … or a colleague may call where no voice may speak by itself
        (somebody(), SPEAKS, after(), YES_TO_SPEAK, WEDNESDAY, Change("consent_call_auto", "yes", CALL)),
        (somebody(), SPEAKS, after(), YES_TO_SPEAK, WEDNESDAY, Change("shape", "operator_first", CALL)),
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


@pytest.mark.parametrize("history", [after(stopped=why) for why in ("replied", "goal_met", "disqualified")])
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


STATUSES = ["status executive", "status staff"]  # of a manager; for something serious only (A5)
SMALL, GREAT, MISS = "goal clarification", "goal meeting", "missed_call yes"
A_COLLEAGUE = ["shape operator_first", "consent_call_auto yes"]
BY_MAIL, BY_CALL = "preference email", "preference call"
SUNDAY = moment("2026-11-22 20:00")
YES_TO_CALL = a_law(basis={("call", "b2b"): "opt_in"})
TALKED, MISSED = called(WEDNESDAY - 2 * DAY, CallResult.TALKED), called(WEDNESDAY - 2 * DAY)


@pytest.mark.parametrize(
    ("person", "campaign", "history", "law", "now", "tried"),
    [
        (somebody(), MEETING, after(), LAW, WEDNESDAY, [*STATUSES, SMALL, BY_MAIL, MISS]),
        (somebody(), QUESTION, after(), LAW, WEDNESDAY, [GREAT, BY_CALL, MISS]),
        # a cold call waits for a good moment, a warm one does not (A1)
        (somebody(), MEETING, after(), LAW, SUNDAY, [*STATUSES, SMALL, "interest warm", BY_CALL, MISS]),
        (somebody(interest=Interest.WARM), MEETING, after(), LAW, SUNDAY, [*STATUSES, SMALL, BY_MAIL, MISS]),
        # what is ruled out is not preferred, nor missed
        (somebody(consents=(no("email"),)), MEETING, after(), LAW, WEDNESDAY, [*STATUSES, SMALL, MISS]),
        (somebody(), QUESTION, after(), YES_TO_CALL, WEDNESDAY, [GREAT, "consent_call yes"]),
        (somebody(), SPEAKS, after(), YES_TO_SPEAK, WEDNESDAY, [*STATUSES, SMALL, *A_COLLEAGUE]),
        # a call was missed already, or they were reached
        (somebody(), MEETING, after(MISSED), LAW, WEDNESDAY, [*STATUSES, SMALL, BY_CALL]),
        (somebody(), MEETING, after(TALKED), LAW, WEDNESDAY, [*STATUSES, SMALL, BY_CALL, MISS]),
    ],
)
def test_only_what_can_matter_is_tried(person, campaign, history, law, now, tried):
    found = decide(person, campaign, history, law, now, 0.9)
    assert [f"{change.fact} {change.value}" for change in candidates(found, person, campaign, history)] == tried


@pytest.mark.parametrize(
    ("touches", "at"),
    [
        ((), WEDNESDAY - HOUR),
        ((mailed(WEDNESDAY - 2 * DAY),), WEDNESDAY - HOUR),
        ((mailed(WEDNESDAY - 2 * DAY), mailed(WEDNESDAY - 600)), WEDNESDAY - 600),  # never before the last touch
    ],
)
def test_a_missed_call_comes_last(touches, at):
    """A2: as if it had rung out an hour ago; caps see it too (B4)."""
    facts = apply(Change("missed_call", "yes", None), somebody(), MEETING, after(*touches), WEDNESDAY)
    missed = PastTouch(0, CALL, Kind.APPROACH, 1, 1, at, "no_answer", CallResult.NO_ANSWER)
    known = after(*touches)
    assert facts[:2] == (somebody(), MEETING)
    assert facts[2].touches == (*touches, missed)
    assert facts[2].elsewhere == (*known.elsewhere, (CALL, at))


@pytest.mark.parametrize("kind", ["call", "call_auto", "email"])
def test_a_yes_is_given_now(kind):
    person, *others = apply(Change(f"consent_{kind}", "yes", None), somebody(), MEETING, after(), WEDNESDAY)
    assert person == somebody(consents=(ConsentFact(0, kind, True, WEDNESDAY),))
    assert others == [MEETING, after()]
