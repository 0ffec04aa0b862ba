"""B2, B7: caps that no boundary doubles, and an end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rules.cast import BERLIN, a_campaign, a_law, after, called, mailed, moment, somebody

from opportune.rules.cadence import calls_left, capped_until, mail_gap_until, next_part, spread
from opportune.rules.facts import DAY, TURNS, Channel, History, Kind

CAMPAIGN = a_campaign()
NOW = moment("2026-11-25 12:00")


@given(st.lists(st.integers(0, 40 * DAY), max_size=12), st.sampled_from([(), ((3, 1),), ((1, 1), (3, 7), (4, 30))]))
def test_a_cap_lets_go_exactly_when_it_says(ages, law_caps):
    law = a_law(caps=law_caps)
    calls = tuple((Channel.CALL, NOW - age) for age in ages)
    limits = [(1, 1), (2, 1), (4, 7), *law_caps]

    def full(at):
        return any(sum(at - days * DAY < call for _, call in calls) >= most for most, days in limits)

    capped = capped_until(History(elsewhere=calls), CAMPAIGN, law, Channel.CALL, NOW)
    assert (capped is not None) == full(NOW)
    if capped:
        assert full(capped[0] - 1)
        assert not full(capped[0])


def test_the_mail_that_follows_a_call_may_leave_the_same_day_but_no_second_call():
    history = History(elsewhere=((Channel.CALL, NOW - 3600),))
    assert capped_until(history, CAMPAIGN, a_law(), Channel.EMAIL, NOW) is None
    until, reason = capped_until(history, CAMPAIGN, a_law(), Channel.CALL, NOW)
    assert (until, reason.code) == (NOW - 3600 + DAY, "cap_calls")


def test_the_law_of_calls_does_not_bind_mail():
    history = History(elsewhere=((Channel.CALL, NOW - 3 * DAY),), refused_at=NOW - DAY)
    assert capped_until(history, CAMPAIGN, a_law(caps=((1, 30),), refusal_days=60), Channel.EMAIL, NOW) is None


def test_calls_left_counts_attempts_but_no_callbacks():
    history = after(called(NOW - DAY), called(NOW - 3600, kind=Kind.CALLBACK))
    assert calls_left(history, CAMPAIGN, NOW) == 3
    assert calls_left(history, CAMPAIGN, NOW + 11 * DAY - 1) == 3
    assert calls_left(history, CAMPAIGN, NOW + 11 * DAY) == 0


def test_readers_have_quiet_between_mails_follow_ups_included():
    until, _ = mail_gap_until(after(mailed(NOW - DAY, Kind.FOLLOW_UP)), CAMPAIGN, NOW)
    assert until == NOW + 2 * DAY
    until, _ = mail_gap_until(after(mailed(NOW - DAY, Kind.REQUESTED)), CAMPAIGN, NOW)  # what they asked for in a call
    assert until == NOW + 2 * DAY
    assert mail_gap_until(after(mailed(NOW - DAY, Kind.CORRECTION)), CAMPAIGN, NOW) is None  # owed, and no reading
    assert mail_gap_until(after(mailed(NOW - 3 * DAY)), CAMPAIGN, NOW) is None


def test_the_next_call_avoids_the_part_of_the_last():
    assert next_part(after(), somebody()) is None
    assert next_part(after(called(NOW - DAY), mailed(NOW)), somebody(zones=(BERLIN,))) == "midday"


def test_people_of_one_list_spread_evenly_and_always_alike():
    shares = [spread(somebody(turn=turn), 1) for turn in range(TURNS)]
    assert sorted(shares) == [turn / TURNS for turn in range(TURNS)]
    assert spread(somebody(), 2) != spread(somebody(), 1)
