"""B8, B13, C2, C3, C5, A14: who only informs themselves, who is a stranger, and what a talk with each is for."""

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
    likes,
    mailed,
    somebody,
    yes,
)

from opportune.rules.facts import DAY, HOUR, CallKind, CallResult, Familiarity, Interest, Kind, Stage, Status

WRITTEN = mailed(WEDNESDAY - 8 * DAY)
TALK = called(WEDNESDAY - 3 * DAY, CallResult.TALKED)
TALKED = (TALK, mailed(TALK.at + HOUR, Kind.FOLLOW_UP, step=2))


@pytest.mark.parametrize(
    ("person", "campaign", "history", "channel", "code"),
    [
        (somebody(only_informs=True), MEETING, after(), EMAIL, "only_way"),  # written to, not called
        (somebody(only_informs=True, status=Status.EXECUTIVE), MEETING, after(WRITTEN), EMAIL, "only_way"),
        (somebody(only_informs=True), QUESTION, after(), EMAIL, "goal_writes"),
        (somebody(only_informs=True, asked_for_contact=True), MEETING, after(), CALL, "goal_calls"),  # raised a hand
        (somebody(only_informs=True, preference=likes(CALL)), MEETING, after(), CALL, "preference"),  # told us to
        (somebody(only_informs=True, preference=likes(CALL, "habit")), MEETING, after(), EMAIL, "only_way"),
        (somebody(only_informs=True), MEETING, after(promised_at=WEDNESDAY), CALL, "promised"),  # C4 is kept
        (somebody(only_informs=True), a_campaign(channels=["call"]), after(), None, "only_informs"),
        (somebody(only_informs=True, email=None), MEETING, after(), None, "no_email"),
    ],
)
def test_b8_who_only_looks_for_information_is_written_to(person, campaign, history, channel, code):
    decision = ask(person, campaign, history)
    assert decision.channel is channel
    assert code in codes(decision)


@pytest.mark.parametrize(
    ("person", "history", "channel", "code"),
    [
        (somebody(), after(), EMAIL, "only_way"),  # a stranger gets no greeting by phone
        (somebody(familiarity=Familiarity.WARM), after(), EMAIL, "only_way"),  # knows us; we do not know them
        (somebody(familiarity=Familiarity.HOT), after(), CALL, "goal_calls"),
        (somebody(stage=Stage.CUSTOMER), after(), CALL, "goal_calls"),  # "how does it work for you?"
        (somebody(stage=Stage.POTENTIAL), after(), CALL, "goal_calls"),
        (somebody(), after(*TALKED), CALL, "goal_calls"),  # we have talked
        (somebody(), after(called(WEDNESDAY - 5 * DAY), WRITTEN), EMAIL, "only_way"),  # a call nobody took is no talk
        (somebody(email=None), after(), None, "no_email"),
    ],
)
def test_c5_a_service_touch_calls_only_people_we_know(person, history, channel, code):
    decision = ask(person, a_campaign(purpose="service"), history)
    assert decision.channel is channel
    assert code in codes(decision)
    assert not {"aim_interest", "aim_meeting", "aim_terms"} & set(codes(decision))  # nothing is sold


def test_c5_nobody_is_held_out_of_a_service():
    known = somebody(stage=Stage.CUSTOMER)
    assert ask(known, a_campaign(purpose="service", hold_out=0.2), lot=0.99).channel is CALL
    assert codes(ask(known, a_campaign(hold_out=0.2), lot=0.99)) == ["hold_out"]


@pytest.mark.parametrize(
    ("person", "history", "aim"),
    [
        (somebody(), after(WRITTEN), "aim_interest"),  # E3: interest, and who decides
        (somebody(interest=Interest.WARM), after(), "aim_meeting"),  # B13: a meeting, not a sale
        (somebody(asked_for_contact=True), after(), "aim_meeting"),
        (somebody(familiarity=Familiarity.WARM), after(WRITTEN), "aim_meeting"),  # B12: there is a connection to name
        (somebody(call_kind=CallKind.REFERRAL), after(WRITTEN), "aim_meeting"),
        (somebody(), after(*TALKED), "aim_meeting"),
        (somebody(interest=Interest.HOT), after(), "aim_terms"),  # budget, need, timing
        (somebody(interest=Interest.HOT, status=Status.EXECUTIVE), after(), "aim_terms"),
    ],
)
def test_b13_what_the_talk_aims_at(person, history, aim):
    decision = ask(person, history=history)
    assert decision.channel is CALL
    assert [code for code in codes(decision) if code.startswith("aim_")] == [aim]


@pytest.mark.parametrize(
    ("person", "channel", "code"),
    [
        (somebody(bought=True), None, "bought_list"),  # quarantined
        (somebody(bought=True, consents=(yes("email"),)), EMAIL, "only_way"),
        (somebody(bought=True, consents=(yes("call"),)), CALL, "goal_calls"),
        (somebody(bought=True, consents=(yes("call_auto"),)), None, "bought_list"),  # a recording, not a colleague
        (somebody(bought=True, asked_for_contact=True), None, "bought_list"),  # a yes is recorded, never guessed
        (somebody(bought=True, stage=Stage.CUSTOMER), None, "bought_list"),
        (somebody(bought=True, consents=(yes("email", expires_at=WEDNESDAY),)), None, "bought_list"),
        (somebody(), CALL, "goal_calls"),
    ],
)
def test_a14_bought_lists_need_a_recorded_yes(person, channel, code):
    decision = ask(person)
    assert decision.channel is channel
    assert code in codes(decision)


@pytest.mark.parametrize("fit", [None, 0.0, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("stage", Stage)
def test_c3_nobody_is_judged_away(fit, stage):
    """Only a recorded outcome removes somebody: fit and stage change neither the way nor whether (B15)."""
    assert ask(somebody(fit=fit, stage=stage)).channel is CALL
    assert ask(somebody(fit=fit, stage=stage), QUESTION).channel is EMAIL
