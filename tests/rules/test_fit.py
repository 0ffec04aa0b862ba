"""Who looks like our customers (B15)?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.rules.fit import Fit, Profile, fit, learn, size_class


def people(industry, number, customers, **more):
    return [
        ({"industry": industry, **more}, True, customers),
        ({"industry": industry, **more}, False, number - customers),
    ]


#: 1,000 people and 100 customers: half of the bakers bought, no smith, of the tailors the usual share.
TOWN = learn([*people("baker", 100, 50), *people("smith", 400, 0), *people("tailor", 500, 50, country="DE")])


def rated(**fields):
    found = fit(fields, TOWN, least=30, doubt=20)
    assert found is not None
    return found.value


@pytest.mark.parametrize(
    ("fields", "low", "high"),
    [
        ({"industry": "baker"}, 0.80, 0.83),  # five times the usual share, less the doubt
        ({"industry": "tailor"}, 0.49, 0.51),  # like everybody
        ({"industry": "smith"}, 0.04, 0.06),  # low, and never nothing: nobody is judged away (C3)
        ({"industry": "astronaut"}, 0.5, 0.5),  # never seen: no judgement
        ({}, 0.5, 0.5),  # nothing known
        ({"industry": None, "status": "unknown"}, 0.5, 0.5),
        ({"industry": "baker", "country": "DE"}, 0.80, 0.83),  # a field that says nothing dilutes no other
        ({"shoe_size": "44", "industry": "baker"}, 0.80, 0.83),  # no target field
    ],
)
def test_the_share_of_customers_among_the_like_decides(fields, low, high):
    assert low <= rated(**fields) <= high


def test_a_fit_says_which_field_told_it():
    found = fit({"industry": "baker", "country": "DE"}, TOWN, least=30, doubt=20)
    assert isinstance(found, Fit)
    assert {name: round(value, 1) for name, value in found.evidence.items()} == {"industry": 4.3, "country": 1.0}


@pytest.mark.parametrize(
    ("customers", "least", "known"),
    [(0, 30, False), (29, 30, False), (30, 30, True), (31, 30, True), (1, 1, True), (0, 1, False)],
)
def test_too_few_customers_teach_nothing(customers, least, known):
    profile = learn(people("baker", 100, customers))
    assert (fit({"industry": "baker"}, profile, least=least, doubt=20) is not None) == known
    assert fit({"industry": "baker"}, Profile(), least=least, doubt=20) is None


def test_one_lucky_sale_makes_no_pattern():
    profile = learn([*people("baker", 999, 99), *people("astronaut", 1, 1)])
    lucky = fit({"industry": "astronaut"}, profile, least=30, doubt=20)
    assert lucky is not None
    assert 0.5 < lucky.value < 0.65


def test_what_is_not_known_of_somebody_tells_nothing():
    profile = learn([({"status": "unknown"}, True, 50), ({"status": "staff"}, False, 50)])
    assert fit({"status": "unknown"}, profile, least=30, doubt=20) == Fit(0.5, {})


def test_a_whale_counts_once():
    """B15: how much a customer spends is not even asked."""
    assert learn([({"industry": "baker"}, True, 1)]).counts == {("industry", "baker"): (1, 1)}


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("1", "1-9"), ("9", "1-9"), ("10", "10-49"), ("120", "50-249"), ("250", "250+"), ("12,000", "250+"),
        (120, "50-249"), ("1 200", "250+"), ("0", None), ("many", None), ("", None), (None, None), ("-5", None),
    ],
)  # fmt: skip
def test_sizes_fall_into_classes(written, size):
    assert size_class(written) == size


towns = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {"industry": st.sampled_from(["a", "b", None]), "country": st.sampled_from(["DE", "FR"])}
        ),
        st.booleans(),
        st.integers(1, 50),
    ),
    min_size=1,
)


@given(towns, st.sampled_from(["a", "b", "c", None]))
def test_a_fit_lies_between_nothing_and_one_and_one_more_customer_alike_never_lowers_it(town, industry):
    person = {"industry": industry, "country": None}
    before = fit(person, learn(town), least=1, doubt=20)
    if before is not None:
        assert 0 < before.value < 1
        turned = [(fields, True, n) if fields["industry"] == industry else (fields, c, n) for fields, c, n in town]
        after = fit(person, learn(turned), least=1, doubt=20)
        assert after is not None
        assert after.value >= before.value - 1e-9


@given(towns)
def test_the_order_of_people_changes_nothing(town):
    assert learn(town) == learn(town[::-1])
