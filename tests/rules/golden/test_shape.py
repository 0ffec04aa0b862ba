"""Who speaks first: a colleague, or a voice of its own (A7, B9, B12, C4, E1)?"""

from __future__ import annotations

import pytest
from rules.cast import (
    ANNOUNCE,
    CALL,
    EMAIL,
    MEETING,
    WEDNESDAY,
    a_campaign,
    a_law,
    after,
    ask,
    called,
    codes,
    mailed,
    moment,
    no,
    somebody,
    yes,
)

from opportune.rules.cadence import announces
from opportune.rules.facts import DAY, HOUR, CallKind, CallResult, Kind
from opportune.rules.gate import recheck
from opportune.rules.hours import local

SPEAKS = a_campaign(calls=ANNOUNCE | {"voicemail": True, "hours": "09:00-19:00"}, channels=["call"])
LIVE = a_campaign(channels=["call"])
FORBIDS = a_law(basis={("call_auto", "b2b"): "forbidden"})
ASKS = a_law(basis={("call_auto", "b2b"): "opt_in"})
ASKS_ALWAYS = a_law(basis={("call", "b2b"): "opt_in", ("call_auto", "b2b"): "opt_in"})
NEVER = a_law(basis={("call", "b2b"): "forbidden", ("call_auto", "b2b"): "forbidden"})
MORNINGS = a_law(auto_windows=(((8 * 60, 12 * 60),),) * 7)
WRITTEN = mailed(WEDNESDAY - 9 * DAY)
THE_SECRETARY = (called(WEDNESDAY - 5 * DAY, CallResult.SECRETARY), mailed(WEDNESDAY - 5 * DAY, Kind.FOLLOW_UP))
RECOMMENDED = somebody(call_kind=CallKind.REFERRAL)


@pytest.mark.parametrize(
    ("campaign", "person", "touches", "automated"),
    [
        (LIVE, somebody(), (), False),  # the default
        (SPEAKS, somebody(), (), True),
        (SPEAKS, somebody(call_kind=CallKind.RETURNED), (), True),
        (SPEAKS, RECOMMENDED, (), False),  # B12: whoever was recommended hears a colleague
        (SPEAKS, somebody(), THE_SECRETARY, False),  # A7: one talks with a secretary
        (SPEAKS, somebody(), (called(WEDNESDAY - 5 * DAY, CallResult.BUSY),), True),
    ],
)
def test_the_campaign_says_who_speaks_first(campaign, person, touches, automated):
    assert announces(person, campaign, after(*touches)) is automated
    decision = ask(person, campaign, after(*touches))
    assert (decision.channel, decision.automated) == (CALL, automated)


@pytest.mark.parametrize(
    ("campaign", "person", "law", "ruled_out"),
    [
        # a colleague needs what the law wants of live calls, and nothing else
        (LIVE, somebody(), FORBIDS, None),
        (LIVE, somebody(), ASKS, None),
        (LIVE, somebody(consents=(no("call_auto"),)), ASKS, None),
        (LIVE, somebody(), ASKS_ALWAYS, "needs_consent"),
        (LIVE, somebody(consents=(yes("call_auto"),)), ASKS_ALWAYS, "needs_consent"),  # to a recording only
        (LIVE, somebody(consents=(yes("call"),)), ASKS_ALWAYS, None),
        # a voice of its own needs more, and where only that is closed the remedy is named
        (SPEAKS, somebody(), FORBIDS, "announce_forbidden"),
        (SPEAKS, somebody(consents=(yes("call_auto"),)), FORBIDS, "announce_forbidden"),
        (SPEAKS, somebody(), ASKS, "announce_needs_consent"),
        (SPEAKS, somebody(consents=(yes("call"),)), ASKS_ALWAYS, "announce_needs_consent"),
        (SPEAKS, somebody(consents=(yes("call_auto"),)), ASKS, None),
        (SPEAKS, somebody(), ASKS_ALWAYS, "needs_consent"),  # a colleague may not call either
        (SPEAKS, somebody(), NEVER, "forbidden_here"),
        (SPEAKS, somebody(consents=(no("call_auto"),)), ASKS, "consent_withdrawn"),  # nobody is talked round
        (SPEAKS, somebody(phone=None), FORBIDS, "no_phone"),
        (SPEAKS, RECOMMENDED, FORBIDS, None),
    ],
)
def test_each_shape_needs_its_own_permission(campaign, person, law, ruled_out):
    decision = ask(person, campaign, law=law)
    assert (decision.channel is CALL) is (ruled_out is None)
    assert ruled_out is None or decision.ruled_out["call"].code == ruled_out


def test_where_no_voice_may_speak_by_itself_one_writes():
    decision = ask(campaign=a_campaign(calls=ANNOUNCE), law=FORBIDS)
    assert (decision.channel, codes(decision)[:2]) == (EMAIL, ["goal_calls", "only_way"])


@pytest.mark.parametrize("law", [FORBIDS, ASKS, MORNINGS])
def test_c4_a_colleague_keeps_the_promise_whatever_the_campaign_is_like(law):
    promised = after(WRITTEN, promised_at=WEDNESDAY + HOUR)
    decision = ask(somebody(consents=(yes("call", id=3),)), a_campaign(calls=ANNOUNCE), promised, law)
    assert (decision.channel, decision.kind, decision.automated) == (CALL, Kind.CALLBACK, False)
    assert (decision.moment, decision.consent_id, decision.template) == (WEDNESDAY + HOUR, 3, "outline")


def test_hours_of_automated_calls_bind_only_those():
    """Here a voice of its own may ring until noon, a colleague until eight."""
    live, spoken = (ask(campaign=campaign, law=MORNINGS, history=after(WRITTEN)) for campaign in (LIVE, SPEAKS))
    assert live.moment >= moment("2026-11-25 14:00")
    assert local("Europe/Berlin", spoken.moment).hour < 12


@pytest.mark.parametrize(
    ("campaign", "person", "touches", "automated", "code"),
    [
        (SPEAKS, somebody(), (), True, None),
        (SPEAKS, somebody(), (), False, None),  # a colleague may always speak instead
        (SPEAKS, RECOMMENDED, (), True, "colleague_calls"),  # became known after it was planned
        (SPEAKS, somebody(), THE_SECRETARY, True, "colleague_calls"),
        (MEETING, somebody(), (), True, "colleague_calls"),
    ],
)
def test_the_gate_lets_no_voice_speak_where_a_colleague_should(campaign, person, touches, automated, code):
    how = {"channel": CALL, "kind": Kind.APPROACH, "automated": automated, "cold": False, "now": WEDNESDAY}
    verdict = recheck(person, campaign, after(*touches), a_law(), **how)
    assert (verdict.reason.code if verdict.reason else None) == code
