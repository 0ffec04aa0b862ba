"""A5, A7, A8, B1: what is asked for, and how high the person stands. Who, what, after what -> which way, and why."""

from __future__ import annotations

import pytest
from rules.cast import (
    CALL,
    EMAIL,
    MEETING,
    QUESTION,
    WEDNESDAY,
    a_campaign,
    after,
    ask,
    called,
    codes,
    mailed,
    moment,
    somebody,
)

from opportune.rules.facts import DAY, HOUR, CallResult, Goal, Interest, Kind, Status

AGO = WEDNESDAY - 3 * DAY
WRITTEN = mailed(WEDNESDAY - 8 * DAY)
BOSS, CLERK = somebody(status=Status.EXECUTIVE), somebody(status=Status.STAFF)


def talk(result, days=3):
    """A call that ended so, and the mail that followed it."""
    at = WEDNESDAY - days * DAY
    return called(at, result), mailed(at + HOUR, Kind.FOLLOW_UP, step=2)


@pytest.mark.parametrize(
    ("goal", "channel", "code"),
    [
        (Goal.MEETING, CALL, "goal_calls"),  # something serious: one calls
        (Goal.CONFERENCE, CALL, "goal_calls"),
        (Goal.TRIAL, CALL, "goal_calls"),
        (Goal.CLARIFICATION, EMAIL, "goal_writes"),  # a small request: one writes
        (Goal.FEEDBACK, EMAIL, "goal_writes"),
        (Goal.RECOMMENDATION, EMAIL, "goal_writes"),
        (Goal.INFORM, EMAIL, "goal_writes"),
    ],
)
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("interest", Interest)
def test_a5_the_goal_decides_first_whoever_it_is(goal, channel, code, status, interest):
    decision = ask(somebody(status=status, interest=interest), a_campaign(goal=goal), after(WRITTEN))
    assert (decision.channel, codes(decision)[0], decision.reasons[0].rule) == (channel, code, "A5")


@pytest.mark.parametrize(
    ("person", "campaign", "history", "channel", "code"),
    [
        (BOSS, MEETING, after(WRITTEN), CALL, "status_high"),  # takes a commercial call calmly
        (BOSS, MEETING, after(called(AGO)), EMAIL, "follow_up_high"),  # missed: the proposal follows
        (BOSS, MEETING, after(called(AGO, CallResult.TALKED)), EMAIL, "follow_up_high"),  # reached: it follows too
        (BOSS, MEETING, after(called(AGO, CallResult.SECRETARY)), EMAIL, "follow_up_high"),  # the secretary: as well
        (somebody(), MEETING, after(called(AGO, CallResult.SECRETARY)), EMAIL, "follow_up_high"),  # whoever has one
        (BOSS, MEETING, after(*talk(CallResult.SECRETARY)), CALL, "secretary_opening"),  # then the call to the top
        (somebody(), MEETING, after(*talk(CallResult.SECRETARY)), CALL, "secretary_opening"),
        (CLERK, MEETING, after(*talk(CallResult.SECRETARY)), CALL, "secretary_opening"),  # not a missed call
        (BOSS, MEETING, after(*talk(CallResult.NO_ANSWER)), CALL, "status_high"),  # called again, unlike staff
        (BOSS, QUESTION, after(*talk(CallResult.SECRETARY, 9)), EMAIL, "goal_writes"),  # no opening for trifles
        (somebody(), MEETING, after(WRITTEN), CALL, "goal_calls"),  # a manager: nothing of the kind
    ],
)
def test_a7_a_secretary_is_an_opening_to_the_top(person, campaign, history, channel, code):
    decision = ask(person, campaign, history)
    assert decision.channel is channel
    assert code in codes(decision)
    assert {reason.rule for reason in decision.reasons if reason.code == code} <= {"A7", "A5"}


@pytest.mark.parametrize(
    ("person", "history", "channel", "code"),
    [
        (CLERK, after(WRITTEN), CALL, "goal_calls"),  # a first call is worth trying
        (CLERK, after(called(AGO)), EMAIL, "follow_up_staff"),  # missed: a mail says what it was about
        (CLERK, after(called(AGO, CallResult.VOICEMAIL)), EMAIL, "follow_up_staff"),
        (CLERK, after(called(AGO, CallResult.DECLINED)), EMAIL, "follow_up_staff"),
        (CLERK, after(called(AGO, CallResult.TALKED)), EMAIL, "follow_up"),  # reached: B4 as with anybody
        (CLERK, after(*talk(CallResult.BUSY, 4)), EMAIL, "staff_missed"),  # from then on mail is the way
        (CLERK, after(*talk(CallResult.NO_ANSWER, 9)), EMAIL, "staff_missed"),
        (CLERK, after(*talk(CallResult.NO_ANSWER, 9), *talk(CallResult.TALKED)), CALL, "goal_calls"),  # caught since
        (somebody(status=Status.STAFF, email=None), after(called(AGO)), CALL, "only_way"),  # no other way
        (somebody(status=Status.UNKNOWN), after(*talk(CallResult.NO_ANSWER)), CALL, "goal_calls"),  # not known to be
    ],
)
def test_a8_staff_who_cannot_be_caught_are_written_to(person, history, channel, code):
    decision = ask(person, history=history)
    assert decision.channel is channel
    assert code in codes(decision)


@pytest.mark.parametrize(
    ("interest", "campaign", "now", "code", "within"),
    [
        (Interest.HOT, MEETING, "2026-11-23 09:20", "hot", HOUR),  # Monday morning: soon all the same
        (Interest.HOT, MEETING, "2026-11-25 14:00", "hot", HOUR),
        (Interest.HOT, MEETING, "2026-11-25 17:59", "hot", 16 * HOUR),  # closed: the first hour of tomorrow
        (Interest.WARM, MEETING, "2026-11-25 14:00", "goal_calls", 4 * HOUR),  # any hour of this part of the day
        (Interest.COLD, MEETING, "2026-11-25 14:00", "goal_calls", 4 * HOUR),
        (Interest.HOT, a_campaign(goal="trial"), "2026-11-24 10:00", "hot", HOUR),
    ],
)
def test_b1_whoever_wants_to_buy_is_called_soon(interest, campaign, now, code, within):
    for turn in range(12):
        decision = ask(somebody(interest=interest, turn=turn), campaign, after(WRITTEN), now=moment(now))
        assert decision.channel is CALL
        assert code in codes(decision)
        assert decision.moment - moment(now) <= within
