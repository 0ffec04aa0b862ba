"""Whoever is alike is decided about alike: leaving facts out changes nothing but the consent's number."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.cast import (
    ANNOUNCE,
    EMAIL,
    LAW,
    MEETING,
    QUESTION,
    WEDNESDAY,
    a_campaign,
    a_law,
    after,
    called,
    likes,
    mailed,
    no,
    somebody,
    yes,
)
from rules.test_properties import NOW, cases

from opportune.rules import memo as module
from opportune.rules.alike import alike, arm, last_words, personal
from opportune.rules.consent import KINDS
from opportune.rules.decide import explain
from opportune.rules.facts import DAY, ConsentFact, Status
from opportune.rules.flips import candidates
from opportune.rules.memo import Memo

consents = st.lists(
    st.builds(
        ConsentFact,
        st.integers(1, 9),
        st.sampled_from(KINDS),
        st.booleans(),
        st.integers(NOW - 2, NOW + 2) | st.integers(NOW - 9 * DAY, NOW + 9 * DAY),
        st.none() | st.integers(NOW - 1, NOW + 8 * DAY),
        st.sampled_from(["", "Brightdesk", " BRIGHTDESK ", "Somebody else"]),
    ),
    max_size=6,
    unique_by=lambda fact: fact.id,
)


def ask(memo, person, campaign=MEETING, history=None, law=LAW, lot=0.9):
    same, words = alike(person, campaign, history or after(), memo.now, lot)
    ground, first = memo.ground(campaign, law), same._replace(person=replace(same.person, turn=0))
    decision = memo.decide(memo.base(ground, first), same.person.turn)
    return personal(replace(decision, changes=memo.changes(ground, first)), words)


@given(cases, consents)
def test_deciding_for_the_alike_is_deciding_for_the_person(case, said):
    person, campaign, history, law, now, lot = case
    person = replace(person, consents=tuple(said))
    same, words = alike(person, campaign, history, now, lot)
    answer = explain(same.person, campaign, same.history, law, now, same.lot)
    assert personal(answer, words) == explain(person, campaign, history, law, now, lot)


@given(cases, consents)
def test_the_memo_answers_as_if_asked_anew(case, said):
    person, campaign, history, law, now, lot = case
    memo, person = Memo(now), replace(person, consents=tuple(said))
    for turn in (person.turn, (person.turn + 5) % 12, person.turn):  # what would change it does not hang on the turn
        turned = replace(person, turn=turn)
        assert ask(memo, turned, campaign, history, law, lot) == explain(turned, campaign, history, law, now, lot)


def test_one_memo_keeps_people_campaigns_laws_and_turns_apart():
    memo = Memo(WEDNESDAY)
    people = [somebody(), somebody(zones=()), somebody(preference=likes(EMAIL)), somebody(status=Status.STAFF)]
    histories = [after(), after(called(WEDNESDAY - DAY)), after(mailed(WEDNESDAY - 9 * DAY))]
    grounds = product((MEETING, QUESTION), (LAW, a_law(basis={("call", "b2b"): "opt_in"}), a_law(hours=())))
    for (campaign, law), person, history, turn in product(list(grounds), people, histories, (0, 7, 3)):
        turned = replace(person, turn=turn)
        assert ask(memo, turned, campaign, history, law) == explain(turned, campaign, history, law, WEDNESDAY, 0.9)


@given(cases)
def test_who_is_alike_already_stays_so(case):
    person, campaign, history, _, now, lot = case
    same, _ = alike(person, campaign, history, now, lot)
    assert alike(same.person, campaign, same.history, now, same.lot)[0] == same


def test_names_numbers_and_times_make_no_difference():
    one = somebody(phone="+4930111", email="a@b.example", consents=(yes("email", at=5, id=3), no("call", at=9, id=4)))
    two = somebody(phone="+4930222", email="c@d.example", consents=(no("call", at=7, id=9), yes("email", at=8, id=8)))
    (first, said), (second, also) = (alike(p, MEETING, after(), WEDNESDAY, 0.9) for p in (one, two))
    assert replace(first.person, consents=()) == replace(second.person, consents=())
    assert [said.ids, also.ids] == [(3, 4), (9, 8)], "the order in which they were said does, and is kept"


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ([], ()),
        ([yes("email", 5, id=1), yes("email", 6, id=2)], (2,)),  # the later one
        ([yes("email", 5, id=1), no("email", 5, id=2)], (2,)),  # at one moment the no
        ([yes("email", 5, id=1, expires_at=WEDNESDAY)], ()),  # over, this very second
        ([yes("email", 5, id=1, expires_at=WEDNESDAY + 1)], (1,)),
        ([yes("email", 5, id=1, advertiser=" BRIGHTDESK ")], (1,)),  # to us, however it was written
        ([yes("email", WEDNESDAY + 1, id=1)], ()),  # not yet
        ([yes("email", 5, id=1, advertiser="Somebody else")], ()),
        ([yes("call_auto", 5, id=1)], (1,)),  # on automated calls and what they leave on a machine
        ([yes("call_auto", 5, id=1), no("call", 6, id=2)], (2,)),  # no calls of any sort
        ([no("call", 5, id=1), yes("call_auto", 6, id=2)], (1, 2)),  # the no still stands for calls by a person
    ],
)
def test_only_the_last_word_on_each_kind_is_kept(said, last):
    rows = [(f.id, f.channel, f.granted, f.at, f.expires_at, f.advertiser) for f in said]
    assert last_words(rows, "Brightdesk", WEDNESDAY).ids == last


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        # number and time say only the order
        ((yes("email", 50, id=8), no("call", 60, id=9)), (yes("email", 1, id=1), no("call", 2, id=2))),
        ((no("email", WEDNESDAY - 1, id=8),), (no("email", 1, id=1),)),
        # a yes of this moment, which a counterfactual tries, would not overrule a no of this moment
        ((no("email", WEDNESDAY, id=8),), (no("email", WEDNESDAY, id=1),)),
        ((yes("email", WEDNESDAY, id=8),), (yes("email", 1, id=1),)),
        # at one moment the no overrules the yes, whichever was written down first
        ((no("email", 5, id=1), yes("email", 5, id=2)), (no("email", 1, id=1),)),
    ],
)
def test_what_is_kept_of_what_was_said(said, kept):
    assert alike(somebody(consents=said), MEETING, after(), WEDNESDAY, 0.9)[0].person.consents == kept


def test_a_decision_rests_on_this_persons_own_consent():
    said = (yes("call_auto", 5, id=30), yes("email", 6, id=40), yes("call", 7, id=50))
    asks_first = a_law(basis={(kind, "b2b"): "opt_in" for kind in KINDS})
    memo = Memo(WEDNESDAY)
    for campaign, person, rests_on in (
        (QUESTION, somebody(consents=said), 40),
        (MEETING, somebody(consents=said), 50),
        (a_campaign(calls=ANNOUNCE), somebody(consents=said), 30),
        (QUESTION, somebody(suppressed="said stop", consents=said), None),
    ):
        assert ask(memo, person, campaign, law=asks_first).consent_id == rests_on


@pytest.mark.parametrize(
    ("share", "hold_out", "arms"),
    [
        (0, 0, [[0.0, 0.5, 0.999]]),  # nothing is drawn: all lots are one
        (0.2, 0, [[0.0, 0.0999], [0.1, 0.1999], [0.2, 0.999]]),
        (0, 0.1, [[0.0, 0.9], [0.9001, 0.999]]),
        (0.5, 0.2, [[0.0, 0.2499], [0.25, 0.4999], [0.5, 0.8], [0.8001, 0.999]]),
    ],
)
def test_lots_of_one_effect_are_one(share, hold_out, arms):
    campaign = a_campaign(comparison_sample=share, hold_out=hold_out)
    found = [{arm(lot, campaign) for lot in lots} for lots in arms]
    assert [len(each) for each in found] == [1] * len(arms)
    assert len(set.union(*found)) == len(arms)
    for [one] in found:
        assert 0 <= one < 1, "a lot"
        assert arm(one, campaign) == one, "of the same effect"


def test_a_source_counts_only_where_a_rule_names_it():
    named = [{"when": {"sources": ["Spring fair"]}, "then": "email"}, {"otherwise": "call"}]
    person = somebody(sources=("Spring fair", "import"))
    assert alike(person, MEETING, after(), WEDNESDAY, 0.9)[0].person.sources == ()
    assert alike(person, a_campaign(rules=named), after(), WEDNESDAY, 0.9)[0].person.sources == ("Spring fair",)


@pytest.mark.parametrize(
    ("when", "asks"),
    [
        ({"sources": ["Spring fair"]}, True),
        ({"statuses": ["staff"]}, False),  # its rules ask for something else
        (None, False),  # it has none
    ],
)
def test_where_somebody_came_from_matters_where_a_rule_asks_for_it(when, asks):
    rules = [{"when": when, "then": "email"}, {"otherwise": "call"}] if when else []
    assert Memo(WEDNESDAY).ground(a_campaign(rules=rules), LAW).by_source is asks


def test_the_memo_asks_the_rules_once_for_all_who_are_alike(monkeypatch):
    asked = []
    real = module.build
    monkeypatch.setattr(module, "build", lambda *facts: asked.append(facts) or real(*facts))
    memo = Memo(WEDNESDAY)
    for number in range(24):
        ask(memo, somebody(phone=f"+493023{number}", turn=number % 12))
    once = len(asked)
    assert once == 1 + len(list(candidates(ask(memo, somebody()), somebody(), MEETING, after())))
    ask(memo, somebody(), history=after(called(WEDNESDAY - DAY)))
    assert len(asked) > once, "another history"


def test_the_memo_forgets_what_was_asked_for_longest_ago(monkeypatch):
    monkeypatch.setattr(module, "REMEMBERED", 16)
    memo = Memo(WEDNESDAY)
    for zone in ("Europe/Berlin", "Europe/Paris", "Europe/Rome"):
        ask(memo, somebody(zones=(zone,)))
    assert memo.base.cache_info().currsize == 2


def test_what_is_forgotten_is_asked_anew():
    memo = Memo(WEDNESDAY)
    ground = memo.ground(MEETING, LAW)
    assert memo.ground(MEETING, LAW) is ground
    before = ask(memo, somebody())
    memo.forget()
    assert memo.base.cache_info().currsize == 0
    assert memo.ground(MEETING, LAW) is not ground, "else a campaign that is gone could lend its place to another"
    assert ask(memo, somebody()) == before
