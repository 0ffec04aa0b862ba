"""Which template does a touch use (A16, A17, B4)?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules.cast import CALL, EMAIL, WEDNESDAY, a_campaign, after, called, mailed

from opportune.rules.facts import DAY, Kind
from opportune.rules.wording import template_for

PLAIN = a_campaign(free_first="guide")
STEPS = a_campaign(steps=[{"call": "opening", "email": "hello"}, {}], free_first="guide")
CALLED = called(WEDNESDAY - 2 * DAY)
GIFT = replace(mailed(WEDNESDAY - 8 * DAY), template="guide")
WRITTEN = replace(mailed(WEDNESDAY - 4 * DAY), template="meeting")
APPROACH, FOLLOW_UP, NURTURE, CALLBACK = Kind.APPROACH, Kind.FOLLOW_UP, Kind.NURTURE, Kind.CALLBACK


@pytest.mark.parametrize(
    ("campaign", "touches", "channel", "kind", "cold", "template"),
    [
        # a call announces itself, in the words of its step where it has some
        (PLAIN, (), CALL, APPROACH, True, "announce"),
        (STEPS, (), CALL, APPROACH, True, "opening"),
        (STEPS, (CALLED,), CALL, APPROACH, True, "announce"),
        # a promised call is no step of the cadence (C4)
        (STEPS, (), CALL, CALLBACK, False, "announce"),
        # B4: what follows a call is about the call
        (PLAIN, (CALLED,), EMAIL, FOLLOW_UP, True, "follow_up"),
        (STEPS, (), EMAIL, FOLLOW_UP, True, "follow_up"),
        # A17: the new offer
        (STEPS, (WRITTEN,), EMAIL, NURTURE, False, "nurture"),
        # A16: cold people are offered something free first, and once
        (PLAIN, (), EMAIL, APPROACH, True, "guide"),
        (PLAIN, (GIFT,), EMAIL, APPROACH, True, "meeting"),
        (PLAIN, (), EMAIL, APPROACH, False, "meeting"),
        # the step's own words go first
        (STEPS, (), EMAIL, APPROACH, True, "hello"),
        # a second mail reminds
        (PLAIN, (WRITTEN,), EMAIL, APPROACH, False, "reminder"),
        (PLAIN, (CALLED,), EMAIL, APPROACH, False, "meeting"),
    ],
)
def test_a_touch_has_the_words_of_its_kind(campaign, touches, channel, kind, cold, template):
    assert template_for(campaign, after(*touches), channel, kind, cold) == template
