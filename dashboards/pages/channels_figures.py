"""What do the charts of "call or write first" look like? Pure functions of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isinf
from typing import Any

from dashboards.drawing import GRID, Drawing
from dashboards.figures import ACCENT, COLOURS, GREY, SHAPES
from dashboards.kit.format import date_short, money, percent, points, size
from dashboards.kit.parts import MARKS
from dashboards.kit.said import t, word
from dashboards.pages.channels_truth import Truth
from opportune.statistics import Estimate, Look, Ratio
from opportune.store.board.evidence import Chance, until

GREEN = "#2f9e44"
HATCHED = {"shape": "/", "size": 10, "solidity": 0.2, "fillmode": "overlay"}
STEP, NARROW_STEP = 46, 64
LABELS, NUMBERS = 250, 230
TEXT: dict[str, Any] = {"yanchor": "middle", "align": "left"}


@dataclass(frozen=True, slots=True)
class ForestRow:
    """`tone`: biased (grey cross) | first (what the first contact alone changes) | honest | headline | part (goal and
    status) | part_real."""

    name: str
    label: str
    estimate: Estimate
    tone: str


LOOK = {
    "biased": (GREY, "x-thin", 11),
    "first": (GREY, "diamond-open", 11),
    "honest": (ACCENT, "circle-open", 11),
    "headline": (ACCENT, "circle", 14),
    "part": (GREY, "square", 8),
    "part_real": (ACCENT, "square", 9),
}


def forest(rows: Sequence[ForestRow], *, narrow: bool = False, truth: float | None = None) -> Drawing:
    """Call first minus email first, in points; the truth as a line where it is known."""
    step = NARROW_STEP if narrow else STEP
    sides = (10, 10) if narrow else (LABELS, NUMBERS)
    figure = Drawing(step * len(rows) + 74, *sides, bottom=44, top=30)
    figure.add_vline(x=0, line={"color": GREY, "width": 1, "dash": "dot"})
    for index, row in enumerate(rows):
        _forest_row(figure, row, -index, narrow)
    if truth is not None:
        figure.add_vline(x=truth, line={"color": GREEN, "width": 2, "dash": "dash"})
        said = t("channels.the_truth", value=points(truth))
        figure.add_annotation(x=truth, y=1, yref="paper", yanchor="bottom", text=said, **_plain(GREEN))
    reach = _reach(rows, truth)
    _ends(figure)
    figure.update_yaxes(range=[0.6 - len(rows), 0.7], visible=False)
    marks = _marks(reach)
    ticks = {"tickvals": marks, "ticktext": [points(mark, 0) for mark in marks]}
    return figure.update_xaxes(range=[-reach, reach], **ticks, **GRID)


def _forest_row(figure: Drawing, row: ForestRow, y: int, narrow: bool) -> None:
    colour, symbol, width = LOOK[row.tone]
    it = row.estimate
    whisker = {"array": [it.high - it.value], "arrayminus": [it.value - it.low], "symmetric": False}
    said = f"{points(it.value)} ({t('channels.to', low=points(it.low), high=points(it.high))})"
    figure.add_scatter(
        x=[it.value],
        y=[y],
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": width, "line": {"width": 2, "color": colour}},
        error_x={**whisker, "color": colour, "thickness": 3 if row.tone == "headline" else 1.6, "width": 5},
        hovertemplate=f"{row.label}<br>{said}, {size(it.people)}<extra></extra>",
    )
    label = f"<b>{row.label}</b>" if row.tone == "headline" else row.label
    if narrow:
        place = {"x": 0, "xref": "paper", "xanchor": "left", "y": y, "yshift": 22}
        figure.add_annotation(text=f"{label}<br>{said}", **place, **TEXT)
        return
    figure.add_annotation(text=label, x=0, xref="paper", xanchor="right", xshift=-12, y=y, **TEXT)
    numbers = f"{said}<br>{size(it.people)}"
    figure.add_annotation(text=numbers, x=1, xref="paper", xanchor="left", xshift=12, y=y, **TEXT)


def _reach(rows: Sequence[ForestRow], truth: float | None) -> float:
    """As far as the whole picture's own rows go: a segment of ten people may stick out."""
    whole = [end for row in rows if not row.tone.startswith("part") for end in (row.estimate.low, row.estimate.high)]
    return 1.12 * max([0.05, abs(truth or 0.0), *map(abs, whole)])


def _marks(reach: float) -> list[float]:
    grid = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if reach / step < 4.5)
    return [grid * i for i in range(-4, 5) if abs(grid * i) <= reach]


def _ends(figure: Drawing) -> None:
    for x, side, which in ((0, "left", "email"), (1, "right", "call")):
        end = {"x": x, "xref": "paper", "xanchor": side, "y": 0, "yref": "paper", "yshift": -34}
        figure.add_annotation(text=t(f"channels.better.{which}"), font={"size": 12}, **end)


