"""A9, A4: "send it by email", said on the phone, leaves at once; where none can, somebody asks for the address, or it
ends: nobody is called about it again."""

from __future__ import annotations

import pytest
from rules.cast import (
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
    mailed,
    moment,
    no,
    somebody,
    yes,
)

from opportune.rules.decide import NEEDS_ADDRESS, NEEDS_SIGNATURE
from opportune.rules.facts import DAY, HOUR, CallResult, Channel, Kind

PLEASE = called(WEDNESDAY - HOUR, CallResult.EMAIL_PLEASE)
SENT = mailed(WEDNESDAY - HOUR + 60, Kind.REQUESTED, step=2)
LATER = called(WEDNESDAY - HOUR // 2, CallResult.NO_ANSWER, step=3)
FULL = after(mailed(WEDNESDAY - 2 * HOUR), PLEASE)
ONCE = a_campaign(caps={"per_day": 1, "per_week": 2})
NEAR = a_campaign(mails={"hours": "10:00-11:00"})
CALLS = a_campaign(channels=["call"])
OPT_IN, FORBIDDEN = (a_law(basis={("email", who): rule for who in ("b2b", "b2c")}) for rule in ("opt_in", "forbidden"))
UNSIGNED, BLOCKED = a_law(verified_by=""), a_law(verified_by="", blocked=True)
SUNDAY = moment("2026-11-29 03:00")


@pytest.mark.parametrize(
    ("campaign", "history", "now"),
    [
        (MEETING, after(PLEASE), WEDNESDAY),
        (ONCE, FULL, WEDNESDAY),  # the caps of the day and of the week are used up
        (NEAR, after(PLEASE), WEDNESDAY),  # outside the hours in which this campaign's mail leaves
        (MEETING, after(called(SUNDAY - HOUR, CallResult.EMAIL_PLEASE)), SUNDAY),  # on a Sunday night
        (a_campaign(mails={"most": 1}), FULL, WEDNESDAY),  # no further approach by mail is left
        (MEETING, after(PLEASE, SENT, called(WEDNESDAY - 60, CallResult.EMAIL_PLEASE)), WEDNESDAY),  # asked again
        (MEETING, after(mailed(WEDNESDAY - DAY, state="bounced"), PLEASE), WEDNESDAY),  # that address was mended
    ],
)
def test_a9_what_was_asked_for_on_the_phone_leaves_at_once(campaign, history, now):
    found = ask(campaign=campaign, history=history, now=now)
    assert (found.channel, found.kind, found.moment, found.not_after) == (EMAIL, Kind.REQUESTED, now, now + DAY)
    assert (codes(found), found.template) == (["mail_asked_for"], "after_talk")


#: Where mail wants a yes, and the answer once they got what they asked for
WANTS_A_YES = [
    (somebody(), OPT_IN, "needs_consent", None),
    (somebody(), UNSIGNED, "law_unsigned", NEEDS_SIGNATURE),
    (somebody(bought=True, consents=(yes("call"),)), LAW, "bought_list", None),  # A14
]


@pytest.mark.parametrize(("person", "law", "why", "held"), WANTS_A_YES)
def test_e1_who_asks_for_a_mail_has_said_yes_to_that_one(person, law, why, held):
    found = ask(person, MEETING, after(PLEASE), law)
    assert (found.channel, found.kind, found.consent_id, dict(found.ruled_out)) == (EMAIL, Kind.REQUESTED, None, {})
    for days in (0, 30):
        then = ask(person, MEETING, after(PLEASE, SENT), law, now=SENT.at + 60 + days * DAY)
        assert (then.channel, then.again_at, then.held) == (None, None, held), (
            "to no other mail, nor to a call about it"
        )
        assert codes(then) == ["mail_given", why]


def test_a9_what_is_owed_stays_owed_until_a_mail_left():
    assert ask(history=after(PLEASE, LATER)).kind is Kind.REQUESTED  # a call in between does not settle it
    assert codes(ask(history=after(PLEASE, SENT, LATER)))[0] == "follow_up"


@pytest.mark.parametrize(
    ("person", "campaign", "law", "history", "held", "why"),
    [
        (somebody(email=None), MEETING, LAW, after(PLEASE), NEEDS_ADDRESS, "no_email"),
        (somebody(email=None), CALLS, LAW, after(PLEASE), NEEDS_ADDRESS, "no_email"),
        (somebody(email=None), MEETING, LAW, after(mailed(WEDNESDAY - DAY, state="bounced"), PLEASE), NEEDS_ADDRESS,
         "email_bounced"),
        (somebody(email=None), MEETING, LAW, after(PLEASE, mailed(WEDNESDAY, Kind.REQUESTED, "bounced")),
         NEEDS_ADDRESS, "email_bounced"),  # the address they had us write to
        (somebody(email=None), MEETING, LAW, after(PLEASE, LATER), NEEDS_ADDRESS, "no_email"),  # whatever came since
        (somebody(), CALLS, LAW, after(PLEASE), None, "channel_off"),  # this campaign writes to nobody
        (somebody(consents=(no("email"),)), MEETING, LAW, after(PLEASE), None, "consent_withdrawn"),  # a no stays a no
        (somebody(), MEETING, FORBIDDEN, after(PLEASE), None, "forbidden_here"),
        (somebody(), MEETING, BLOCKED, after(PLEASE), NEEDS_SIGNATURE, "law_blocked"),
        (somebody(), CALLS, OPT_IN, after(PLEASE), None, "channel_off"),
        (somebody(email=None), MEETING, OPT_IN, after(PLEASE), NEEDS_ADDRESS, "no_email"),
        (somebody(phone=None, email="x@y.example"), CALLS, LAW, after(PLEASE), None, "channel_off"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("days", [0, 2, 30])  # once the day's cap lets go, too
def test_a9_where_no_mail_can_leave_nobody_is_called_about_it_again(person, campaign, law, history, held, why, days):
    found = ask(person, campaign, history, law, now=WEDNESDAY + days * DAY)
    assert (found.channel, found.again_at, found.held) == (None, None, held)
    assert codes(found) == ["mail_owed", why]


def test_a9_what_was_asked_for_is_sent_once_and_then_the_reader_has_quiet():
    found = ask(history=after(PLEASE, SENT))
    assert (found.channel, codes(found)) == (None, ["preference", "mail_gap"])
    assert found.again_at == SENT.at + MEETING.mails.days_between * DAY
    assert ask(history=after(PLEASE, SENT), now=found.again_at).channel is Channel.EMAIL


@pytest.mark.parametrize("person", [{"suppressed": "told the operator"}, {"suppressed": "link", "email": None}])
def test_e1_who_said_no_is_not_written_to_whatever_they_asked_for(person):
    assert codes(ask(somebody(**person), history=after(PLEASE))) == ["suppressed"]


def test_c4_a_promised_call_is_kept_also_where_they_asked_for_mail():
    found = ask(somebody(email=None), history=after(PLEASE, promised_at=WEDNESDAY))
    assert (found.channel, found.kind) == (Channel.CALL, Kind.CALLBACK)
