"""Which template does a touch use (A5, A7, A8, A16, A17, B3, B4, B7)?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules.cast import ANNOUNCE, CALL, EMAIL, WEDNESDAY, a_campaign, after, called, mailed

from opportune.rules.facts import DAY, CallResult, Goal, Kind
from opportune.rules.wording import template_for

PLAIN = a_campaign(free_first="guide")
STEPS = a_campaign(steps=[{"call": "opening", "email": "hello"}, {}], free_first="guide")
SPEAKS = a_campaign(steps=[{"call": "opening"}, {}], calls=ANNOUNCE)
CALLED = called(WEDNESDAY - 2 * DAY)
GIFT = replace(mailed(WEDNESDAY - 8 * DAY), template="guide")
WRITTEN = replace(mailed(WEDNESDAY - 4 * DAY), template="meeting")
APPROACH, FOLLOW_UP, NURTURE, CALLBACK = (Kind.APPROACH, Kind.FOLLOW_UP, Kind.NURTURE, Kind.CALLBACK)


@pytest.mark.parametrize(
    ("campaign", "touches", "automated", "template"),
    [
        (SPEAKS, (), True, "opening"),
        (SPEAKS, (CALLED,), True, "announce"),
        # a colleague calls all the same, say after a talk with the secretary: the words of the step are a recording's
        (SPEAKS, (), False, "outline"),
        (a_campaign(calls=ANNOUNCE, words={"announce": "ours"}), (), True, "ours"),
        (a_campaign(words={"outline": "ours"}), (), False, "ours"),
    ],
)
def test_an_announced_call_has_words_of_its_own(campaign, touches, automated, template):
    assert template_for(campaign, after(*touches), CALL, APPROACH, True, True, automated) == template


@pytest.mark.parametrize(
    ("campaign", "touches", "channel", "kind", "cold", "template"),
    [
        # a colleague calls with an outline, that of its step where it has one (B16)
        (PLAIN, (), CALL, APPROACH, True, "outline"),
        (STEPS, (), CALL, APPROACH, True, "opening"),
        (STEPS, (CALLED,), CALL, APPROACH, True, "outline"),
        # a promised call is no step of the cadence (C4)
        (STEPS, (), CALL, CALLBACK, False, "outline"),
        (SPEAKS, (), CALL, CALLBACK, False, "outline"),
        # B4: what follows a call is about the call
        (PLAIN, (CALLED,), EMAIL, FOLLOW_UP, True, "after_missed_call"),
        (STEPS, (), EMAIL, FOLLOW_UP, True, "follow_up"),
        # A17: the new offer
        (STEPS, (WRITTEN,), EMAIL, NURTURE, False, "nurture"),
        # A16: cold people are offered something free first, and once
        (PLAIN, (), EMAIL, APPROACH, True, "guide"),
        (PLAIN, (GIFT,), EMAIL, APPROACH, True, "first_proposal"),
        (PLAIN, (), EMAIL, APPROACH, False, "first_proposal"),
        # the step's own words go first
        (STEPS, (), EMAIL, APPROACH, True, "hello"),
        # a second mail reminds
        (PLAIN, (WRITTEN,), EMAIL, APPROACH, False, "reminder"),
        (PLAIN, (CALLED,), EMAIL, APPROACH, False, "first_proposal"),
    ],
)
def test_a_touch_has_the_words_of_its_kind(campaign, touches, channel, kind, cold, template):
    assert template_for(campaign, after(*touches), channel, kind, cold, True) == template


@pytest.mark.parametrize(
    ("result", "template"),
    [
        (CallResult.VOICEMAIL, "after_voicemail"),  # B3: the mail carries what the voicemail promised
        (CallResult.NO_ANSWER, "after_missed_call"),  # A8: they do not call back unknown numbers
        (CallResult.BUSY, "after_missed_call"),
        (CallResult.DECLINED, "after_missed_call"),
        (CallResult.MACHINE, "after_missed_call"),  # a machine, and nothing was left on it
        (CallResult.SECRETARY, "after_secretary"),  # A7: the proposal comes next
        (CallResult.TALKED, "after_talk"),
        (CallResult.INTERESTED, "after_talk"),
        (CallResult.CALL_BACK, "after_talk"),
        (CallResult.EMAIL_PLEASE, "after_talk"),  # A9: they asked for it
        (None, "follow_up"),  # nobody noted what came of it: nothing is claimed
    ],
)
def test_the_mail_after_a_call_fits_what_came_of_it(result, template):
    """B4, unless the campaign wants one mail for all."""
    history = after(called(WEDNESDAY - 2 * DAY, result))
    assert template_for(PLAIN, history, EMAIL, FOLLOW_UP, True, True) == template
    own = a_campaign(words={"follow_up": "ours"})
    assert template_for(own, history, EMAIL, FOLLOW_UP, True, True) == "ours"


@pytest.mark.parametrize(
    ("goal", "template"),
    [
        (Goal.MEETING, "first_proposal"),
        (Goal.CONFERENCE, "first_proposal"),
        (Goal.TRIAL, "first_proposal"),
        (Goal.INFORM, "first_proposal"),  # there is something to tell, not to ask
        (Goal.CLARIFICATION, "clarification"),
        (Goal.FEEDBACK, "clarification"),
        (Goal.RECOMMENDATION, "clarification"),
    ],
)
def test_the_first_mail_is_the_proposal_or_a_small_question(goal, template):
    """A5, unless the campaign names its own."""
    assert template_for(a_campaign(goal=goal), after(), EMAIL, APPROACH, True, True) == template
    assert template_for(a_campaign(goal=goal, words={"email": "ours"}), after(), EMAIL, APPROACH, True, True) == "ours"


TWO = a_campaign(mails={"most": 2})


@pytest.mark.parametrize(
    ("campaign", "touches", "more_calls", "template"),
    [
        (TWO, (WRITTEN,), False, "last_mail"),
        (TWO, (WRITTEN,), True, "reminder"),  # a call may follow, and after it a mail
        (PLAIN, (WRITTEN,), False, "reminder"),  # two of four
        (a_campaign(mails={"most": 1}), (), False, "first_proposal"),  # the only one is no farewell
        (a_campaign(steps=[{}, {}]), (WRITTEN,), True, "last_mail"),  # after the last step nothing follows
        (a_campaign(steps=[{}, {}, {}]), (WRITTEN,), False, "reminder"),
        (a_campaign(steps=[{}, {"email": "ours"}]), (WRITTEN,), False, "ours"),
        (a_campaign(mails={"most": 2}, words={"last_mail": "bye"}), (WRITTEN,), False, "bye"),
    ],
)
def test_only_the_last_mail_says_that_it_is(campaign, touches, more_calls, template):
    """B7."""
    assert template_for(campaign, after(*touches), EMAIL, APPROACH, False, more_calls) == template
