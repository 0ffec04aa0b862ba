"""A16, A17, E2: something free first; lost is not disqualified; every call result leads somewhere (B7)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules.cast import (
    CALL,
    EMAIL,
    LAW,
    MEETING,
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
)

from opportune.rules.dispositions import NEXT, Then, after_last_call, lost
from opportune.rules.facts import DAY, HOUR, MISSED, CallResult, Interest, Kind

FREE = a_campaign(free_first="guide")
FREE_MAIL = a_campaign(goal="inform", free_first="guide")
FREE_STEPS = a_campaign(free_first="guide", steps=[{"channel": "call"}])
GIFT = replace(mailed(WEDNESDAY - 8 * DAY), template="guide")
OFFER = replace(mailed(WEDNESDAY - 4 * DAY, step=2), template="meeting")


@pytest.mark.parametrize(
    ("person", "campaign", "history", "channel", "template", "code"),
    [
        (somebody(), FREE, after(), EMAIL, "guide", "free_first"),
        (somebody(interest=Interest.WARM), FREE, after(), CALL, "outline", "goal_calls"),  # knows us: the real thing
        (somebody(asked_for_contact=True), FREE, after(), CALL, "outline", "goal_calls"),
        (somebody(email=None), FREE, after(), CALL, "outline", "goal_calls"),  # cannot be offered by phone
        (somebody(consents=(no("email"),)), FREE, after(), CALL, "outline", "goal_calls"),
        (somebody(preference=likes(CALL)), FREE, after(), CALL, "outline", "preference"),
        (somebody(), FREE, after(GIFT), CALL, "outline", "goal_calls"),  # once
        (somebody(), FREE_MAIL, after(GIFT), EMAIL, "first_proposal", "goal_writes"),
        (somebody(), FREE_MAIL, after(GIFT, OFFER), EMAIL, "reminder", "mail_slot"),
        (somebody(), a_campaign(goal="inform"), after(OFFER), EMAIL, "reminder", "goal_writes"),
        (somebody(), MEETING, after(), CALL, "outline", "goal_calls"),  # no such setting
        (somebody(), FREE_STEPS, after(), CALL, "outline", "step_channel"),
    ],
)
def test_a16_a_cold_campaign_may_offer_something_free_first(person, campaign, history, channel, template, code):
    decision = ask(person, campaign, history)
    assert (decision.channel, decision.template) == (channel, template)
    assert code in codes(decision)


NO = called(WEDNESDAY - 2 * DAY, CallResult.NOT_INTERESTED)
RANG_AGAIN = called(WEDNESDAY - DAY, CallResult.TALKED, Kind.CALLBACK)
LONG_NO = called(WEDNESDAY - 40 * DAY, CallResult.NOT_INTERESTED)


def tried(days, step=2):
    return mailed(WEDNESDAY - days * DAY, Kind.NURTURE, step=step)


@pytest.mark.parametrize(
    ("person", "campaign", "history", "kind", "code"),
    [
        (somebody(), MEETING, after(called(WEDNESDAY - HOUR, NO.result)), None, "lost_for_now"),
        (somebody(), MEETING, after(NO), Kind.NURTURE, "lost_again"),  # a day later: a new offer
        (somebody(), MEETING, after(NO, tried(1)), None, "lost_for_now"),  # next week
        (somebody(), MEETING, after(LONG_NO, tried(39), tried(33, 3)), Kind.NURTURE, "lost_again"),
        (somebody(), MEETING, after(LONG_NO, tried(39), tried(33, 3), tried(9, 4)), None, "not_interested"),
        (somebody(), a_campaign(retry_lost_days=[]), after(NO), None, "not_interested"),  # a setting
        (somebody(email=None), MEETING, after(NO), None, "not_interested"),  # never by another call
        (somebody(preference=likes(CALL)), MEETING, after(NO), Kind.NURTURE, "lost_again"),
        (somebody(), MEETING, after(NO, promised_at=WEDNESDAY), Kind.CALLBACK, "promised"),  # they asked since
        (somebody(), MEETING, after(NO, RANG_AGAIN), Kind.FOLLOW_UP, "follow_up"),
    ],
)
def test_a17_lost_is_tried_again_and_not_disqualified(person, campaign, history, kind, code):
    decision = ask(person, campaign, history)
    assert (decision.kind if decision.channel else None) is kind
    assert code in codes(decision)


def test_a17_a_wait_says_until_when_and_why():
    decision = ask(campaign=a_campaign(retry_lost_days=[5, 20]), history=after(NO))
    assert decision.again_at == NO.at + 5 * DAY
    assert (decision.reasons[0].rule, dict(decision.reasons[0].values)) == ("A17", {"days": 5})
    again = ask(campaign=a_campaign(retry_lost_days=[5, 20]), history=after(NO), now=decision.again_at)
    assert (again.kind, again.template) == (Kind.NURTURE, "nurture")


def test_a17_a_new_offer_keeps_its_distance_from_the_last_mail():
    decision = ask(history=after(LONG_NO, tried(39), mailed(WEDNESDAY - DAY)))
    assert codes(decision) == ["lost_again", "mail_gap"]


@pytest.mark.parametrize(
    ("result", "kind", "code"),
    [
        (CallResult.INTERESTED, Kind.FOLLOW_UP, "follow_up"),
        (CallResult.TALKED, Kind.FOLLOW_UP, "follow_up"),
        (CallResult.CALL_BACK, Kind.FOLLOW_UP, "follow_up"),  # once the promise is kept
        (CallResult.EMAIL_PLEASE, Kind.REQUESTED, "mail_asked_for"),  # A9: at once
        (CallResult.SECRETARY, Kind.FOLLOW_UP, "follow_up_high"),
        (CallResult.BUSY, Kind.FOLLOW_UP, "follow_up"),
        (CallResult.NO_ANSWER, Kind.FOLLOW_UP, "follow_up"),
        (CallResult.VOICEMAIL, Kind.FOLLOW_UP, "follow_up"),
        (CallResult.MACHINE, Kind.FOLLOW_UP, "follow_up"),
        (CallResult.DECLINED, Kind.FOLLOW_UP, "follow_up"),
        (CallResult.NOT_INTERESTED, Kind.NURTURE, "lost_again"),
        (CallResult.MEETING, None, "stopped"),
        (CallResult.NO_SUCH_NUMBER, Kind.APPROACH, "only_way"),  # mail is left
        (CallResult.WRONG_PERSON, Kind.APPROACH, "only_way"),
        (CallResult.DO_NOT_CALL, Kind.APPROACH, "only_way"),
        (CallResult.CANCELLED, Kind.APPROACH, "other_part"),  # called again: it never rang
        (CallResult.FAILED, Kind.APPROACH, "other_part"),
    ],
)
def test_e2_every_call_result_has_a_next_step(result, kind, code):
    """B7: a further touch, or a reason why nothing follows."""
    wrong = result in (CallResult.NO_SUCH_NUMBER, CallResult.WRONG_PERSON)  # E7: it was cleaned out
    decision = ask(somebody(phone=None) if wrong else somebody(), history=after(called(WEDNESDAY - 2 * DAY, result)))
    assert (decision.kind if decision.channel else None) is kind
    assert code in codes(decision)


def test_c3_who_does_not_fit_as_somebody_found_out_is_left_alone_whatever_was_promised():
    found = ask(history=after(stopped="disqualified", promised_at=WEDNESDAY))
    assert (found.channel, found.again_at, found.held, codes(found)) == (None, None, None, ["disqualified"])


def test_e2_no_call_result_is_without_a_next_step():
    assert set(NEXT) == set(CallResult)


@pytest.mark.parametrize(
    ("result", "cold"),
    [
        (CallResult.TALKED, False),
        (CallResult.INTERESTED, False),
        (CallResult.CALL_BACK, False),
        (CallResult.NO_ANSWER, True),
        (CallResult.SECRETARY, True),  # somebody else
        (CallResult.FAILED, True),
    ],
)
def test_a1_binds_until_we_have_talked(result, cold):
    history = after(called(WEDNESDAY - 5 * DAY, result), mailed(WEDNESDAY - 5 * DAY + HOUR, Kind.FOLLOW_UP))
    assert ask(campaign=a_campaign(channels=["call"]), history=history).cold is cold


@pytest.mark.parametrize(("steps", "next_"), [([], 1), ([1], 2), ([1, 2], 3), ([2, 1], 3), ([7], 8), ([3, 3], 4)])
def test_a_step_number_is_never_used_twice(steps, next_):
    history = after(*(mailed(WEDNESDAY - (20 - n) * DAY, step=step) for n, step in enumerate(steps)))
    assert ask(history=history).step == next_


@pytest.mark.parametrize(
    ("results", "then"),
    [
        ([], None),
        ([CallResult.TALKED], Then.CADENCE),
        ([CallResult.NOT_INTERESTED], Then.NURTURE),
        ([CallResult.NOT_INTERESTED, CallResult.TALKED], Then.CADENCE),  # the last one counts
        ([CallResult.TALKED, CallResult.MEETING], Then.MET),
        ([CallResult.CALL_BACK], Then.CALLBACK),
        ([CallResult.EMAIL_PLEASE], Then.WRITE),
        ([CallResult.NOT_INTERESTED, None], None),  # it still rings
    ],
)
def test_e2_the_last_call_decides(results, then):
    history = after(*(called(WEDNESDAY - DAY + n, result) for n, result in enumerate(results)), mailed(WEDNESDAY))
    assert after_last_call(history) is then
    assert lost(history) == (then is Then.NURTURE)


def test_e2_whoever_was_missed_is_written_to():
    """A8, B4: nobody was reached, so a mail says what it was about."""
    assert all(NEXT[result].mail and not NEXT[result].talked for result in MISSED)


@pytest.mark.parametrize(
    ("law", "channel", "code"),
    [
        (LAW, EMAIL, "lost_again"),
        (a_law(refusal_days=60), EMAIL, "lost_again"),  # the law's silence is about calls
        (a_law(basis={("email", "b2b"): "opt_in"}), None, "not_interested"),
        (a_law(basis={("email", "b2b"): "forbidden"}), None, "not_interested"),
        (a_law(basis={("call", "b2b"): "forbidden"}), EMAIL, "lost_again"),
        (a_law(verified_by=""), None, "not_interested"),
    ],
)
def test_a17_within_the_law(law, channel, code):
    decision = ask(history=after(NO), law=law)
    assert decision.channel is channel
    assert code in codes(decision)
