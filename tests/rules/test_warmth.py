"""How warm somebody is follows from signals and a table (B1, B8, B11)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from opportune.rules.facts import DAY, Interest
from opportune.rules.warmth import Signal, WarmthTable, inbound, only_informing, told, warmth
from opportune.work import tables

NOW = 1_800_000_000
TABLE = tables.warmth()
RANKS = list(Interest)


def ago(kind, days=0.0, evidence=""):
    return Signal(kind, NOW - int(days * DAY), evidence)


def label(*signals, now=NOW, table=TABLE):
    return warmth(signals, table, now).interest


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        ([], "cold"),  # B1: no raised hand
        ([ago("mailed"), ago("opened")], "cold"),  # B11: mail-then-call is lukewarm at most
        ([ago("opened", n) for n in range(10)], "cold"),  # ten opened mails are one sign
        ([ago("mailed"), ago("opened"), ago("clicked")], "cold"),  # many small signs are still small
        ([ago("clicked"), ago("opened"), ago("coupon", 40)], "warm"),  # together with something they did, they count
        ([ago("downloaded", 3)], "warm"),  # B11: opened < downloaded …
        ([ago("downloaded", 120)], "cold"),  # … and silence cools
        ([ago("newsletter")], "warm"),
        ([ago("event", 20)], "warm"),  # B1: list, event
        ([ago("referral", 90)], "warm"),  # B11: a referral is warm
        ([ago("bought_before", 700)], "warm"),  # a customer of two years ago
        ([ago("fits")], "warm"),  # B1: fits what our customers look like
        ([ago("list_says_hot")], "warm"),  # what a list claims is never the label itself
        ([ago("list_says_warm", 30)], "cold"),
        ([ago("knows_us"), ago("we_know_them")], "cold"),  # B1, C2: known to us or not, without a raised hand
        ([ago("asked_for_call", 2)], "hot"),  # B11: … < asked for a call
        ([ago("asked_for_call", 40)], "warm"),  # and nothing came of it for weeks
        ([ago("said_wants_to_buy")], "hot"),  # B1
        ([ago("downloaded"), ago("webinar"), ago("calculator"), ago("referral")], "warm"),  # no wish to buy in sight
        ([ago("of_an_older_table")], "cold"),  # a kind that was taken out of the table counts no more
        ([Signal("order", NOW + DAY)], "hot"),  # another machine's clock is ahead
    ],
)
def test_the_label_follows_from_the_signals(signals, expected):
    assert label(*signals) == expected


def test_the_label_comes_with_its_evidence_the_weightiest_first():
    found = warmth([ago("opened", 1), ago("downloaded", 3, "form lead_magnet"), ago("knows_us")], TABLE, NOW)
    assert [signal.kind for signal in found.evidence] == ["downloaded", "opened"]
    assert told(found.evidence[0], TABLE, NOW) == "downloaded our material 3 days ago (form lead_magnet)"
    assert found.score > TABLE.thresholds.warm


def test_what_has_nearly_faded_is_evidence_still():
    found = warmth([ago("opened", 40), ago("asked_for_call")], TABLE, NOW)
    assert found.interest is Interest.HOT
    assert [signal.kind for signal in found.evidence] == ["asked_for_call", "opened"]
    assert TABLE.signals["opened"].now(NOW - 40 * DAY, NOW) < 1


@pytest.mark.parametrize(
    ("signal", "language", "words"),
    [
        (ago("webinar"), "en", "signed up for the webinar today"),
        (ago("webinar", 1), "en", "signed up for the webinar yesterday"),
        (ago("asked_for_call", 5), "ru", "просьба позвонить 5 дн. назад"),
        (ago("replied", 2), "ro", "ne-a răspuns acum 2 zile"),
        (ago("webinar"), "fr", "signed up for the webinar today"),  # a language we do not speak yet
        (ago("of_an_older_table", 2), "en", "of an older table 2 days ago"),
        (Signal("webinar", NOW + DAY), "en", "signed up for the webinar today"),
    ],
)
def test_a_signal_is_told_in_words(signal, language, words):
    assert told(signal, TABLE, NOW, language) == words


def test_every_signal_speaks_every_language():
    assert {kind: set(row.says) for kind, row in TABLE.signals.items() if set(row.says) != {"en", "ru", "ro"}} == {}


@pytest.mark.parametrize(
    ("signals", "only_looks", "came"),
    [
        ([ago("downloaded")], True, True),  # B8: nurtured by mail, not called
        ([ago("newsletter", 90), ago("webinar")], True, True),
        ([ago("downloaded"), ago("asked_for_call")], False, True),  # asks
        ([ago("downloaded"), ago("replied", 100)], False, True),
        ([ago("downloaded", 120)], True, True),  # two half-lives
        ([ago("downloaded", 121)], False, False),  # long ago says nothing of what they want now
        ([ago("opened"), ago("clicked")], False, False),  # reading our mail is not coming to us
        ([], False, False),
        ([ago("event")], False, False),
        ([ago("downloaded"), ago("referral")], False, True),  # somebody recommended them: more than looking
        ([ago("downloaded"), ago("bought_before", 2000)], False, True),  # a customer is no such lead
        ([ago("downloaded"), ago("talked", 2000)], False, True),  # agreed to talk once (C3)
        ([ago("downloaded"), ago("list_says_hot")], True, True),  # a list's claim is no act of theirs
        ([ago("of_an_older_table")], False, False),
    ],
)
def test_who_only_looks_for_information_and_who_came_to_us(signals, only_looks, came):
    assert (only_informing(signals, TABLE, NOW), inbound(signals, TABLE, NOW)) == (only_looks, came)


def changed(**parts):
    return {**TABLE.model_dump(), **parts}


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"thresholds": {"warm": 60, "hot": 20}}, ("thresholds",)),  # hot must be above warm
        ({"thresholds": {"warm": 0, "hot": 20}}, ("thresholds", "warm")),  # everybody would be warm
        ({"thresholds": {"warm": 20}}, ("thresholds", "hot")),
        ({"signals": {"opened": {"weight": -1, "half_life_days": 3}}}, ("signals", "opened", "weight")),
        ({"signals": {"opened": {"weight": 1, "half_life_days": 0}}}, ("signals", "opened", "half_life_days")),
        ({"signals": {"opened": {"weight": 1}}}, ("signals", "opened", "half_life_days")),
        ({"signals": {"opened": {"weight": 1, "half_life_days": 3, "wight": 2}}}, ("signals", "opened", "wight")),
        ({"signals": {"Opened!": {"weight": 1, "half_life_days": 3}}}, ("signals", "Opened!", "[key]")),
        ({"fit": {"customers": 0, "doubt": 1, "alike": 0.7}}, ("fit", "customers")),
        ({"fit": {"customers": 9, "doubt": 1, "alike": 0.4}}, ("fit", "alike")),  # worse than everybody
        ({"colour": "red"}, ("colour",)),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_where_it_is_wrong(parts, where):
    with pytest.raises(ValidationError) as refused:
        WarmthTable.model_validate(changed(**parts))
    assert [problem["loc"] for problem in refused.value.errors()] == [where]


signals = st.lists(
    st.builds(
        Signal,
        st.sampled_from([*TABLE.signals, "of_an_older_table"]),
        st.integers(NOW - 900 * DAY, NOW + DAY),
        st.sampled_from(["", "form booking"]),
    ),
    max_size=8,
)
moments = st.integers(NOW, NOW + 900 * DAY)


@given(signals, signals, moments)
def test_one_more_signal_never_cools(some, more, now):
    before, after = warmth(some, TABLE, now), warmth(some + more, TABLE, now)
    assert RANKS.index(after.interest) >= RANKS.index(before.interest)
    assert after.score >= before.score


@given(signals, st.randoms(use_true_random=False), moments)
def test_the_order_of_signals_and_hearing_one_twice_change_nothing(some, dice, now):
    shuffled = [*some, *some[:2]]
    dice.shuffle(shuffled)
    assert warmth(shuffled, TABLE, now) == warmth(some, TABLE, now)
    assert only_informing(shuffled, TABLE, now) == only_informing(some, TABLE, now)


@given(signals, moments, st.integers(0, 900 * DAY))
def test_time_alone_only_cools(some, now, later):
    before, after = warmth(some, TABLE, now), warmth(some, TABLE, now + later)
    assert RANKS.index(after.interest) <= RANKS.index(before.interest)
    assert after.score <= before.score


@given(signals, moments)
def test_only_a_single_strong_signal_makes_hot(some, now):
    hot = any(label(signal, now=now) is Interest.HOT for signal in some)
    assert (label(*some, now=now) is Interest.HOT) == hot


def test_the_table_decides_and_not_the_code():
    loud = replace(ago("opened"))
    signals = TABLE.signals | {"opened": TABLE.signals["opened"].model_copy(update={"weight": 99.0})}
    assert label(loud, table=TABLE.model_copy(update={"signals": signals})) is Interest.HOT


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (0.5, "hot"),  # from the threshold on
        (0.4, "warm"),
        (0.1, "warm"),
        (0.05, "cold"),
        (0, "cold"),
    ],
)
def test_a_threshold_is_reached_exactly(weight, expected):
    low = {"warm": 0.1, "hot": 0.5}
    table = WarmthTable.model_validate(
        changed(thresholds=low, signals={"opened": {"weight": weight, "half_life_days": 1}})
    )
    assert label(ago("opened"), table=table) == expected
    assert label(table=table) is Interest.COLD, "without any sign"
