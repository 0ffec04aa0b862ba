"""The campaign's own rules and steps: the first rule that matches wins, `otherwise` is last; step by step (B2)."""

from __future__ import annotations

import pytest
from rules.cast import CALL, EMAIL, WEDNESDAY, a_campaign, after, ask, called, codes, likes, mailed, no, somebody

from opportune.rules.facts import DAY, CallKind, CallResult, Familiarity, Interest, Kind, Status

FIRST = mailed(WEDNESDAY - 8 * DAY)
MISSED = called(WEDNESDAY - 9 * DAY)
TWICE = (called(WEDNESDAY - 11 * DAY), called(WEDNESDAY - 9 * DAY))
ANY = somebody()


def ruled(when, then="email", otherwise="call", **changed):
    return a_campaign(rules=[{"when": when, "then": then}, {"otherwise": otherwise}], **changed)


@pytest.mark.parametrize(
    ("when", "matches", "not_"),
    [
        ({"statuses": ["staff", "manager"]}, somebody(), somebody(status=Status.EXECUTIVE)),
        ({"statuses": ["staff"]}, somebody(status=Status.STAFF), somebody(status=Status.UNKNOWN)),  # unknown is none
        ({"interests": ["warm"]}, somebody(interest=Interest.WARM), somebody(interest=Interest.HOT)),
        ({"countries": ["DE"]}, somebody(), somebody(country="FR")),
        ({"countries": ["DE"]}, somebody(), somebody(country=None)),
        ({"sources": ["Fair", "form"]}, somebody(sources=("Fair", "list")), somebody(sources=("Other", "list"))),
        ({"sources": ["form"]}, somebody(sources=("newsletter", "form")), somebody()),  # came from nowhere we know
        ({"business": False}, somebody(business=False), somebody()),
        ({"business": True}, somebody(), somebody(business=False)),
        ({"prefers": "email"}, somebody(preference=likes(EMAIL, "habit")), somebody(preference=likes(CALL, "habit"))),
        ({"prefers": "email"}, somebody(preference=likes(EMAIL, "marker")), somebody()),
        ({"familiarity": ["hot"]}, somebody(familiarity=Familiarity.HOT), somebody(familiarity=Familiarity.WARM)),
        ({"kinds": ["referral"]}, somebody(call_kind=CallKind.REFERRAL), somebody(call_kind=CallKind.REPEAT)),
        ({"fit_from": 0.6}, somebody(fit=0.6), somebody(fit=0.59)),
        ({"fit_from": 0.6}, somebody(fit=1.0), somebody(fit=None)),  # not known yet is no fit
        ({"statuses": ["manager"], "countries": ["DE"]}, somebody(), somebody(country="FR")),  # all of it must hold
    ],
)
def test_a_rule_applies_to_whom_it_describes(when, matches, not_):
    campaign = ruled(when)
    for person, channel, code in ((matches, EMAIL, "campaign_rule"), (not_, CALL, "campaign_otherwise")):
        decision = ask(person, campaign)
        assert (decision.channel, codes(decision)[0]) == (channel, code)


@pytest.mark.parametrize(
    ("person", "history", "now_channel", "code"),
    [
        (ANY, after(FIRST), CALL, "campaign_otherwise"),  # no call was missed yet
        (ANY, after(MISSED, FIRST), CALL, "campaign_otherwise"),  # one is fewer than two
        (ANY, after(*TWICE, FIRST), EMAIL, "campaign_rule"),
        (ANY, after(called(TWICE[0].at), called(TWICE[1].at, CallResult.TALKED), FIRST), CALL, "campaign_otherwise"),
        (somebody(status=Status.STAFF), after(MISSED, FIRST), CALL, "campaign_otherwise"),  # instead of A8
        (somebody(preference=likes(EMAIL)), after(FIRST), EMAIL, "preference"),  # stated beats the campaign
        (somebody(consents=(no("call"),)), after(FIRST), EMAIL, "only_way"),  # and the law, all of it
        (somebody(preference=likes(CALL), phone=None), after(FIRST), EMAIL, "only_way"),  # stated, but cannot be had
    ],
)
def test_missed_calls_count(person, history, now_channel, code):
    decision = ask(person, ruled({"missed_calls_from": 2}), history)
    assert decision.channel is now_channel
    assert code in codes(decision)


def test_a_stated_wish_that_cannot_be_had_still_describes_the_person():
    wishes = somebody(preference=likes(CALL), phone=None)
    assert codes(ask(wishes, ruled({"prefers": "call"}, "call")))[:2] == ["campaign_rule", "only_way"]
    assert codes(ask(wishes, ruled({"prefers": "email"}, "call", "email")))[0] == "campaign_otherwise"


