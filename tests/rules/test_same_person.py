"""E7: who is one person, who is not, and whom do we ask about?"""

from __future__ import annotations

import pytest

from opportune.rules.same_person import WEIGHTS, Common, likeness

SAME = 1.0
PAIRS = [
    # the same mailbox and the same name
    ("merge", Common(SAME, mail=True)),
    # the same mailbox; one of them is only an address
    ("merge", Common(None, mail=True)),
    # a couple with one mailbox: their names differ
    ("ask", Common(0.4, mail=True)),
    # Bob and Robert Smith with one mailbox
    ("merge", Common(0.75, mail=True)),
    # the same number and the same name: what an import merges too
    ("merge", Common(SAME, number=True)),
    # one letter of the name differs: a typing error, or Jan and Jana
    ("ask", Common(0.95, number=True)),
    # the same again, at one employer: still never without being asked
    ("ask", Common(0.95, number=True, company=True, domain=True)),
    # a number that changed hands
    ("nothing", Common(0.3, number=True)),
    # two colleagues at one extension
    ("nothing", Common(0.3, number=True, company=True, domain=True)),
    # a number, and somebody who left no name with it
    ("ask", Common(None, number=True)),
    # the switchboard's number and the same name
    ("ask", Common(SAME, shared_number=True)),
    # the switchboard's number and another name
    ("nothing", Common(0.5, shared_number=True, company=True, domain=True)),
    # info@ and the same name
    ("ask", Common(SAME, shared_mail=True)),
    # info@ and other names: two colleagues
    ("nothing", Common(0.4, shared_mail=True, company=True)),
    # info@ without a name: anybody
    ("nothing", Common(None, shared_mail=True, company=True)),
    # namesakes at one company, each with an address of their own
    ("ask", Common(SAME, company=True, domain=True)),
    # a typing error within one company
    ("ask", Common(0.95, company=True, domain=True)),
    # the same name, and nothing else
    ("nothing", Common(SAME)),
    # two colleagues
    ("nothing", Common(0.5, company=True, domain=True)),
    # nothing at all
    ("nothing", Common(None)),
]


@pytest.mark.parametrize(("verdict", "common"), PAIRS)
def test_who_is_one_person(verdict, common):
    assert likeness(common).verdict == verdict


def test_whatever_else_fits_a_name_that_is_only_close_never_merges_without_their_own_mailbox():
    everything = {"shared_mail": True, "number": True, "company": True, "domain": True}
    assert likeness(Common(0.99, **everything)).verdict == "ask"
    assert likeness(Common(SAME, **everything)).verdict == "merge"


def test_what_many_have_counts_less_than_ones_own():
    points = {name: points for name, (points, _) in WEIGHTS.items()}
    assert points["shared_mail"] < points["mail"] / 2
    assert points["shared_number"] < points["number"] / 2


def test_the_reasons_are_said_in_words():
    said = likeness(Common(SAME, number=True)).words
    assert said == "the same number, the same name"
