"""Intervals of shares and of their differences, against statsmodels and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from opportune.statistics import (
    benjamini_hochberg,
    beta_quantile,
    binomial_p,
    clopper_pearson,
    difference_p,
    kappa,
    limits,
    lopsided,
    newcombe,
    outside,
    per_channel_needed,
    per_channel_to_see,
    poisson,
    sample_ratio_p,
    wilson,
)

COUNTS = [
    (0, 1),  # nobody of one
    (1, 1),
    (0, 30),  # none of some
    (3, 30),
    (50, 50),  # all
    (7, 10_000),  # rare among many
    (499_000, 1_000_000),  # millions
]
PAIRS = [
    (56, 70, 48, 80),  # Newcombe's own example (a)
    (9, 10, 3, 10),
    (10, 10, 0, 20),  # the far corner
    (5, 56, 0, 29),
    (600, 10_000, 700, 10_000),
]


@pytest.mark.parametrize(("k", "n"), COUNTS)
def test_intervals_of_one_share_are_those_of_statsmodels(k: int, n: int) -> None:
    assert wilson(k, n) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-7)
    assert clopper_pearson(k, n) == pytest.approx(proportion_confint(k, n, method="beta"), abs=1e-9)


def test_without_people_a_share_may_be_anything() -> None:
    assert wilson(0, 0) == (0, 1)
    assert newcombe(0, 0, 3, 10) == (-1, 1)
    assert difference_p(0, 0, 3, 10) == 1


@pytest.mark.parametrize(("k1", "n1", "k2", "n2"), PAIRS)
def test_the_interval_of_a_difference_is_newcombes(k1: int, n1: int, k2: int, n2: int) -> None:
    theirs = confint_proportions_2indep(k1, n1, k2, n2, compare="diff", method="newcomb")
    assert newcombe(k1, n1, k2, n2) == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize(("k1", "n1", "k2", "n2"), PAIRS)
def test_the_p_of_a_difference_is_the_pooled_z_test(k1: int, n1: int, k2: int, n2: int) -> None:
    assert difference_p(k1, n1, k2, n2) == pytest.approx(proportions_ztest([k1, k2], [n1, n2])[1], rel=1e-9)


@pytest.mark.parametrize(
    ("k", "exposure"),
    [(0, 1.0), (1, 1.0), (7, 3.5), (30_000, 1_000.0)],  # none; one; per 1,000 attempts; very many
)
def test_a_rates_interval_is_garwoods(k: int, exposure: float) -> None:
    low = stats.chi2.ppf(0.025, 2 * k) / 2 if k else 0
    theirs = low / exposure, stats.chi2.ppf(0.975, 2 * (k + 1)) / 2 / exposure
    assert poisson(k, exposure) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(
    ("p", "a", "b"),
    [(0.025, 0.5, 0.5), (0.5, 2, 30), (0.975, 400, 80_000), (1e-6, 3, 3)],  # U-shaped; usual; huge; far tail
)
def test_quantiles_of_the_beta_are_scipys(p: float, a: float, b: float) -> None:
    assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-8)


@pytest.mark.parametrize(("k", "n", "share"), [(0, 20, 0.1), (5, 20, 0.1), (20, 20, 0.9), (2, 20, 0.1)])
def test_the_exact_p_doubles_the_smaller_tail(k: int, n: int, share: float) -> None:
    tails = stats.binom.cdf(k, n, share), stats.binom.sf(k - 1, n, share)
    assert binomial_p(k, n, share) == pytest.approx(min(1, 2 * min(tails)), rel=1e-9)


def test_many_comparisons_are_adjusted_as_statsmodels_does() -> None:
    dice = np.random.default_rng(3)
    for size in (1, 2, 7, 84):
        ps = dice.uniform(size=size) ** 3
        assert benjamini_hochberg(ps.tolist()) == pytest.approx(multipletests(ps, method="fdr_bh")[1])
    assert benjamini_hochberg([]) == []


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [(500, 500, 0.5), (560, 440, 0.5), (110, 890, 0.1), (1, 0, 0.5)],  # even; off; a lot of a tenth; one toss
)
def test_the_ratio_of_the_lot_is_checked_by_chi_square(one: int, other: int, share: float) -> None:
    n = one + other
    assert sample_ratio_p(one, other, share) == pytest.approx(
        stats.chisquare([one, other], [n * share, n * (1 - share)]).pvalue
    )


def test_a_coin_is_broken_beyond_one_in_a_thousand() -> None:
    assert not lopsided(0, 0)
    assert not lopsided(550, 450)  # 1 in 600
    assert lopsided(553, 447)  # 1 in 1,200


def test_agreement_is_cohens_also_with_weights() -> None:
    table = [[20, 5, 1], [4, 15, 6], [0, 3, 9]]
    assert kappa(table) == pytest.approx(cohens_kappa(table).kappa)
    assert kappa(table, "linear") == pytest.approx(cohens_kappa(table, wt="linear").kappa)
    assert kappa(table, "quadratic") == pytest.approx(cohens_kappa(table, wt="quadratic").kappa)
    assert kappa([[0, 0], [0, 0]]) is None  # nothing was scored
    assert kappa([[9, 0], [0, 0]]) is None  # everybody always said yes: chance could not do otherwise


def test_control_limits_call_out_only_what_chance_does_not_explain() -> None:
    low, high = limits(0.2, 400)
    assert (low, high) == pytest.approx((0.2 - 1.959964 * 0.02, 0.2 + 1.959964 * 0.02))
    assert limits(0.02, 10)[0] == 0
    assert limits(0.2, 0) == (0, 1)
    assert not outside(5, 10, 0.2)  # half of ten may be luck
    assert outside(150, 400, 0.2)


def test_people_needed_are_those_of_the_textbook() -> None:
    assert per_channel_needed(0.06, 0.03) == pytest.approx(2 * 0.06 * 0.94 * (1.96 / 0.03) ** 2, abs=1)
    ours = per_channel_to_see(0.06, 0.03)
    arcsine = 2 * (np.arcsin(np.sqrt(0.09)) - np.arcsin(np.sqrt(0.06)))
    theirs = NormalIndPower().solve_power(abs(arcsine), power=0.8, alpha=0.05)
    assert ours == pytest.approx(theirs, rel=0.03)  # another approximation of the same question


def test_the_z_test_is_the_chi_square_of_the_table() -> None:
    table = Table2x2([[30, 70], [18, 82]])
    assert difference_p(30, 100, 18, 100) == pytest.approx(table.test_nominal_association().pvalue, rel=1e-9)
