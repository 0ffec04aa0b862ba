"""What may have changed between the decision and the call, and what then happens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules.cast import ANNOUNCE, BERLIN, a_campaign, a_law, after, called, mailed, moment, no, somebody, well_said, yes

from opportune.law import load
from opportune.rules.consent import KINDS
from opportune.rules.facts import DAY, CallResult, Channel, History, Kind
from opportune.rules.gate import recheck
from opportune.rules.hours import local

CALL, EMAIL = Channel.CALL, Channel.EMAIL
OPEN = moment("2026-11-25 15:00")
SLOT = moment("2026-11-25 14:52")
LOST = after(called(OPEN - 2 * DAY, CallResult.NOT_INTERESTED))
OPT_IN = a_law(basis={(kind, "b2b"): "opt_in" for kind in KINDS})
WRONG = after(called(OPEN - 3 * DAY, CallResult.WRONG_PERSON))
BOUNCED = after(mailed(OPEN - 9 * DAY, state="bounced"))


def check(channel, now, person=None, history=None, law=None, kind=Kind.APPROACH, cold=True, **campaign):
    automated = campaign.get("calls") == ANNOUNCE
    verdict = recheck(
        person or somebody(),
        a_campaign(**campaign),
        history or History(),
        law or a_law(),
        channel=channel,
        kind=kind,
        automated=automated,
        cold=cold,
        now=now,
    )
    assert verdict.go or well_said(verdict.reason)
    return verdict


def test_it_goes_when_all_is_as_decided():
    assert check(CALL, OPEN).go
    assert check(EMAIL, SLOT).go
    assert check(CALL, OPEN, somebody(consents=(yes("call"),)), law=OPT_IN).consent_id == 7


@pytest.mark.parametrize(
    ("channel", "changed", "code"),
    [
        (CALL, {"person": somebody(suppressed="said stop")}, "suppressed"),
        (EMAIL, {"person": somebody(suppressed="said stop")}, "suppressed"),
        (CALL, {"history": History(stopped="replied")}, "stopped"),
        (CALL, {"person": somebody(phone=None)}, "no_phone"),
        (EMAIL, {"person": somebody(email=None)}, "no_email"),
        (CALL, {"person": somebody(zones=())}, "needs_zone"),
        (EMAIL, {"person": somebody(zones=("Mars/Base",))}, "needs_zone"),
        (CALL, {"person": somebody(consents=(no("call"),))}, "consent_withdrawn"),
        (CALL, {"law": OPT_IN, "person": somebody(consents=(yes("call_auto"),))}, "needs_consent"),  # a colleague's
        (
            CALL,
            {"law": OPT_IN, "person": somebody(consents=(yes("call"),)), "calls": ANNOUNCE},
            "needs_consent",
        ),
        (EMAIL, {"law": a_law(verified_by="")}, "law_unsigned"),
        # no hour, or no slot, in all the days ahead
        (CALL, {"law": a_law(hours=())}, "outside_window"),
        (EMAIL, {"person": somebody(zones=("Asia/Kolkata", "Asia/Kathmandu"))}, "outside_slot"),
        # what became known of the addresses (E7), of the person (B8, C5), and how the last call ended (A17)
        (CALL, {"person": somebody(phone=None), "history": WRONG}, "wrong_person"),
        (CALL, {"history": after(called(OPEN - 3 * DAY, CallResult.DO_NOT_CALL))}, "do_not_call"),
        (EMAIL, {"person": somebody(email=None), "history": BOUNCED}, "email_bounced"),
        (CALL, {"person": somebody(only_informs=True)}, "only_informs"),
        (CALL, {"purpose": "service"}, "service_stranger"),
        (CALL, {"channels": ["email"]}, "channel_off"),
        (EMAIL, {"mails": {"most": 0}}, "channel_off"),
        (EMAIL, {"history": LOST}, "not_interested"),
        (CALL, {"history": LOST}, "not_interested"),
        # the cadence ended meanwhile (B2, B7)
        (CALL, {"history": after(called(OPEN - 12 * DAY))}, "cadence_over"),
        (EMAIL, {"mails": {"most": 1}, "history": after(mailed(OPEN - 20 * DAY))}, "cadence_over"),
    ],
)
def test_it_never_goes(channel, changed, code):
    verdict = check(channel, OPEN if channel is CALL else SLOT, **changed)
    assert (verdict.go, verdict.again_at, verdict.reason.code) == (False, None, code)


def test_e7_an_address_that_is_there_is_a_better_one_than_that_which_was_wrong():
    assert check(EMAIL, SLOT, history=BOUNCED).go
    assert check(CALL, moment("2026-11-26 11:00"), history=WRONG, cold=False).go


@pytest.mark.parametrize(
    ("channel", "now", "changed", "code", "again"),
    [
        (CALL, "2026-11-25 17:58:01", {}, "outside_window", "Thu"),  # the closing guard
        (CALL, "2026-11-23 11:59", {}, "outside_window", "Wed"),  # A1
        (CALL, "2026-11-25 19:00", {}, "outside_window", "Thu"),
        (CALL, "2026-11-25 07:00", {"kind": Kind.CALLBACK}, "outside_window", "Wed 08:00"),
        (EMAIL, "2026-11-25 15:00", {}, "outside_slot", "Wed 15:10"),
        (EMAIL, "2026-11-25 17:59:59", {"mails": {"hours": "08:00-17:00"}}, "outside_slot", "Thu 08:10"),
        (EMAIL, "2026-11-28 14:52", {}, "outside_slot", "Mon 08:10"),
        (EMAIL, "2026-12-25 14:52", {"law": replace(load().row("DE"), verified_by="x")}, "outside_slot", "Mon 08:10"),
        (CALL, "2026-11-25 15:00", {"history": after(called(OPEN - 2 * DAY))}, "same_part", "Thu 11:45"),  # B2
        (CALL, "2026-11-25 15:00", {"history": after(called(OPEN - 3600))}, "cap_calls", "Thu 14:00"),
        (
            EMAIL,
            "2026-11-25 14:52",
            {"history": after(mailed(SLOT - 60), mailed(SLOT - 50))},
            "cap_touches",
            "Thu 14:51",
        ),
        (
            CALL,
            "2026-11-25 15:00",
            {"kind": Kind.CALLBACK, "law": a_law(caps=((1, 1),)), "history": after(called(OPEN - 3600))},
            "law_cap",
            "Thu 14:00",
        ),
    ],
)
def test_it_goes_later(channel, now, changed, code, again):
    if channel is EMAIL and "law" in changed:
        changed = {**changed, "person": somebody(consents=(yes("email"),))}
    verdict = check(channel, moment(now), **changed)
    assert (verdict.go, verdict.reason.code) == (False, code)
    assert f"{local(BERLIN, verdict.again_at):%a %H:%M}".startswith(again)


def test_a_callback_knows_neither_our_caps_nor_the_campaigns_hours():
    busy = after(*(mailed(OPEN - 60) for _ in range(5)), called(OPEN - 60))
    assert check(CALL, moment("2026-11-25 08:00"), history=busy, kind=Kind.CALLBACK, cold=False).go


def test_a17_a_new_offer_goes_to_whom_we_lost_and_a_promise_is_kept_to_them():
    assert check(EMAIL, SLOT, history=LOST, kind=Kind.NURTURE).go
    assert check(CALL, OPEN, history=LOST, kind=Kind.CALLBACK, cold=False).go


@pytest.mark.parametrize(
    ("changed", "person"),
    [
        ({"channels": ["email"]}, somebody()),
        ({}, somebody(only_informs=True)),
        ({"purpose": "service"}, somebody()),
        ({"calls": {"most": 1}}, somebody()),
    ],
)
def test_c4_a_promised_callback_is_kept_whatever_became_of_the_campaign(changed, person):
    history = after(called(OPEN - 13 * DAY))
    assert check(CALL, OPEN, person, history, kind=Kind.CALLBACK, cold=False, **changed).go


@pytest.mark.parametrize("now", ["2026-11-25 03:33", "2026-11-29 12:00", "2026-12-25 12:00"])
def test_what_a_person_asked_for_waits_for_nothing_but_an_opt_out(now):
    at = moment(now)
    asked = {"kind": Kind.REQUESTED, "law": OPT_IN, "history": History(stopped="replied")}
    assert check(EMAIL, at, somebody(zones=()), **asked).go
    assert not check(EMAIL, at, somebody(suppressed="said stop"), **asked).go
    assert not check(EMAIL, at, somebody(email=None), **asked).go
