"""How is a share drawn? A dot with its 95 % Wilson interval; left out below 30 people, grey below 100."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from dashboards.figures import ACCENT, FONT, GREY
from dashboards.kit.format import percent, size, span
from dashboards.kit.said import t
from opportune.statistics import wilson

HIDDEN, PALE = 30, 100  # people: below, no share is drawn; below, it is drawn grey
ROW, NARROW_ROW = 46, 76  # pixels
LABELS, NUMBERS = 170, 235  # pixels beside the marks
GRID: dict[str, Any] = {"fixedrange": True, "zeroline": False, "showline": False, "gridcolor": "rgba(134,142,150,.35)"}


@dataclass(frozen=True, slots=True)
class Dot:
    """k of n. `ground`: what it is compared with, a thin line beside it."""

    label: str
    k: int
    n: int
    colour: str = ACCENT
    symbol: str = "circle"
    ground: float | None = None

    @property
    def known(self) -> bool:
        return self.n >= HIDDEN

    @property
    def said(self) -> str:
        """In full: what stands beside the mark, and behind it."""
        if not self.known:
            return t("common.too_few", size=size(self.n))
        return f"{percent(self.k / self.n)} ({span(*wilson(self.k, self.n))})"


def rows(dots: Sequence[Dot], *, narrow: bool = False, line: float | None = None, line_says: str = "") -> go.Figure:
    """One under the other, each with its numbers at the right, on a phone above it. `line`: a benchmark for all.
    What is written goes in at once: Plotly copies all of it for each word that is added."""
    step = NARROW_ROW if narrow else ROW
    sides = (8, 8) if narrow else (LABELS, NUMBERS)
    top = 4 if line is None else 30
    words = [word for index, dot in enumerate(dots) for word in _beside(dot, -index, narrow)]
    shapes = []
    if line is not None:
        words.append({"x": line, "y": 1, "yref": "paper", "text": line_says, **_TEXT, "yanchor": "bottom"})
        look = {"line": {"color": GREY, "width": 1.5, "dash": "dash"}, "y0": 0, "y1": 1, "yref": "paper"}
        shapes.append({"type": "line", "x0": line, "x1": line, **look})
    whole = layout(step * len(dots) + 26 + top, *sides, bottom=26, top=top, annotations=words, shapes=shapes)
    figure = go.Figure(layout=whole)
    known = [(-index, dot) for index, dot in enumerate(dots) if dot.known]
    _marks(figure, [y for y, _ in known], [dot for _, dot in known], upright=False)
    figure.update_yaxes(range=[0.5 - len(dots), 0.6 if line is None else 0.7], visible=False, fixedrange=True)
    return figure.update_xaxes(**shares(_reach(dots, line), 4 if narrow else 6), **GRID)


def columns(dots: Sequence[Dot], *, height: int = 300, narrow: bool = False, every: int = 1) -> go.Figure:
    """Side by side, in an order that means something: hours, months, numbers of calls."""
    figure = go.Figure(layout=layout(height, 50, 8, 44, 10))
    known = [(index, dot) for index, dot in enumerate(dots) if dot.known]
    _marks(figure, [index for index, _ in known], [dot for _, dot in known], upright=True)
    _grounds(figure, [(index, dot.ground) for index, dot in known if dot.ground is not None])
    every = max(every, -(-len(dots) // 7)) if narrow else every
    ticks = {"tickvals": list(range(len(dots)))[::every], "ticktext": [dot.label for dot in dots][::every]}
    figure.update_yaxes(**shares(_reach(dots, None)), **GRID)
    bare = {"showgrid": False, "zeroline": False, "fixedrange": True, "tickangle": 0}
    return figure.update_xaxes(range=[-0.6, max(len(dots), 1) - 0.4], **bare, **ticks)


def shares(top: float, most: int = 6) -> dict[str, Any]:
    """An axis of shares from nobody to `top`, in the reader's own spelling, its words clear of the corner."""
    step = next((each for each in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if top / each < most), 0.5)
    marks = [step * index for index in range(int(top / step + 1e-9) + 1)]
    clear = {"ticks": "outside", "ticklen": 5, "tickcolor": "rgba(0,0,0,0)", "tickangle": 0}
    return {"range": [0, top], "tickvals": marks, "ticktext": [percent(mark, 0) for mark in marks], **clear}


def _grounds(figure: go.Figure, grounds: Sequence[tuple[int, float]]) -> None:
    if grounds:
        across = [x for index, _ in grounds for x in (index - 0.42, index + 0.42, None)]
        up = [y for _, ground in grounds for y in (ground, ground, None)]
        look = {"color": GREY, "width": 1.5, "dash": "dot"}
        figure.add_scatter(x=across, y=up, mode="lines", line=look, hoverinfo="skip", showlegend=False)


def _beside(dot: Dot, y: int, narrow: bool) -> list[dict[str, Any]]:
    """The words of a row."""
    numbers = f"{dot.said}, {size(dot.n)}" if dot.known else dot.said
    at = {"xref": "paper", "y": y, **_TEXT}
    if narrow:  # on the card's own colour, see board.css
        above = {"x": 0, "xanchor": "left", "yshift": 30, "bgcolor": "#fff"}
        return [{"text": f"<b>{dot.label}</b><br>{numbers}", **above, **at}]
    left = {"text": dot.label, "x": 0, "xanchor": "right", "xshift": -12, **at}
    return [left, {"text": numbers, "x": 1, "xanchor": "left", "xshift": 12, **at}]


def _marks(figure: go.Figure, at: Sequence[int], dots: Sequence[Dot], *, upright: bool) -> None:
    shares = [dot.k / dot.n for dot in dots]
    spans = [wilson(dot.k, dot.n) for dot in dots]
    colours = [dot.colour if dot.n >= PALE else GREY for dot in dots]
    whiskers = {
        "array": [high - x for x, (_, high) in zip(shares, spans, strict=True)],
        "arrayminus": [x - low for x, (low, _) in zip(shares, spans, strict=True)],
        **{"symmetric": False, "color": GREY, "thickness": 1.6, "width": 4},
    }
    place = {"x": at, "y": shares, "error_y": whiskers} if upright else {"x": shares, "y": at, "error_x": whiskers}
    figure.add_scatter(
        mode="markers",
        marker={"color": colours, "symbol": [dot.symbol for dot in dots], "size": 10},
        text=[f"{dot.label}: {dot.said}, {size(dot.n)}" for dot in dots],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        cliponaxis=False,
        **place,
    )


def _reach(dots: Sequence[Dot], line: float | None) -> float:
    ends = [wilson(dot.k, dot.n)[1] for dot in dots if dot.known]
    return min(1.0, 1.08 * max([0.05, line or 0.0, *ends]))


_TEXT: dict[str, Any] = {"showarrow": False, "yanchor": "middle", "font": {"size": 13}, "align": "left"}


def layout(height: int, left: int = 0, right: int = 0, bottom: int = 26, top: int = 4, **more: Any) -> dict[str, Any]:
    """Transparent, and nothing to drag: text and lines take the colours of the theme."""
    clear = {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "dragmode": False}
    margin = {"l": left, "r": right, "t": top, "b": bottom, "pad": 0}
    return {"height": height, "margin": margin, "font": {"family": FONT, "size": 13}, **clear, **more}
