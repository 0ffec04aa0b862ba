"""Do the charts show the numbers, and can every number be read?"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from plotly.graph_objects import Figure

from dashboards import figures
from dashboards.kit.format import size
from opportune.rules.facts import DAY
from opportune.statistics import Estimate
from opportune.store.board import Stage, Week

STAGES = [
    Stage(channel, stage, k, n, 5)
    for channel, n, ks in (("call", 120, (120, 118, 60, 40, 9)), ("email", 300, (300, 300, 75, 70, 3)))
    for stage, k in zip(("decided", "attempted", "reached", "conversation", "goal"), ks, strict=True)
]


def test_a_word_that_is_not_plotlys_is_found() -> None:
    """Charts are plain dictionaries; that all of their words are known is asked here, and of each page beside this."""
    drawing = figures.funnel(STAGES)
    drawing.add_scatter(colour="red")
    with pytest.raises(ValueError, match="colour"):
        Figure(drawing)


def texts(figure: Any) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


@pytest.mark.parametrize("narrow", [False, True])
def test_the_funnel_says_each_share_with_its_interval(narrow: bool) -> None:
    figure = Figure(figures.funnel(STAGES, narrow=narrow))
    assert [text for text in texts(figure) if "7.5%" in text and "(4.0–13.6)" in text], "9 of 120"
    assert [text for text in texts(figure) if "1.0%" in text and "(0.3–2.9)" in text], "3 of 300"
    shares = {trace.marker.symbol: list(trace.x) for trace in figure.data if trace.type == "scatter"}
    assert shares["circle"] == [118 / 120, 0.5, 40 / 120, 9 / 120]
    assert shares["diamond"] == [1.0, 0.25, 70 / 300, 0.01]


def test_on_a_wide_screen_the_numbers_have_a_column_of_their_own() -> None:
    """Right of 100 %, in a margin wide enough for the longest of them: they can neither clip nor cover a mark."""
    figure = Figure(figures.funnel(STAGES))
    numbers = [annotation for annotation in figure.layout.annotations if "(" in annotation.text]
    assert {(annotation.x, annotation.xanchor) for annotation in numbers} == {(1, "left")}
    longest = max(len(annotation.text.split("</span>")[1]) - len("<b></b>") for annotation in numbers)
    assert figure.layout.margin.r > 16 + 7 * (longest + 1)


def test_on_a_phone_the_numbers_stand_above_the_marks() -> None:
    figure = Figure(figures.funnel(STAGES, narrow=True))
    marks = sorted(y for trace in figure.data if trace.type == "scatter" for y in trace.y)
    numbers = sorted(annotation.y for annotation in figure.layout.annotations if "(" in annotation.text)
    titles = sorted(annotation.y for annotation in figure.layout.annotations if "(" not in annotation.text)
    assert all(number - mark > 6 + 7 for mark, number in zip(marks, numbers, strict=True)), "a mark and half a line"
    assert all(abs(title - number) > 16 for title in titles for number in numbers)
    assert all(other - number > 16 for number, other in pairwise(numbers))


def test_the_whiskers_are_the_wilson_interval() -> None:
    calls = next(t for t in Figure(figures.funnel(STAGES)).data if t.type == "scatter" and t.marker.symbol == "circle")
    low, high = STAGES[4].interval
    assert calls.x[3] - calls.error_x.arrayminus[3] == pytest.approx(low)
    assert calls.x[3] + calls.error_x.array[3] == pytest.approx(high)


@pytest.mark.parametrize(
    "figure",
    [
        Figure(figures.blank(200)),
        Figure(figures.funnel([])),
        Figure(figures.funnel([Stage("call", "decided", 0, 0, 3)])),
        Figure(figures.funnel(STAGES[:5])),  # calls only
        Figure(figures.difference(None, None)),
        Figure(figures.difference(None, Estimate(0.05, -0.2, 0.3, 12))),
        Figure(figures.weekly([])),
    ],
)
def test_without_numbers_a_chart_is_empty_not_broken(figure: Any) -> None:
    assert all(trace.x is None or len(trace.x) <= 4 for trace in figure.data)
    assert figure.layout.height >= 200
    assert figure.to_json()


def test_the_biased_difference_is_grey_and_says_so() -> None:
    figure = Figure(figures.difference(Estimate(0.05, -0.09, 0.19, 120), Estimate(0.185, 0.14, 0.23, 900)))
    sample, raw = figure.data
    assert (sample.marker.color, raw.marker.color) == (figures.ACCENT, figures.GREY)
    assert list(sample.x) == [pytest.approx(0.05)]
    assert [text for text in texts(figure) if "do not act on this" in text and "+18.5" in text and size(900) in text]
    assert figure.layout.xaxis.range[0] == -figure.layout.xaxis.range[1], "no difference is in the middle"


def test_who_still_matures_is_hatched_apart() -> None:
    weeks = [Week(4 * DAY, "call", 7, 2, 1), Week(11 * DAY, "call", 0, 9, 0), Week(11 * DAY, "email", 0, 4, 0)]
    bars = Figure(figures.weekly(weeks)).data
    solid = [y for bar in bars if not bar.marker.pattern.shape for y in bar.y]
    hatched = [y for bar in bars if bar.marker.pattern.shape for y in bar.y]
    assert (solid, hatched) == ([7, 0, 0], [2, 9, 4])
