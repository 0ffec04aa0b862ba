"""Kinds of contacts: inbound (C1), by familiarity (C2), how far (C3), and the order of work (B8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.cast import somebody

from opportune.rules.facts import DAY, CallKind, Channel, Decision, Familiarity, Interest, Kind, Stage
from opportune.rules.familiarity import Turn, kinds, priority
from opportune.rules.warmth import Signal
from opportune.work import tables

NOW = 1_800_000_000
TABLE = tables.warmth()


def said(*names):
    """Signals of these kinds; `kind-3` was three days ago."""
    return [Signal(name.partition("-")[0], NOW - DAY * int(name.partition("-")[2] or 0)) for name in names]


@pytest.mark.parametrize(
    ("signals", "call"),
    [
        ([], "first_time"),
        (["asked_for_call"], "first_time"),  # asks for the first time
        (["asked_for_call", "asked_for_call"], "first_time"),  # the form sent twice
        (["asked_for_call", "asked_for_call-1"], "first_time"),  # … up to a day apart
        (["asked_for_call", "asked_for_call-40"], "returned"),  # asked before, did not buy
        (["chat-2", "asked_for_mail"], "returned"),
        (["asked_before"], "returned"),  # a list says so
        (["downloaded-90", "downloaded"], "first_time"),  # looking around is not asking
        (["referral", "asked_for_call"], "referral"),
        (["referral", "asked_before"], "referral"),  # B12: its opening names the connection
        (["bought_before-900", "referral"], "repeat"),  # a customer, whoever sends them
        (["order-3", "asked_for_call"], "repeat"),
        (["of_an_older_table"], "first_time"),
    ],
)
def test_inbound_class(signals, call):
    assert kinds(said(*signals), TABLE).call is CallKind(call)


@pytest.mark.parametrize(
    ("signals", "familiarity"),
    [
        ([], "cold"),
        (["mailed"], "cold"),  # we wrote; whether they noticed nobody knows
        (["opened"], "warm"),  # the person knows the company
        (["knows_us-900"], "warm"),
        (["colleague_knows_us"], "warm"),  # … or a colleague
        (["referral"], "warm"),
        (["talked-400"], "hot"),  # we know the person, and go on knowing them
        (["we_know_them", "opened"], "hot"),
        (["bought_before"], "hot"),
        (["list_says_hot", "fits"], "cold"),  # interest is another axis
    ],
)
def test_outbound_familiarity(signals, familiarity):
    assert kinds(said(*signals), TABLE).familiarity is Familiarity(familiarity)


@pytest.mark.parametrize(
    ("signals", "stage"),
    [
        ([], "person"),
        (["downloaded", "referral"], "person"),  # has not agreed to talk
        (["asked_for_call"], "potential"),
        (["talked-900"], "potential"),
        (["agreed"], "potential"),
        (["replied"], "potential"),  # agreed indirectly
        (["order", "talked"], "customer"),  # made a deal
        (["bought_before-2000"], "customer"),
    ],
)
def test_stage(signals, stage):
    assert kinds(said(*signals), TABLE).stage is Stage(stage)


@given(st.lists(st.sampled_from(sorted(TABLE.signals)), max_size=6), st.sampled_from(sorted(TABLE.signals)))
def test_one_more_signal_never_makes_a_stranger(some, more):
    before, after = kinds(said(*some), TABLE), kinds(said(*some, more), TABLE)
    assert list(Stage).index(after.stage) >= list(Stage).index(before.stage)
    assert list(Familiarity).index(after.familiarity) >= list(Familiarity).index(before.familiarity)


CALL = Decision(Channel.CALL)


@pytest.mark.parametrize(
    ("person", "decision", "turn"),
    [
        (somebody(), CALL, Turn.COLD),
        (somebody(fit=0.5), CALL, Turn.COLD),  # like everybody
        (somebody(fit=0.1), CALL, Turn.COLD),  # B15, C3: orders the queue, removes nobody
        (somebody(fit=0.65), CALL, Turn.FITS),  # from here on
        (somebody(fit=0.7), CALL, Turn.FITS),
        (somebody(interest=Interest.WARM), CALL, Turn.FITS),  # warm by a list or an event
        (somebody(call_kind=CallKind.REFERRAL), CALL, Turn.REFERRED),
        (somebody(call_kind=CallKind.REFERRAL, interest=Interest.WARM, fit=0.9), CALL, Turn.REFERRED),
        (somebody(call_kind=CallKind.REFERRAL, inbound=True), CALL, Turn.RAISED),  # came by themselves as well
        (somebody(inbound=True, interest=Interest.WARM, fit=0.1), CALL, Turn.RAISED),
        (somebody(asked_for_contact=True), CALL, Turn.RAISED),
        (somebody(interest=Interest.HOT), CALL, Turn.RAISED),
        (somebody(), Decision(Channel.CALL, kind=Kind.CALLBACK), Turn.RAISED),  # C4: a promise is kept first
        (somebody(), Decision(Channel.EMAIL), Turn.RAISED),  # mail waits for its slot, not for its turn
    ],
)
def test_order_of_work(person, decision, turn):
    assert priority(person, decision, alike=0.65) is turn
