"""Where the truth is known: a small run of the study (the full one is `python -m bench.study`)."""

from __future__ import annotations

import pytest

from bench import study

WORLDS = 200


@pytest.fixture(scope="module")
def rows() -> dict[str, study.Row]:
    return {row.name: row for row in study.one_look(WORLDS)}


@pytest.mark.parametrize("name", ["sample", "sample_aipw", "snips", "aipw"])
def test_honest_estimates_are_right_and_know_how_sure_they_are(rows: dict[str, study.Row], name: str) -> None:
    assert abs(rows[name].bias) < 0.4  # points: three standard errors of 200 worlds; over 1,000 it is below 0.2
    assert 0.91 <= rows[name].coverage <= 0.99


def test_the_raw_difference_is_wrong_and_sure_of_it(rows: dict[str, study.Row]) -> None:
    assert rows["raw"].bias > 6
    assert rows["raw"].coverage == 0


def test_everybody_weighed_is_sharper_than_the_sample_alone(rows: dict[str, study.Row]) -> None:
    assert rows["aipw"].width < 0.75 * rows["sample"].width
    assert rows["aipw"].width < rows["always_valid_all"].width < rows["always_valid"].width


def test_looking_thirty_times_cries_wolf_except_when_always_valid() -> None:
    peeks = {peek.name: peek for peek in study.thirty_looks(30)}
    assert peeks["aipw"].no_effect > 0.2
    for name in ("always_valid", "always_valid_all"):
        assert peeks[name].no_effect <= 0.07
        assert peeks[name].effect <= 0.07
