"""E1, A14: who may be contacted how."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.cast import a_campaign, a_law, no, somebody, well_said, yes

from opportune.rules.consent import KINDS, Allowed, may
from opportune.rules.facts import ConsentFact

CAMPAIGN = a_campaign()
NOW = 1_000_000
OPT_IN = a_law(basis={(kind, who): "opt_in" for kind in KINDS for who in ("b2b", "b2c")})
FORBIDDEN = a_law(basis={("call_auto", "b2b"): "forbidden"})
OPEN = a_law()
UNSIGNED = a_law(verified_by="")
GUESSED = a_law(doubtful=frozenset({"email"}))
BLOCKED = a_law(blocked=True, verified_by="")
RELEASED = a_law(blocked=True)
SILENT = replace(OPEN, basis={})
HOMES_ASK = a_law(basis={("email", "b2c"): "opt_in"})


@pytest.mark.parametrize(
    ("kind", "law", "person", "answer"),
    [
        ("email", OPEN, somebody(), None),  # opt-out place, nothing said
        ("email", OPT_IN, somebody(), "needs_consent"),
        ("email", SILENT, somebody(), "needs_consent"),  # a row that says nothing of mail
        ("email", HOMES_ASK, somebody(business=False), "needs_consent"),  # a consumer there
        ("email", HOMES_ASK, somebody(), None),  # and a business there
        ("email", OPT_IN, somebody(consents=(yes("email"),)), 7),
        ("email", OPT_IN, somebody(consents=(yes("call"),)), "needs_consent"),  # a yes to calls is none to mail
        ("email", OPEN, somebody(consents=(no("email"),)), "consent_withdrawn"),
        ("email", OPEN, somebody(consents=(yes("email", 5), no("email", 6))), "consent_withdrawn"),
        ("email", OPT_IN, somebody(consents=(no("email", 5), yes("email", 6))), 7),  # came back
        ("email", OPT_IN, somebody(consents=(no("email", 5), yes("email", 5))), "consent_withdrawn"),  # in doubt, no
        ("email", OPT_IN, somebody(consents=(yes("email", expires_at=NOW),)), "needs_consent"),  # expired this second
        ("email", OPT_IN, somebody(consents=(yes("email", expires_at=NOW + 1),)), 7),
        ("email", OPT_IN, somebody(consents=(yes("email", NOW + 1),)), "needs_consent"),  # not given yet
        ("email", OPT_IN, somebody(consents=(yes("email", advertiser="BRIGHTDESK"),)), 7),  # E1: named advertiser
        ("email", OPT_IN, somebody(consents=(yes("email", advertiser="Another"),)), "needs_consent"),
        ("email", OPEN, somebody(consents=(no("email", advertiser="Another"),)), None),  # no to somebody else
        ("call_auto", OPT_IN, somebody(consents=(yes("call"),)), "needs_consent"),  # live calls are another matter
        ("call_auto", OPEN, somebody(consents=(no("call"),)), "consent_withdrawn"),  # no calls of any sort
        ("voicemail", OPT_IN, somebody(consents=(yes("call_auto"),)), 7),
        ("call", OPEN, somebody(consents=(no("voicemail"),)), None),
        ("call_auto", FORBIDDEN, somebody(consents=(yes("call_auto"),)), "forbidden_here"),  # no yes helps
        ("call_auto", UNSIGNED, somebody(), "law_unsigned"),
        ("email", UNSIGNED, somebody(), "law_unsigned"),
        ("email", GUESSED, somebody(), "law_unsigned"),  # signed, but this value is a guess
        ("call_auto", GUESSED, somebody(), None),  # and this one is none
        ("call", BLOCKED, somebody(), "law_blocked"),  # nothing leaves until somebody signs
        ("email", BLOCKED, somebody(consents=(yes("email"),)), "law_blocked"),  # not even with a yes
        ("email", RELEASED, somebody(), None),
        ("call", UNSIGNED, somebody(), None),  # a live call to a business is not risky
        ("call", UNSIGNED, somebody(business=False), "law_unsigned"),
        ("email", UNSIGNED, somebody(consents=(yes("email"),)), 7),
        ("call", OPEN, somebody(bought=True), "bought_list"),  # A14
        ("email", OPEN, somebody(bought=True), "bought_list"),
        ("email", OPEN, somebody(bought=True, consents=(yes("email"),)), 7),
    ],
)
def test_who_may_be_contacted_how(kind, law, person, answer):
    found = may(person, kind, CAMPAIGN, law, NOW)
    assert (found.consent_id if isinstance(found, Allowed) else well_said(found).code) == answer


def test_a_place_that_blocks_says_what_it_blocks_and_who_can_sign():
    values = may(somebody(), "email", CAMPAIGN, BLOCKED, NOW).values
    assert dict(values) == {"kind": "email", "place": "Testland", "code": "XX"}


@pytest.mark.parametrize(("kind", "answer"), [("email", True), ("call", True), ("call_auto", False)])
def test_what_only_informs_is_no_advertising_but_a_robot_still_asks(kind, answer):
    service = a_campaign(purpose="service")
    assert isinstance(may(somebody(), kind, service, OPT_IN, NOW), Allowed) is answer


facts = st.builds(
    ConsentFact,
    st.integers(1, 99),
    st.sampled_from(KINDS),
    st.booleans(),
    st.integers(0, 20),
    st.none() | st.integers(0, 20),
    st.sampled_from(["", "Brightdesk", "Another"]),
)


@given(st.lists(facts, max_size=4), facts, st.sampled_from(KINDS), st.sampled_from([OPEN, OPT_IN, UNSIGNED, FORBIDDEN]))
def test_one_more_yes_never_closes_a_channel_and_one_more_no_never_opens_one(told, more, kind, law):
    before = may(somebody(consents=tuple(told)), kind, CAMPAIGN, law, 10)
    afterwards = may(somebody(consents=(*told, replace(more))), kind, CAMPAIGN, law, 10)
    if more.granted:
        assert isinstance(afterwards, Allowed) or not isinstance(before, Allowed)
    else:
        assert isinstance(before, Allowed) or not isinstance(afterwards, Allowed)
