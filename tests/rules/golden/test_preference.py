"""A9: how this person likes to be contacted. Stated beats the goal; a marker tips it, and a habit only where little
speaks for a call; towards the phone both tip only once mail stayed unanswered (A6)."""

from __future__ import annotations

import pytest
from rules.cast import CALL, EMAIL, MEETING, QUESTION, WEDNESDAY, after, ask, called, codes, likes, mailed, somebody

from opportune.rules.facts import DAY, HOUR, CallResult, Interest, Kind, Status
from opportune.rules.reasons import sentence

OLD = mailed(WEDNESDAY - 8 * DAY)
FOLLOWED = (called(WEDNESDAY - 3 * DAY), mailed(WEDNESDAY - 3 * DAY + HOUR, Kind.FOLLOW_UP, step=2))
PLEASE = (called(WEDNESDAY - 9 * DAY, CallResult.EMAIL_PLEASE), mailed(WEDNESDAY - 8 * DAY, Kind.FOLLOW_UP))
CANCELLED = called(WEDNESDAY - 9 * DAY, CallResult.CANCELLED)
BOSS, HOT = Status.EXECUTIVE, Interest.HOT


def leans(channel, strength, **who):
    return somebody(preference=likes(channel, strength), **who)


@pytest.mark.parametrize(
    ("person", "campaign", "history", "channel", "code"),
    [
        # stated: beats A5 both ways
        (leans(EMAIL, "stated"), MEETING, after(), EMAIL, "preference"),
        (leans(CALL, "stated"), QUESTION, after(), CALL, "preference"),
        (leans(EMAIL, "stated", status=BOSS), MEETING, after(), EMAIL, "preference"),  # and A7
        (leans(EMAIL, "stated", interest=HOT), MEETING, after(), EMAIL, "preference"),  # and B1
        (leans(CALL, "stated", status=Status.STAFF), MEETING, after(*FOLLOWED), CALL, "preference"),  # and A8
        (leans(EMAIL, "stated", email=None), MEETING, after(), CALL, "goal_calls"),  # what cannot be had is no way
        (somebody(), MEETING, after(*PLEASE), EMAIL, "preference"),  # said on the phone: as good as any
        (leans(CALL, "stated"), MEETING, after(*PLEASE), EMAIL, "preference"),  # and later than what was noted before
        # a marker: tips a serious goal to mail
        (leans(EMAIL, "marker"), MEETING, after(), EMAIL, "leaning"),
        (leans(EMAIL, "marker", status=BOSS), MEETING, after(), EMAIL, "leaning"),
        (leans(EMAIL, "marker", interest=HOT), MEETING, after(), EMAIL, "leaning"),
        (leans(CALL, "marker"), MEETING, after(OLD), CALL, "goal_calls"),  # agrees with the goal: nothing to tip
        # a habit: only where neither status nor warmth asks for a call
        (leans(EMAIL, "habit"), MEETING, after(), EMAIL, "leaning"),
        (leans(EMAIL, "habit", status=Status.STAFF), MEETING, after(), EMAIL, "leaning"),
        (leans(EMAIL, "habit", interest=Interest.WARM), MEETING, after(), EMAIL, "leaning"),
        (leans(EMAIL, "habit", status=BOSS), MEETING, after(OLD), CALL, "status_high"),
        (leans(EMAIL, "habit", interest=HOT), MEETING, after(OLD), CALL, "hot"),
        # towards the phone: only after a mail
        (leans(CALL, "marker"), QUESTION, after(), EMAIL, "goal_writes"),
        (leans(CALL, "habit"), QUESTION, after(), EMAIL, "goal_writes"),
        (leans(CALL, "marker"), QUESTION, after(OLD), CALL, "leaning"),
        (leans(CALL, "habit"), QUESTION, after(OLD), CALL, "leaning"),
        (leans(CALL, "habit"), QUESTION, after(CANCELLED), EMAIL, "goal_writes"),  # a call is no mail
        (leans(CALL, "habit", status=BOSS), QUESTION, after(OLD), CALL, "leaning"),
        (leans(EMAIL, "marker"), QUESTION, after(OLD), EMAIL, "goal_writes"),
        (somebody(), QUESTION, after(OLD), EMAIL, "goal_writes"),  # nothing known: A5
    ],
)
def test_a9_preference(person, campaign, history, channel, code):
    decision = ask(person, campaign, history)
    assert decision.channel is channel
    assert code in codes(decision)


def test_a_preference_says_what_it_rests_on():
    for person, code in ((leans(EMAIL, "stated"), "preference"), (leans(EMAIL, "marker"), "leaning")):
        [reason] = [reason for reason in ask(person).reasons if reason.code == code]
        assert (reason.rule, dict(reason.values)) == ("A9", {"channel": "email", "evidence": "told us"})


def test_what_was_said_on_the_phone_is_quoted():
    [reason] = [reason for reason in ask(history=after(*PLEASE)).reasons if reason.code == "preference"]
    assert sentence(reason) == "Prefers email, as we know from: said so on the phone."


def test_what_was_told_and_cannot_be_had_is_not_taken_for_a_leaning():
    assert codes(ask(leans(EMAIL, "stated", email=None)))[:2] == ["goal_calls", "aim_interest"]
