"""Which rule wins over which, when a lot decides, and what would have changed the answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules.cast import (
    CALL,
    EMAIL,
    LAW,
    MEETING,
    MONDAY,
    QUESTION,
    WEDNESDAY,
    a_campaign,
    a_law,
    after,
    ask,
    called,
    codes,
    likes,
    mailed,
    no,
    somebody,
    yes,
)

from opportune.rules.consent import KINDS
from opportune.rules.decide import explain
from opportune.rules.facts import DAY, HOUR, Kind, Status

MISSED = called(WEDNESDAY - DAY)

FAR_APART = ("Europe/Kaliningrad", "Asia/Kamchatka")
SAMPLE = a_campaign(comparison_sample=0.2, hold_out=0.1)


@pytest.mark.parametrize(
    ("lot", "now", "channel", "mode", "chance"),
    [
        (0.0, WEDNESDAY, CALL, "explore", 0.9),
        (0.0999, MONDAY, CALL, "explore", 0.1),  # the policy writes first (A3); the call arm never does
        (0.1, WEDNESDAY, EMAIL, "explore", 0.1),
        (0.1999, WEDNESDAY, EMAIL, "explore", 0.1),
        (0.2, WEDNESDAY, CALL, "policy", 0.9),
        (0.9, WEDNESDAY, CALL, "policy", 0.9),
        (0.95, WEDNESDAY, None, "policy", None),  # hold-out
    ],
)
def test_the_lot_and_its_chances(lot, now, channel, mode, chance):
    decision = ask(campaign=SAMPLE, lot=lot, now=now)
    assert (decision.channel, decision.mode, decision.propensity) == (channel, mode, chance)
    if chance:
        assert sum(decision.propensities.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "person",
    [
        somebody(preference=likes(CALL)),  # told us
        somebody(phone=None),  # no choice
        somebody(consents=(no("call"),)),
        somebody(zones=("Europe/Kaliningrad", "Asia/Kamchatka")),  # no hour for a call: no fair coin
    ],
)
def test_no_lot_is_drawn_where_only_one_way_is_left(person):
    decision = ask(person, SAMPLE, lot=0.15)
    assert (decision.mode, dict(decision.propensities)) == ("policy", {})


def test_no_lot_is_drawn_where_no_hour_is_open_for_a_call():
    decision = ask(campaign=SAMPLE, law=a_law(hours=()), lot=0.15)
    assert (decision.channel, decision.mode, dict(decision.propensities)) == (EMAIL, "policy", {})


def test_a_lot_that_must_wait_is_recorded_only_when_it_is_carried_out():
    decision = ask(campaign=SAMPLE, history=after(elsewhere=((CALL, WEDNESDAY - 60),)), lot=0.05)
    assert decision.again_at == WEDNESDAY - 60 + DAY
    assert (decision.mode, dict(decision.propensities)) == ("policy", {})


def test_a_free_thing_is_compared_like_any_other_approach():
    decision = ask(campaign=a_campaign(free_first="guide", comparison_sample=0.2))
    assert (decision.channel, dict(decision.propensities)) == (EMAIL, {"email": 0.9, "call": 0.1})


def test_a_lot_is_kept_through_the_cadence():
    campaign = a_campaign(goal="clarification", comparison_sample=0.2)
    history = after(called(WEDNESDAY - 2 * DAY), mailed(WEDNESDAY - 2 * DAY, Kind.FOLLOW_UP))
    kept = ask(campaign=campaign, history=history, lot=0.05)
    assert (kept.channel, kept.mode, dict(kept.propensities)) == (CALL, "explore", {})
    assert ask(campaign=campaign, history=history, lot=0.2).reasons[0].code == "goal_writes"  # not in the sample


def test_nobody_who_asked_for_contact_is_held_out():
    assert ask(somebody(asked_for_contact=True), SAMPLE, lot=0.99).channel is CALL


@pytest.mark.parametrize(
    ("person", "law", "held", "code"),
    [
        (somebody(zones=()), LAW, "needs a time zone", "needs_zone"),
        (somebody(zones=("Mars/Olympus",)), LAW, "needs a time zone", "needs_zone"),
        (somebody(phone=None, email=None), LAW, "needs an address", "needs_address"),
        (somebody(zones=("Asia/Kolkata", "Asia/Kathmandu"), phone=None), LAW, "needs a time zone", "no_slot"),
        (somebody(zones=FAR_APART, email=None), LAW, "needs a time zone", "needs_one_zone"),
        (somebody(zones=FAR_APART, phone=None), LAW, "needs a time zone", "needs_one_zone"),
        (somebody(business=False), a_law(verified_by=""), "needs a signed law row", "law_unsigned"),
        (somebody(bought=True), LAW, None, "bought_list"),  # A14: nothing to mend but a consent
        (somebody(), a_law(basis={(k, "b2b"): "opt_in" for k in KINDS}), None, "needs_consent"),
        (somebody(), a_law(basis={(k, "b2b"): "forbidden" for k in KINDS}), None, "forbidden_here"),
        (somebody(suppressed="unsubscribed"), LAW, None, "suppressed"),
        (somebody(suppressed="unsubscribed", zones=()), LAW, None, "suppressed"),  # no data will mend a no
    ],
)
def test_not_acting_is_an_answer_with_a_reason(person, law, held, code):
    decision = ask(person, law=law)
    assert (decision.channel, decision.held, decision.again_at) == (None, held, None)
    assert code in codes(decision)


def test_what_cannot_be_said_when_still_says_what_was_wanted():
    assert codes(ask(somebody(zones=FAR_APART, phone=None))) == ["goal_calls", "only_way", "needs_one_zone"]


# ---- precedence: in each row the first rule would answer otherwise than the second, and wins

PROMISED = after(promised_at=WEDNESDAY + HOUR)
ONE_CALL, WRITER = a_law(caps=((1, 2),)), somebody(preference=likes(EMAIL))
WEEK_FULL = tuple((EMAIL, WEDNESDAY - d * DAY) for d in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("pair", "decision", "code"),
    [
        ("opt-out > law", ask(somebody(suppressed="no", bought=True)), "suppressed"),
        ("opt-out > promise", ask(somebody(suppressed="no"), history=PROMISED), "suppressed"),
        ("stop > promise", ask(history=replace(PROMISED, stopped="meeting booked")), "stopped"),
        ("law > promise", ask(somebody(consents=(no("call"),)), history=PROMISED), "only_way"),
        (
            "law's cap > promise",
            ask(law=ONE_CALL, history=after(MISSED, promised_at=WEDNESDAY)),
            "law_cap",
        ),
        ("law > preference", ask(somebody(preference=likes(CALL), consents=(no("call"),))), "only_way"),
        ("promise > preference", ask(somebody(preference=likes(EMAIL)), history=PROMISED), "promised"),
        ("promise > our caps", ask(history=replace(PROMISED, elsewhere=WEEK_FULL)), "promised"),
        ("promise > hold-out", ask(campaign=SAMPLE, history=PROMISED, lot=0.99), "promised"),
        ("preference > goal", ask(somebody(preference=likes(EMAIL))), "preference"),
        ("preference > lot", ask(somebody(preference=likes(EMAIL)), SAMPLE, lot=0.01), "preference"),
        ("our caps > goal", ask(history=after(elsewhere=WEEK_FULL)), "cap_touches"),
        (
            "our caps > preference's mail",
            ask(somebody(preference=likes(EMAIL)), history=after(elsewhere=WEEK_FULL)),
            "cap_touches",
        ),
        ("goal > status", ask(somebody(status=Status.EXECUTIVE), QUESTION), "goal_writes"),
        ("status > time", ask(somebody(status=Status.STAFF), history=after(MISSED)), "follow_up_staff"),
    ],
)
def test_precedence(pair, decision, code):
    assert code in codes(decision), codes(decision)


@pytest.mark.parametrize(
    ("rest", "refused", "again"),
    [
        (60, WEDNESDAY - 10 * DAY, WEDNESDAY + 50 * DAY),
        (60, WEDNESDAY - 60 * DAY + 1, WEDNESDAY + 1),
        (60, WEDNESDAY - 60 * DAY, None),  # over
        (60, None, None),  # never said no
        (0, WEDNESDAY - DAY, None),  # a place without such a rest
        (1, WEDNESDAY - DAY + HOUR, WEDNESDAY + HOUR),
    ],
)
def test_the_refusal_rest_of_a_place_is_kept(rest, refused, again):
    decision = ask(somebody(), a_campaign(channels=["call"]), after(refused_at=refused), a_law(refusal_days=rest))
    assert decision.again_at == again
    assert (decision.channel is CALL) == (again is None)


def test_whoever_a_lot_sent_one_way_is_met_another_way_when_that_one_closed():
    sampled = a_campaign(comparison_sample=0.2)
    bounced = replace(mailed(WEDNESDAY - 9 * DAY), state="bounced")
    assert codes(ask(somebody(email=None), sampled, after(bounced), lot=0.15))[0] == "goal_calls"


# ---- what would have changed it


def test_the_nearest_changes_flip_the_decision_as_stated():
    decision = explain(somebody(), MEETING, after(), LAW, WEDNESDAY, 0.9)
    assert {(change.fact, change.value): change.channel for change in decision.changes} == {
        ("goal", "clarification"): EMAIL,
        ("preference", "email"): EMAIL,
        ("missed_call", "yes"): EMAIL,
    }


def test_a_missing_consent_is_named_as_what_would_open_the_channel():
    asks_first = a_law(basis={(kind, "b2b"): "opt_in" for kind in KINDS})
    decision = explain(somebody(consents=(yes("email"),)), MEETING, after(), asks_first, WEDNESDAY, 0.9)
    assert decision.channel is EMAIL
    assert decision.consent_id == 7
    assert decision.ruled_out["call"].code == "needs_consent"
    assert ("consent_call", "yes", CALL) in [(c.fact, c.value, c.channel) for c in decision.changes]


def test_nothing_would_change_a_no():
    assert explain(somebody(suppressed="no"), MEETING, after(), LAW, WEDNESDAY, 0.9).changes == ()