def over_time(looks: Sequence[Look], *, narrow: bool = False, truth: float | None = None) -> Drawing:
    """The one interval that may be looked at each week, as it narrowed."""
    figure = Drawing(300, 44, 12, 34, 22)
    xs = [datetime.fromtimestamp(until(look), UTC) for look in looks]
    band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_scatter(x=xs, y=[look.high for look in looks], **band)
    figure.add_scatter(x=xs, y=[look.low for look in looks], fill="tonexty", fillcolor="rgba(76,110,245,.18)", **band)
    said = [
        f"{points(x.value)} ({t('channels.to', low=points(x.low), high=points(x.high))}), {size(x.people)}"
        for x in looks
    ]
    figure.add_scatter(
        x=xs,
        y=[look.value for look in looks],
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"size": 6},
        text=said,
        hovertemplate="%{text}<extra></extra>",
    )
    figure.add_hline(y=0, line={"color": GREY, "width": 1, "dash": "dot"})
    if truth is not None:
        figure.add_hline(y=truth, line={"color": GREEN, "width": 2, "dash": "dash"})
    marks = _marks(max(0.05, *(abs(end) for look in looks for end in (look.low, look.high))))
    figure.update_yaxes(tickvals=marks, ticktext=[points(mark, 0) for mark in marks], **GRID)
    every = xs[:: -(-len(xs) // (3 if narrow else 6))]
    names = [date_short(int(x.timestamp())) for x in every]
    return figure.update_xaxes(tickvals=every, ticktext=names, showgrid=False)


def costs(found: Mapping[str, Ratio], *, narrow: bool = False) -> Drawing:
    """One row a channel; an interval without an upper end is drawn as an arrow."""
    step, sides = (NARROW_STEP, (10, 10)) if narrow else (STEP + 8, (130, 190))
    figure = Drawing(step * len(found) + 44, *sides, bottom=30, top=14)
    top = 1.1 * max(_end(ratio) for ratio in found.values())
    for index, (channel, ratio) in enumerate(found.items()):
        _cost_row(figure, channel, ratio, -index, top, narrow)
    figure.update_yaxes(range=[0.6 - len(found), 0.7], visible=False)
    marks = _money_marks(top)
    return figure.update_xaxes(
        range=[0, top],
        tickangle=0,
        tickvals=marks,
        ticktext=[money(mark, places=0 if top > 5 else 2) for mark in marks],
        **GRID,
    )


def _end(ratio: Ratio) -> float:
    return max(0.01, 3 * (ratio.value or 0.0) if isinf(ratio.high) else ratio.high)


def _money_marks(top: float) -> list[float]:
    step = next(unit * 10**power for power in range(-2, 9) for unit in (1, 2, 5) if top / (unit * 10**power) < 2.2)
    return [i * step for i in range(6) if i * step <= top]


def _cost_row(figure: Drawing, channel: str, ratio: Ratio, y: int, top: float, narrow: bool) -> None:
    value = ratio.value or 0.0
    high = top if isinf(ratio.high) else ratio.high
    said = cost_said(ratio)
    figure.add_scatter(
        x=[value],
        y=[y],
        mode="markers",
        marker={"color": COLOURS[channel], "symbol": SHAPES[channel], "size": 12},
        error_x={
            **{"array": [high - value], "arrayminus": [value - ratio.low], "symmetric": False},
            **{"color": GREY, "thickness": 1.6, "width": 0 if isinf(ratio.high) else 5},
        },
        hovertemplate=f"{word('first', channel)}: {said}<extra></extra>",
    )
    label = word("first", channel)
    if narrow:
        place = {"x": 0, "xref": "paper", "xanchor": "left", "y": y, "yshift": 22}
        figure.add_annotation(text=f"{label}  <b>{said}</b>", **place, **TEXT)
        return
    figure.add_annotation(text=label, x=0, xref="paper", xanchor="right", xshift=-12, y=y, **TEXT)
    figure.add_annotation(text=f"<b>{said}</b>", x=1, xref="paper", xanchor="left", xshift=12, y=y, **TEXT)


def cost_said(ratio: Ratio) -> str:
    if ratio.value is None:
        return t("channels.no_goal")
    if isinf(ratio.high):
        return f"{money(ratio.value)} ({t('channels.at_least', low=money(ratio.low))})"
    return f"{money(ratio.value)} ({t('channels.to', low=money(ratio.low), high=money(ratio.high))})"


def chances(found: Sequence[Chance]) -> Drawing:
    """How many people had which chance of a call, and what they got."""
    figure = Drawing(300, 48, 8, 48, 10, barmode="stack", bargap=0.3)
    names = [percent(each.chance, 0) for each in found]
    for channel in COLOURS:
        figure.add_bar(
            x=names,
            y=[getattr(each, channel) for each in found],
            marker={
                "color": COLOURS[channel],
                "line": {"width": 0},
                "pattern": HATCHED if channel == "email" else {},
            },
            hovertemplate=f"%{{x}}<br>{word('first', channel)}: %{{y}}<extra></extra>",
        )
    figure.update_yaxes(rangemode="tozero", nticks=5, **GRID)
    title = {"text": t("channels.chance_of_call"), "font": {"size": 12}, "standoff": 8}
    return figure.update_xaxes(type="category", showgrid=False, title=title)


def trap_values(known: Truth, raw: Estimate) -> dict[str, str]:
    return {"raw": points(raw.value, 0), "truth": points(known.difference, 0)}


def _plain(colour: str) -> dict[str, Any]:
    return {"font": {"size": 13, "color": colour}}


def marked(channel: str, stage: str) -> str:
    """A stage with the mark of its channel."""
    return f'<span style="color:{COLOURS[channel]}">{MARKS[channel]}</span> {word("stage", stage)}'
