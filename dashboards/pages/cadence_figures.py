"""How does a cadence look: curves that fall in steps, each with its band? Pure functions of steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards.dots import HIDDEN, Dot, columns, shares
from dashboards.drawing import GRID, Drawing
from dashboards.figures import COLOURS, GREY
from dashboards.kit.format import percent, size, span
from dashboards.kit.said import t
from opportune.statistics import Step

REACHED, NO = COLOURS["call"], "#C2255C"
SPAN = 12  # days of a cadence (B2)
HEIGHT = 300


def open_curve(steps: Sequence[Step], of: str, *, line: float | None = None) -> Drawing:
    """Share not yet reached; it begins with everybody."""
    figure = _empty(of)
    _curve(figure, steps, 1.0, REACHED, "")
    if line is not None:
        figure.add_vline(x=line, line={"color": GREY, "width": 1.5, "dash": "dash"})
    return figure.update_yaxes(**shares(1.02), **GRID)


def ends(reached: Sequence[Step], no: Sequence[Step]) -> Drawing:
    """Both ways in which waiting ends, from nobody on; each is named at its end."""
    figure = _empty("attempt")
    for steps, colour, name in ((reached, REACHED, "reached"), (no, NO, "no")):
        said = t(f"cadence.end.{name}")
        _curve(figure, steps, 0.0, colour, f"{said}: ")
        for step in _known(steps)[-1:]:
            at = {"x": step.time + 0.7, "y": step.high, "xanchor": "right", "yanchor": "bottom", "yshift": 3}
            text = f"<b>{said}</b> {percent(step.share)}"
            figure.add_annotation(text=text, **at)
    top = max([0.05, *(step.high for step in (*_known(reached), *_known(no)))])
    return figure.update_yaxes(**shares(min(1.06, 1.15 * top)), **GRID)


def hazards(steps: Sequence[Step]) -> Drawing:
    """A bar for each attempt, with its interval; what too few got is left out."""
    dots = [Dot(f"{step.time:g}", step.events, step.at_risk, REACHED) for step in steps if step.at_risk]
    figure = columns(dots, height=HEIGHT)
    known = [(index, dot) for index, dot in enumerate(dots) if dot.known]
    figure.add_bar(
        x=[index for index, _ in known], y=[dot.k / dot.n for _, dot in known], width=0.7, hoverinfo="skip",
        marker={"color": REACHED, "opacity": 0.3, "line": {"width": 0}},
    )  # fmt: skip
    return figure.update_xaxes(**_axis("attempt"))


def _empty(of: str) -> Drawing:
    figure = Drawing(HEIGHT, 50, 8, 44, 10)
    bare = {"showgrid": False, "tickangle": 0}
    return figure.update_xaxes(**_axis(of), **bare, dtick=1 if of == "attempt" else 4)


def _axis(of: str) -> dict[str, Any]:
    return {"title": {"text": t(f"cadence.axis.{of}"), "standoff": 4, "font": {"size": 13}}}


def _curve(figure: Drawing, steps: Sequence[Step], start: float, colour: str, said: str) -> None:
    """The band first, so that the line stands on it. It ends where too few are waited for to go on."""
    steps = _known(steps)
    times = [0.0, *(step.time for step in steps), *(step.time + 0.7 for step in steps[-1:])]

    def line(of: str) -> list[float]:
        return [start, *(getattr(step, of) for step in (*steps, *steps[-1:]))]

    edge: dict[str, Any] = {"mode": "lines", "hoverinfo": "skip", "line": {"width": 0, "shape": "hv"}}
    figure.add_scatter(x=times, y=line("high"), **edge)
    figure.add_scatter(x=times, y=line("low"), fill="tonexty", fillcolor=_pale(colour), **edge)
    hover = ["", *(said + _told(step) for step in (*steps, *steps[-1:]))]
    look = {"line": {"color": colour, "width": 2.5, "shape": "hv"}, "hovertemplate": "%{text}<extra></extra>"}
    figure.add_scatter(x=times, y=line("share"), text=hover, mode="lines", **look)


def _known(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.at_risk >= HIDDEN]


def _told(step: Step) -> str:
    return f"{step.time:g}: {percent(step.share)} ({span(step.low, step.high)}), {size(step.at_risk)}"


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
