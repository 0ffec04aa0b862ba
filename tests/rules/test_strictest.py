"""Where several places apply the strictest holds: whatever is added, nothing opens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.cast import BERLIN, a_campaign, a_law, after, called, moment, no, somebody, yes

from opportune.rules.cadence import law_capped_until
from opportune.rules.consent import KINDS, Allowed, may, narrowed
from opportune.rules.decide import decide
from opportune.rules.facts import DAY, Channel
from opportune.rules.hours import may_call_at
from opportune.rules.strictest import strictest
from opportune.rules.timetables import calendar_of
from opportune.rules.zones import is_holiday, local_day

NOW = moment("2026-11-23 00:00")
ANY_HOUR = a_campaign(calls={"hours": "00:00-24:00"})
BASES = st.sampled_from(["opt_in", "opt_out", "forbidden"])
DAYS = st.sampled_from([(), ((480, 1200),), ((600, 780), (840, 1260)), ((0, 1440),), ((700, 720),)])
laws = st.builds(
    a_law,
    place=st.sampled_from(["AA", "QQ", "CC"]),
    basis=st.fixed_dictionaries({(kind, who): BASES for kind in KINDS for who in ("b2b", "b2c")}),
    hours=DAYS,
    weekend=DAYS,
    auto_windows=st.none() | st.tuples(*[DAYS] * 7),
    calendar=st.sampled_from(["", "DE", "DE-BY", "US-AL"]),
    closed_on=st.sampled_from(["", "DE", "DE-BY", "US-AL"]),
    days_off=st.frozensets(st.integers(NOW // DAY, NOW // DAY + 9), max_size=2),
    days_worked=st.frozensets(st.integers(NOW // DAY, NOW // DAY + 40), max_size=20),
    caps=st.sampled_from([(), ((3, 1),), ((1, 1), (3, 7)), ((4, 30),)]),
    refusal_days=st.sampled_from([0, 60]),
    doubtful=st.frozensets(st.sampled_from(KINDS)),
    blocked=st.booleans(),
    verified_by=st.sampled_from(["", "Dr. Test", "Dr. Other"]),
)
several = st.lists(laws, min_size=1, max_size=3)
words = st.lists(st.builds(lambda f, kind: f(kind), st.sampled_from([yes, no]), st.sampled_from(KINDS)), max_size=2)
people = st.builds(
    lambda business, bought, told: somebody(business=business, bought=bought, consents=tuple(told)),
    st.booleans(),
    st.booleans(),
    words,
)
instants = st.integers(NOW, NOW + 40 * DAY)


@given(several, laws, people, st.sampled_from(KINDS), st.sampled_from(["marketing", "service"]))
def test_one_more_place_never_makes_a_contact_lawful(rows, more, person, kind, purpose):
    campaign = a_campaign(purpose=purpose)
    before, now = (may(person, kind, campaign, strictest(each), NOW) for each in (rows, [*rows, more]))
    assert isinstance(before, Allowed) or not isinstance(now, Allowed)


@given(several, laws, people, instants, st.booleans(), st.booleans(), st.booleans())
def test_one_more_place_never_opens_an_hour(rows, more, person, at, cold, promised, automated):
    def rings(law):
        return may_call_at(person, ANY_HOUR, law, at, cold=cold, promised=promised, automated=automated)

    assert rings(strictest(rows)) or not rings(strictest([*rows, more]))


@given(several, laws, st.lists(st.integers(0, 40), max_size=5), st.none() | st.integers(0, 70))
def test_one_more_place_never_shortens_a_wait(rows, more, days_ago, refused):
    calls = sorted(NOW - days * DAY // 2 for days in days_ago)
    history = after(*map(called, calls), refused_at=None if refused is None else NOW - refused * DAY)

    def waits(law):
        until = law_capped_until(history, law, Channel.CALL, NOW)
        return until[0] if until else NOW

    assert waits(strictest([*rows, more])) >= waits(strictest(rows))


@given(several, laws, instants)
def test_one_more_place_never_makes_a_holiday_a_working_day(rows, more, at):
    day = local_day(BERLIN, at)
    before, now = (calendar_of(strictest(each)) for each in (rows, [*rows, more]))
    assert is_holiday(now, day) or not is_holiday(before, day)


@given(several, st.randoms(use_true_random=False))
def test_the_order_of_the_places_does_not_matter(rows, order):
    turned = list(rows)
    order.shuffle(turned)
    one, other = strictest(rows), strictest(turned)
    assert [one.hours(automated) for automated in (False, True)] == [other.hours(a) for a in (False, True)]
    for field in ("basis", "caps", "refusal_days", "days_off", "days_worked"):
        assert getattr(one, field) == getattr(other, field)
    assert {frozenset(law.calendar.split("+")) for law in (one, other)} == {frozenset(one.calendar.split("+"))}


@given(several, laws, people, instants, st.sampled_from([None, "said stop"]), st.sampled_from([None, "replied"]))
def test_no_restriction_ever_adds_a_channel(rows, more, person, at, suppressed, stopped):
    """A place, an opt-out, a goal that was met: what was ruled out stays ruled out."""
    law, harder = strictest(rows), strictest([*rows, more])
    before = decide(person, ANY_HOUR, after(), law, at, 0.9)
    for other in (
        decide(person, ANY_HOUR, after(), harder, at, 0.9),
        decide(replace(person, suppressed=suppressed), ANY_HOUR, after(stopped=stopped), law, at, 0.9),
    ):
        assert set(other.ruled_out) >= set(before.ruled_out)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (((480, 1200),), ((600, 1300),), ((600, 1200),)),  # the later opening, the earlier closing
        (((480, 600),), ((600, 700),), ()),  # they only touch
        (((480, 780), (840, 1200)), ((700, 900),), ((700, 780), (840, 900))),  # a lunch break stays
        (((480, 1200),), (), ()),  # closed here is closed
    ],
)
def test_hours_of_two_places(one, other, both):
    assert narrowed((one,) * 7, (other,) * 7) == (both,) * 7


@pytest.mark.parametrize(
    ("field", "one", "other", "both"),
    [
        ("place", "DE-BY", "AT", "DE-BY+AT"),
        ("name", "Bavaria", "Austria", "Bavaria, Austria"),
        ("calendar", "DE-BY", "AT", "DE-BY+AT"),
        ("calendar", "DE-BY+AT", "AT", "DE-BY+AT"),  # each is named once
        ("calendar", "", "AT", "AT"),
        ("closed_on", "DE-BY", "AT", "DE-BY+AT"),
        ("days_off", frozenset({1, 2}), frozenset({2, 3}), frozenset({1, 2, 3})),  # free in one of them
        ("days_worked", frozenset({1, 2}), frozenset({2, 3}), frozenset({2})),  # worked in both
        ("auto_windows", None, (((480, 600),),) * 7, (((480, 600),),) * 7),
        ("auto_windows", (((480, 600),),) * 7, (((540, 700),),) * 7, (((540, 600),),) * 7),
        ("caps", ((2, 1),), ((3, 1),), ((2, 1),)),  # over the same days the lower one
        ("caps", ((3, 1),), ((2, 1),), ((2, 1),)),
        ("caps", ((3, 7),), ((2, 1),), ((2, 1), (3, 7))),  # over other days both
        ("refusal_days", 60, 30, 60),
        ("doubtful", frozenset({"email"}), frozenset({"call"}), frozenset({"email", "call"})),
        ("blocked", True, False, True),
        ("blocked", False, True, True),
        ("blocked", False, False, False),
        ("since", 100, 200, 200),  # as long as both rows hold
        ("until", 900, 800, 800),
    ],
)
def test_what_two_places_say_together(field, one, other, both):
    rows = [a_law(**{field: one}), a_law(**{field: other})]
    assert getattr(strictest(rows), field) == both


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("opt_out", "opt_in", "opt_in"),
        ("opt_in", "opt_out", "opt_in"),
        ("opt_in", "forbidden", "forbidden"),
        ("forbidden", "opt_out", "forbidden"),
        ("opt_out", "opt_out", "opt_out"),
    ],
)
def test_the_stronger_consent_holds(one, other, both):
    rows = [a_law(basis={("email", "b2b"): basis}) for basis in (one, other)]
    assert strictest(rows).needs("email", "b2b") == both


def test_one_place_alone_stays_as_it_is():
    law = a_law()
    assert strictest([law]) is law


def test_a_reason_names_the_places_that_are_in_the_way():
    rows = [
        a_law(place="AA", name="Alpha", verified_by=""),
        a_law(place="QQ", name="Beta"),
        a_law(place="CC", name="Gamma", doubtful=frozenset({"email"})),
    ]
    reason = may(somebody(), "email", a_campaign(), strictest(rows), NOW)
    assert (reason.code, reason.values["place"], reason.values["code"]) == ("law_unsigned", "Alpha, Gamma", "AA CC")
