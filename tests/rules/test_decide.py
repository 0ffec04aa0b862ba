"""The golden tables: each rule of the mission on rows anyone can check."""

from __future__ import annotations

import pytest
from rules.cast import (
    BERLIN,
    CALL,
    EMAIL,
    LAW,
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
    likes,
    mailed,
    moment,
    no,
    somebody,
)

from opportune.rules.facts import DAY, HOUR, CallResult, Kind, Status
from opportune.rules.hours import local

MISSED = called(WEDNESDAY - DAY)
WRITTEN = mailed(WEDNESDAY - 10 * DAY)
ALWAYS_FREE = a_law(days_off=frozenset(range(WEDNESDAY // DAY, WEDNESDAY // DAY + 20)))
FOLLOWED = (MISSED, mailed(WEDNESDAY - DAY + HOUR, Kind.FOLLOW_UP, step=2))


@pytest.mark.parametrize(
    ("rule", "person", "campaign", "history", "channel", "code"),
    [
        # A5: the goal
        ("A5", somebody(), a_campaign(goal="meeting"), after(), CALL, "goal_calls"),
        ("A5", somebody(), a_campaign(goal="conference"), after(), CALL, "goal_calls"),
        ("A5", somebody(), a_campaign(goal="trial"), after(), CALL, "goal_calls"),
        ("A5", somebody(), a_campaign(goal="clarification"), after(), EMAIL, "goal_writes"),
        ("A5", somebody(), a_campaign(goal="feedback"), after(), EMAIL, "goal_writes"),
        ("A5", somebody(), a_campaign(goal="recommendation"), after(), EMAIL, "goal_writes"),
        ("A5", somebody(), a_campaign(goal="inform"), after(), EMAIL, "goal_writes"),
        # A7: high status
        ("A7", somebody(status=Status.EXECUTIVE), MEETING, after(WRITTEN), CALL, "status_high"),
        ("A7", somebody(status=Status.EXECUTIVE), MEETING, after(MISSED), EMAIL, "follow_up_high"),
        ("A7", somebody(), MEETING, after(called(MISSED.at, CallResult.SECRETARY)), EMAIL, "follow_up_high"),
        ("A7", somebody(status=Status.EXECUTIVE), MEETING, after(*FOLLOWED), CALL, "status_high"),  # called again
        ("A7", somebody(status=Status.EXECUTIVE), QUESTION, after(), EMAIL, "goal_writes"),
        # A8: ordinary staff
        ("A8", somebody(status=Status.STAFF), MEETING, after(WRITTEN), CALL, "goal_calls"),
        ("A8", somebody(status=Status.STAFF), MEETING, after(MISSED), EMAIL, "follow_up_staff"),
        ("A8", somebody(status=Status.STAFF), MEETING, after(*FOLLOWED), None, "staff_missed"),  # then by mail alone
        (
            "A8",
            somebody(status=Status.STAFF),
            MEETING,
            after(called(WEDNESDAY - 9 * DAY), WRITTEN),
            EMAIL,
            "staff_missed",
        ),
        ("A8", somebody(phone=None), MEETING, after(), EMAIL, "only_way"),
        ("A8", somebody(email=None), QUESTION, after(), CALL, "only_way"),
        # A9: preference
        ("A9", somebody(preference=likes(EMAIL)), MEETING, after(), EMAIL, "preference"),
        ("A9", somebody(preference=likes(CALL)), QUESTION, after(), CALL, "preference"),
        ("A9", somebody(preference=likes(EMAIL), email=None), MEETING, after(), CALL, "goal_calls"),  # cannot be had
        ("A9", somebody(preference=likes(EMAIL, "marker")), MEETING, after(), EMAIL, "leaning"),
        (
            "A9",
            somebody(preference=likes(CALL, "marker")),
            QUESTION,
            after(),
            EMAIL,
            "goal_writes",
        ),  # A6
        ("A9", somebody(), MEETING, after(called(0, CallResult.EMAIL_PLEASE), mailed(1)), EMAIL, "preference"),
        # B4: after every call a mail
        ("B4", somebody(), MEETING, after(called(MISSED.at, CallResult.TALKED)), EMAIL, "follow_up"),
        ("B4", somebody(), MEETING, after(called(MISSED.at, CallResult.VOICEMAIL)), EMAIL, "follow_up"),
        ("B4", somebody(), MEETING, after(called(MISSED.at, CallResult.BUSY)), EMAIL, "follow_up"),
        ("B4", somebody(), MEETING, after(called(MISSED.at, CallResult.CANCELLED)), CALL, "goal_calls"),  # never rang
        ("B4", somebody(phone=None), MEETING, after(called(MISSED.at, CallResult.WRONG_PERSON)), EMAIL, "only_way"),
        ("B4", somebody(), MEETING, after(*FOLLOWED), CALL, "goal_calls"),  # written already
        ("B4", somebody(preference=likes(CALL)), MEETING, after(called(WEDNESDAY - 2 * DAY)), CALL, "preference"),
        # E2, E7: addresses that turned out wrong
        ("E7", somebody(phone=None), MEETING, after(called(0, CallResult.NO_SUCH_NUMBER)), EMAIL, "only_way"),
        ("E7", somebody(email=None), QUESTION, after(mailed(0, state="bounced")), CALL, "only_way"),
        # … and better ones that came since, or an address whose mailbox was full for a day
        (
            "E7",
            somebody(),
            MEETING,
            after(called(MISSED.at, CallResult.NO_SUCH_NUMBER), mailed(MISSED.at)),
            CALL,
            "other_part",
        ),
        ("E7", somebody(), QUESTION, after(mailed(0, state="bounced")), EMAIL, "goal_writes"),
        ("E2", somebody(), MEETING, after(called(0, CallResult.DO_NOT_CALL)), EMAIL, "only_way"),
    ],
)
def test_call_or_write(rule, person, campaign, history, channel, code):
    decision = ask(person, campaign, history)
    assert decision.channel == channel
    assert code in codes(decision)


def test_b7_no_contact_is_left_open_when_everything_was_tried():
    calls = [called(WEDNESDAY - d * DAY, step=d) for d in (11, 9, 7, 5)]
    mails = [mailed(WEDNESDAY - d * DAY) for d in (40, 37, 34, 31)]
    decision = ask(history=after(*calls, *mails, elsewhere=()))
    assert (decision.channel, decision.again_at, decision.held) == (None, None, None)
    assert codes(decision)[-2:] == ["calls_used_up", "cadence_over"]


def test_mails_keep_their_distance_and_end():
    written = mailed(WEDNESDAY - DAY)
    decision = ask(campaign=QUESTION, history=after(written))
    assert (decision.again_at, decision.step) == (written.at + 3 * DAY, 2)
    used_up = after(*(mailed(WEDNESDAY - d * DAY) for d in (40, 30, 20, 10)))
    assert codes(ask(campaign=QUESTION, history=used_up))[-1] == "cadence_over"


def test_a_mail_that_follows_a_call_keeps_no_distance():
    """B4: it is expected."""
    decision = ask(history=after(mailed(WEDNESDAY - 2 * DAY), called(WEDNESDAY - DAY)))
    assert (decision.channel, decision.kind) == (EMAIL, Kind.FOLLOW_UP)


@pytest.mark.parametrize(
    ("fourth", "again", "code"),
    [
        (5, 2, "mail_gap"),  # both let go at once: the nearer reason is told
        (4, 3, "cap_touches"),  # the week is full for longer than the distance to the last mail
        (6, 2, "mail_gap"),
    ],
)
def test_of_two_waits_the_longer_one_is_told(fourth, again, code):
    full = tuple((EMAIL, WEDNESDAY - days * DAY) for days in (fourth, 3, 2, 1))
    decision = ask(campaign=QUESTION, history=after(mailed(WEDNESDAY - DAY), elsewhere=full))
    assert (decision.again_at, codes(decision)[-1]) == (WEDNESDAY + again * DAY, code)


@pytest.mark.parametrize(
    ("promised", "now", "at"),
    [
        ("2026-11-25 15:10", WEDNESDAY, "Wed 15:10"),
        ("2026-11-23 08:10", MONDAY, "Mon 08:10"),  # Monday morning: a promise is never cold
        ("2026-11-25 06:00", moment("2026-11-25 05:00"), "Wed 08:00"),  # as soon as the law opens
        ("2026-11-24 10:00", WEDNESDAY, "Wed 14:00"),  # late: at once
        ("2026-11-25 20:30", WEDNESDAY, "Thu 08:00"),
        ("2026-11-28 11:00", WEDNESDAY, "Mon 08:00"),  # the law of this place has no Saturday
    ],
)
def test_c4_a_promised_callback_is_kept(promised, now, at):
    decision = ask(campaign=a_campaign(channels=["email"]), history=after(promised_at=moment(promised)), now=now)
    assert (decision.kind, decision.cold, codes(decision)) == (Kind.CALLBACK, False, ["promised"])
    assert f"{local(BERLIN, decision.moment):%a %H:%M}" == at


PROMISE = WEDNESDAY - 3 * HOUR


@pytest.mark.parametrize(
    ("touch", "kind"),
    [
        (called(PROMISE + 60, kind=Kind.CALLBACK), Kind.FOLLOW_UP),  # kept, and not kept twice
        (called(PROMISE, kind=Kind.CALLBACK), Kind.FOLLOW_UP),  # to the second
        (called(PROMISE - DAY, kind=Kind.CALLBACK), Kind.CALLBACK),  # that one kept an earlier promise
        (called(PROMISE + 60), Kind.CALLBACK),  # an approach keeps none
    ],
)
def test_c4_a_promise_is_kept_once(touch, kind):
    assert ask(history=after(touch, promised_at=PROMISE)).kind is kind


@pytest.mark.parametrize("wrong", [CallResult.NO_SUCH_NUMBER, CallResult.WRONG_PERSON])
def test_c4_a_new_number_after_a_wrong_one_keeps_the_callback(wrong):
    history = after(called(PROMISE - DAY, wrong), promised_at=PROMISE)
    assert ask(history=history).kind is Kind.CALLBACK
    assert ask(somebody(phone=None), history=history).kind is not Kind.CALLBACK


def test_e7_the_reason_says_what_became_of_an_address_and_a_no_to_calls_outlives_every_number():
    closed = after(mailed(0, state="bounced"), called(1, CallResult.WRONG_PERSON), called(2, CallResult.DO_NOT_CALL))
    for person, call, email in [
        (somebody(phone=None), "do_not_call", None),
        (somebody(), "do_not_call", None),
        (somebody(email=None), "do_not_call", "email_bounced"),
    ]:
        out = ask(person, history=closed).ruled_out
        assert (out["call"].code, getattr(out.get("email"), "code", None)) == (call, email)
    assert ask(somebody(phone=None), history=after(called(1, CallResult.WRONG_PERSON))).ruled_out["call"].code == (
        "wrong_person"
    )


def test_c4_a_promise_waits_for_a_cap_of_the_law_and_says_both():
    decision = ask(law=a_law(caps=((1, 2),)), history=after(MISSED, promised_at=WEDNESDAY))
    assert (decision.again_at, codes(decision)) == (MISSED.at + 2 * DAY, ["promised", "law_cap"])
    assert decision.reasons[0].values["time"] == "2026-11-25 14:00"


@pytest.mark.parametrize(
    ("person", "law", "history", "held", "code"),
    [
        # a promise that no hour of the place allows: somebody has to look at it
        (somebody(), a_law(hours=()), after(promised_at=WEDNESDAY), "needs a time zone", "no_window"),
        (somebody(email=None), a_law(hours=()), after(), "needs a time zone", "no_window"),
        (somebody(email=None, status=Status.EXECUTIVE), a_law(hours=()), after(), "needs a time zone", "no_window"),
        (somebody(email=None), a_law(hours=()), after(called(WEDNESDAY - 2 * DAY)), None, "cadence_over"),  # B7
        (somebody(zones=()), LAW, after(promised_at=WEDNESDAY), "needs a time zone", "needs_zone"),
        (somebody(phone=None), ALWAYS_FREE, after(), "needs a time zone", "no_slot"),  # no working day for two weeks
    ],
)
def test_b7_what_cannot_be_done_is_held_or_closed(person, law, history, held, code):
    decision = ask(person, law=law, history=history)
    assert (decision.channel, decision.again_at, decision.held) == (None, None, held)
    assert codes(decision)[-1] == code


@pytest.mark.parametrize(
    ("person", "kind"),
    [
        (somebody(), Kind.FOLLOW_UP),
        (somebody(preference=likes(EMAIL)), Kind.FOLLOW_UP),
        (somebody(preference=likes(EMAIL, "habit")), Kind.FOLLOW_UP),
        (somebody(preference=likes(CALL)), Kind.APPROACH),  # told us to call: the next call, no mail (A9)
        (somebody(preference=likes(CALL, "marker")), Kind.FOLLOW_UP),
        (somebody(preference=likes(CALL), phone=None), Kind.FOLLOW_UP),  # but the number is gone
        (somebody(preference=likes(CALL), consents=(no("call"),)), Kind.FOLLOW_UP),
    ],
)
def test_b4_a_mail_follows_a_talk_unless_they_told_us_to_call(person, kind):
    decision = ask(person, history=after(called(WEDNESDAY - 2 * DAY, CallResult.TALKED)))
    assert (decision.kind, decision.channel) == (kind, EMAIL if kind is Kind.FOLLOW_UP else CALL)


def test_a_call_that_ended_without_a_result_is_followed_up():
    assert ask(history=after(called(WEDNESDAY - 60, None))).kind is Kind.FOLLOW_UP


def test_a_call_that_still_rings_is_waited_for():
    ringing = called(WEDNESDAY - 60, None, state="ringing")
    waits = ask(history=after(ringing))
    assert (waits.again_at, codes(waits)) == (ringing.at + HOUR, ["call_open"])
    assert ask(history=after(ringing), now=ringing.at + HOUR).kind is Kind.FOLLOW_UP


@pytest.mark.parametrize(
    ("person", "campaign", "said", "held"),
    [
        # what somebody may still mend comes last, and is asked for
        (somebody(phone=None), a_campaign(channels=["call"]), ["channel_off", "no_phone"], "needs an address"),
        (somebody(only_informs=True, email=None), MEETING, ["only_informs", "no_email"], "needs an address"),
        # an address would not help while the other channel wants a consent
        (somebody(phone=None, bought=True), MEETING, ["no_phone", "bought_list"], None),
        # nothing is missing: the campaign and the person leave no way
        (somebody(only_informs=True), a_campaign(channels=["call"]), ["only_informs", "channel_off"], None),
    ],
)
def test_e7_an_address_is_asked_for_where_it_would_open_a_way(person, campaign, said, held):
    decision = ask(person, campaign)
    assert (codes(decision), decision.held) == (said, held)
