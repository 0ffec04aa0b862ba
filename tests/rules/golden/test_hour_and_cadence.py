"""A1, A2, A3, A4, B2: at which hour, how often, and what to do while a good moment is far off."""

from __future__ import annotations

import pytest
from rules.cast import (
    ANNOUNCE,
    BERLIN,
    CALL,
    EMAIL,
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
    mailed,
    moment,
    no,
    somebody,
)

from opportune.rules.facts import DAY, HOUR, TURNS, CallResult, Interest, Kind, Status
from opportune.rules.hours import day_part, local

FRIDAY = moment("2026-11-27 10:00")
WRITTEN = mailed(WEDNESDAY - 10 * DAY)
REFUSED = called(WEDNESDAY - 2 * DAY, CallResult.NOT_INTERESTED)
WARM = somebody(interest=Interest.WARM)
LEAVES = {"shape": "announce", "voicemail": True}
EVENING = a_campaign(channels=["call"], calls=LEAVES | {"hours": "16:00-18:00"})
NOON = LEAVES | {"hours": "12:00-14:00"}


@pytest.mark.parametrize(
    ("now", "campaign", "history", "channel"),
    [
        (MONDAY, MEETING, after(), EMAIL),  # Wednesday afternoon is two days off
        (MONDAY, MEETING, after(mailed(MONDAY - 9 * DAY)), CALL),  # written already: the call waits for its hour
        (WEDNESDAY, MEETING, after(), CALL),
        (moment("2026-11-24 09:00"), MEETING, after(), EMAIL),  # 29 hours and more
        (moment("2026-11-24 18:30"), MEETING, after(), CALL),  # tomorrow afternoon is near enough
        (WEDNESDAY - DAY, a_campaign(far_call_hours=4), after(), EMAIL),  # 24 hours are far for this campaign
        (moment("2026-11-25 10:00"), a_campaign(far_call_hours=4), after(), CALL),  # four hours are near enough
        (moment("2026-11-25 09:59"), a_campaign(far_call_hours=4), after(), EMAIL),
        (MONDAY, a_campaign(far_call_hours=100), after(), CALL),
        (MONDAY, a_campaign(channels=["call"]), after(), CALL),
        (MONDAY, a_campaign(mails={"most": 0}), after(), CALL),
    ],
)
def test_a3_writes_while_a_good_moment_is_far(now, campaign, history, channel):
    decision = ask(campaign=campaign, history=history, now=now)
    assert decision.channel == channel
    assert ("write_first" in codes(decision)) == (channel is EMAIL)


@pytest.mark.parametrize(
    ("person", "now", "earliest"),
    [
        (somebody(), MONDAY, "Wed 14"),
        (somebody(asked_for_contact=True), MONDAY, "Mon 09"),  # requested is not cold
        (WARM, MONDAY, "Mon 09"),
        (somebody(interest=Interest.HOT), MONDAY, "Mon 09"),
        (somebody(), moment("2026-11-27 19:00"), "Wed 14"),
        (somebody(), FRIDAY, "Fri 14"),
        (somebody(status=Status.EXECUTIVE), MONDAY, "Tue 08"),
    ],
)
def test_a1_cold_calls_wait_for_their_hour(person, now, earliest):
    decision = ask(person, a_campaign(channels=["call"]), now=now)
    assert f"{local(BERLIN, decision.moment):%a %H}" >= earliest
    assert local(BERLIN, decision.moment).strftime("%a") == earliest[:3]
    assert not decision.automated


@pytest.mark.parametrize(
    ("campaign", "person", "history", "voicemail"),
    [
        (EVENING, somebody(), after(), True),  # A2: found before going home
        (a_campaign(calls=NOON), WARM, after(), False),
        (a_campaign(calls=NOON | {"most": 1}), WARM, after(), True),  # the last attempt
        (
            a_campaign(calls=LEAVES | {"hours": "09:00-14:00"}),
            WARM,
            after(called(WEDNESDAY - 5 * DAY), called(WEDNESDAY - 3 * DAY), WRITTEN),
            True,
        ),
        (a_campaign(calls=ANNOUNCE | {"hours": "16:00-18:00"}), somebody(), after(), False),  # off by default
        (
            a_campaign(calls={"hours": "16:00-18:00", "voicemail": True}),
            somebody(),
            after(),
            False,
        ),  # unheard
        (EVENING, somebody(consents=(no("voicemail"),)), after(), False),
    ],
)
def test_a2_voicemail_in_the_evening_and_late_in_the_cadence(campaign, person, history, voicemail):
    decision = ask(person, campaign, history)
    assert decision.channel is CALL
    assert decision.voicemail == voicemail
    assert ("voicemail" in codes(decision)) == voicemail