def test_the_first_rule_that_matches_wins_and_is_named():
    rules = [
        {"when": {"countries": ["FR"]}, "then": "email"},
        {"when": {"statuses": ["manager"]}, "then": "call"},
        {"when": {"countries": ["DE"]}, "then": "email"},
        {"otherwise": "email"},
    ]
    decision = ask(campaign=a_campaign(goal="inform", rules=rules))
    assert decision.channel is CALL
    assert dict(decision.reasons[0].values) == {"number": 2, "channel": "call"}


def test_a3_writes_first_also_where_a_rule_says_call():
    decision = ask(campaign=ruled({"business": True}, "call", far_call_hours=4), now=WEDNESDAY - DAY)
    assert codes(decision)[:2] == ["campaign_rule", "write_first"]


# ---- steps

STEPS = a_campaign(
    steps=[
        {"channel": "email", "email": "opening"},
        {"channel": "call", "after_days": 3, "call": "second"},
        {"after_days": 2},
    ]
)
PLAIN = a_campaign(steps=[{"channel": "email"}, {"channel": "email"}])  # without words of their own
CALLED = called(WEDNESDAY - 5 * DAY, step=2)
FOLLOWED = mailed(CALLED.at + 3600, Kind.FOLLOW_UP, step=3)


@pytest.mark.parametrize(
    ("history", "channel", "code", "template"),
    [
        (after(), EMAIL, "step_channel", "opening"),  # against A5: the marketer says so
        (after(mailed(WEDNESDAY - 3 * DAY)), CALL, "step_channel", "second"),
        (after(mailed(WEDNESDAY - 3 * DAY + 1)), None, "step_gap", ""),  # its day has not come
        (after(mailed(WEDNESDAY - 9 * DAY), CALLED), EMAIL, "follow_up", "after_missed_call"),  # B4 is no step
        (after(mailed(WEDNESDAY - 9 * DAY), CALLED, FOLLOWED), CALL, "goal_calls", "outline"),  # names no channel
        (
            after(mailed(WEDNESDAY - 9 * DAY), CALLED, FOLLOWED, mailed(WEDNESDAY - 4 * DAY)),
            None,
            "cadence_over",
            "",
        ),  # B7: after the last step the contact is closed
    ],
)
def test_b2_the_kth_approach_follows_step_k(history, channel, code, template):
    decision = ask(campaign=STEPS, history=history)
    assert (decision.channel, decision.template) == (channel, template)
    assert code in codes(decision)


@pytest.mark.parametrize(
    ("person", "channel", "code"),
    [
        (somebody(email=None), CALL, "only_way"),  # the step's channel is closed: the other one
        (somebody(preference=likes(CALL)), CALL, "preference"),  # stated beats the step
        (somebody(interest=Interest.HOT), EMAIL, "step_channel"),
        (somebody(consents=(no("email"),)), CALL, "only_way"),
        (somebody(suppressed="no"), None, "suppressed"),
        (somebody(zones=()), None, "needs_zone"),
    ],
)
def test_a_step_yields_to_what_stands_above_the_goal(person, channel, code):
    decision = ask(person, STEPS)
    assert decision.channel is channel
    assert code in codes(decision)


def test_a_step_without_words_of_its_own_uses_the_campaigns():
    assert ask(campaign=PLAIN).template == "first_proposal"
    assert ask(campaign=PLAIN, history=after(FIRST)).template == "last_mail"  # of two steps


def test_a_step_that_waits_says_until_when():
    written = mailed(WEDNESDAY - DAY)
    assert ask(campaign=STEPS, history=after(written)).again_at == written.at + 3 * DAY


def test_what_ends_or_waits_still_says_what_was_wanted():
    done = after(mailed(WEDNESDAY - 9 * DAY), CALLED, FOLLOWED, mailed(WEDNESDAY - 4 * DAY))
    assert codes(ask(campaign=STEPS, history=done)) == ["goal_calls", "cadence_over"]
    assert codes(ask(campaign=STEPS, history=after(mailed(WEDNESDAY - DAY)))) == ["step_channel", "step_gap"]


def test_a_step_that_calls_does_not_write_first():
    """A3 would use the step up, and the call would never come."""
    decision = ask(campaign=a_campaign(far_call_hours=1, steps=[{"channel": "call"}]), now=WEDNESDAY - DAY)
    assert decision.channel is CALL
