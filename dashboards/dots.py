"""How is a share drawn? A dot with its 95 % Wilson interval; left out below 30 people, grey below 100."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.drawing import APART, GRID, Drawing
from dashboards.figures import ACCENT, GREY
from dashboards.kit.format import percent, size, span
from dashboards.kit.said import t
from opportune.statistics import wilson

HIDDEN, PALE = 30, 100  # people: below, no share is drawn; below, it is drawn grey
ROW, NARROW_ROW = 46, 76  # pixels
LABELS, NUMBERS = 170, 235  # pixels beside the marks


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


def rows(dots: Sequence[Dot], *, narrow: bool = False, line: float | None = None, line_says: str = "") -> Drawing:
    """One under the other, each with its numbers at the right, on a phone above it. `line`: a benchmark for all."""
    step = NARROW_ROW if narrow else ROW
    sides = (8, 8) if narrow else (LABELS, NUMBERS)
    top = 4 if line is None else 30
    figure = Drawing(step * len(dots) + 26 + top, *sides, top=top)
    for index, dot in enumerate(dots):
        _words(figure, dot, -index, narrow)
    if line is not None:
        figure.add_annotation(x=line, y=1, yref="paper", text=line_says, align="left", yanchor="bottom")
        figure.add_vline(line, {"color": GREY, "width": 1.5, "dash": "dash"})
    known = [(-index, dot) for index, dot in enumerate(dots) if dot.known]
    _marks(figure, [y for y, _ in known], [dot for _, dot in known], upright=False)
    figure.update_yaxes(range=[0.5 - len(dots), 0.6 if line is None else 0.7], visible=False)
    return figure.update_xaxes(**shares(_reach(dots, line), 4 if narrow else 6), **GRID)


def columns(dots: Sequence[Dot], *, height: int = 300, narrow: bool = False, every: int = 1) -> Drawing:
    """Side by side, in an order that means something: hours, months, numbers of calls."""
    figure = Drawing(height, 50, 8, 44, 10)
    known = [(index, dot) for index, dot in enumerate(dots) if dot.known]
    _marks(figure, [index for index, _ in known], [dot for _, dot in known], upright=True)
    _grounds(figure, [(index, dot.ground) for index, dot in known if dot.ground is not None])
    every = max(every, -(-len(dots) // 7)) if narrow else every
    ticks = {"tickvals": list(range(len(dots)))[::every], "ticktext": [dot.label for dot in dots][::every]}
    figure.update_yaxes(**shares(_reach(dots, None)), **GRID)
    bare = {"showgrid": False, "tickangle": 0}
    return figure.update_xaxes(range=[-0.6, max(len(dots), 1) - 0.4], **bare, **ticks)


def shares(top: float, most: int = 6) -> dict[str, Any]:
    """An axis of shares from nobody to `top`, in the reader's own spelling, its words clear of the corner."""
    step = next((each for each in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if top / each < most), 0.5)
    marks = [step * index for index in range(int(top / step + 1e-9) + 1)]
    return {"range": [0, top], "tickvals": marks, "ticktext": [percent(mark, 0) for mark in marks], **APART}


def _grounds(figure: Drawing, grounds: Sequence[tuple[int, float]]) -> None:
    if grounds:
        across = [x for index, _ in grounds for x in (index - 0.42, index + 0.42, None)]
        up = [y for _, ground in grounds for y in (ground, ground, None)]
        look = {"color": GREY, "width": 1.5, "dash": "dot"}
        figure.add_scatter(x=across, y=up, mode="lines", line=look, hoverinfo="skip")


def _words(figure: Drawing, dot: Dot, y: int, narrow: bool) -> None:
    """Beside the mark, or above it on the card's own colour (board.css)."""
    numbers = f"{dot.said}, {size(dot.n)}" if dot.known else dot.said
    at = {"xref": "paper", "y": y, "yanchor": "middle", "align": "left"}
    if narrow:
        above = {"x": 0, "xanchor": "left", "yshift": 30, "bgcolor": "#fff"}
        figure.add_annotation(text=f"<b>{dot.label}</b><br>{numbers}", **above, **at)
        return
    figure.add_annotation(**{**at, "text": dot.label, "x": 0, "xanchor": "right", "xshift": -12, "align": "right"})
    figure.add_annotation(text=numbers, x=1, xanchor="left", xshift=12, **at)


def _marks(figure: Drawing, at: Sequence[int], dots: Sequence[Dot], *, upright: bool) -> None:
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
        cliponaxis=False,
        **place,
    )


def _reach(dots: Sequence[Dot], line: float | None) -> float:
    ends = [wilson(dot.k, dot.n)[1] for dot in dots if dot.known]
    return min(1.0, 1.08 * max([0.05, line or 0.0, *ends]))