def test_a4_mail_leaves_in_a_slot_and_never_later():
    decision = ask(campaign=QUESTION)
    assert local(BERLIN, decision.moment).minute in (10, 50)
    assert decision.not_after == decision.moment + 600
    there = f"{local(BERLIN, decision.moment):%Y-%m-%d %H:%M}"
    assert dict(decision.reasons[-1].values) == {"time": there, "zone": BERLIN}  # as the reader's clock shows it


def test_a4_approaches_spread_over_the_day_and_what_follows_a_call_takes_the_next_slot():
    morning = moment("2026-11-26 08:00")
    people = [somebody(turn=turn) for turn in range(TURNS)]
    approaches = {ask(person, QUESTION, now=morning).moment for person in people}
    follow_ups = {ask(person, history=after(called(morning - DAY)), now=morning).moment for person in people}
    new_offers = {ask(person, history=after(REFUSED), now=morning).moment for person in people}
    assert len(approaches) == len(new_offers) == 4
    assert follow_ups == {morning + 10 * 60}


@pytest.mark.parametrize(
    ("history", "channel", "code"),
    [
        (after(called(WEDNESDAY - 3 * DAY), WRITTEN), CALL, "other_part"),
        (after(*(called(WEDNESDAY - d * DAY) for d in (8, 6, 4, 2)), WRITTEN), EMAIL, "calls_used_up"),  # four
        (after(called(WEDNESDAY - 12 * DAY), WRITTEN), EMAIL, "call_days_over"),  # twelve days are over
        (after(called(WEDNESDAY - 12 * DAY + 1), WRITTEN), EMAIL, "call_days_over"),  # by tomorrow morning they are
        (after(called(WEDNESDAY - 11 * DAY), WRITTEN), CALL, "other_part"),
        (
            after(*(called(WEDNESDAY - d * DAY) for d in (8, 6, 4)), called(0, kind=Kind.CALLBACK), WRITTEN),
            CALL,
            "goal_calls",
        ),
        (after(called(WEDNESDAY - DAY + 1), WRITTEN), None, "cap_calls"),  # not twice in a day
    ],
)
def test_b2_four_calls_in_twelve_days(history, channel, code):
    decision = ask(WARM, history=history)
    assert (decision.channel, decision.kind) == (channel, Kind.APPROACH)
    assert code in codes(decision)


@pytest.mark.parametrize(("second", "channel"), [("12:00:00", CALL), ("11:59:59", EMAIL)])
def test_b2_no_call_window_reaches_beyond_the_twelve_days(second, channel):
    """Tomorrow's window ends at noon; whether it still fits does not hang on who is called when in it."""
    calls = called(moment(f"2026-11-14 {second}")), called(moment("2026-11-17 12:30"))
    for turn in (0, 6, 11):
        person = somebody(interest=Interest.WARM, turn=turn)
        decision = ask(person, history=after(WRITTEN, *calls, WRITTEN), now=moment("2026-11-25 18:00"))
        assert decision.channel is channel
        assert ("call_days_over" in codes(decision)) == (channel is EMAIL)


@pytest.mark.parametrize("hour", ["08:30", "10:00", "13:00", "15:00", "17:30"])
def test_b2_each_call_in_another_part_of_the_day_than_the_last(hour):
    last = called(moment(f"2026-11-24 {hour}"))
    decision = ask(WARM, history=after(last, mailed(last.at + HOUR, Kind.FOLLOW_UP)), now=FRIDAY)
    assert day_part(BERLIN, decision.moment) != day_part(BERLIN, last.at)


@pytest.mark.parametrize(
    ("hours", "code", "at"),
    [
        (((450, 1200),), "executive_hour", "07:30"),  # B2: 7:30-8:20 where business calls are lawful so early
        (((480, 1200),), "executive_hour", "08:00"),  # else as much of it as is
        (((540, 1200),), "executive_hour", "09:00"),  # else the first fifty minutes that are
        (((600, 1200),), "executive_hour", "10:00"),
        (((720, 1200),), "call_hour", "12:00"),  # no longer early
        (((840, 1200),), "call_hour", "14:00"),
    ],
)
def test_b2_executives_are_called_as_early_as_the_place_allows(hours, code, at):
    boss = somebody(status=Status.EXECUTIVE, interest=Interest.HOT)  # hot: right at the beginning of the window
    decision = ask(boss, law=a_law(hours=hours), now=WEDNESDAY + 6 * HOUR)
    assert codes(decision)[-1] in (code, "voicemail")
    assert code in codes(decision)
    assert f"{local(BERLIN, decision.moment):%a %H:%M}" == f"Thu {at}"
    assert decision.not_after - decision.moment <= (50 * 60 if code == "executive_hour" else DAY)


def test_a3_writes_to_nobody_who_was_written_to_enough():
    full = tuple((EMAIL, MONDAY - days * DAY) for days in (1, 2, 3, 4))
    assert codes(ask(history=after(elsewhere=full), now=MONDAY)) == ["goal_calls", "cap_touches"]
