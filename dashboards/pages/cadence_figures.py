"""How does a cadence look: curves that fall in steps, each with its band? Pure functions of steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dashboards.dots import GRID, Dot, columns, layout
from dashboards.figures import COLOURS, GREY
from dashboards.kit.format import percent, size, span
from dashboards.kit.said import t
from opportune.statistics import Step

REACHED, NO = COLOURS["call"], "#C2255C"
SPAN = 12  # days of a cadence (B2)
HEIGHT = 300


def open_curve(steps: Sequence[Step], of: str, *, line: float | None = None) -> go.Figure:
    """Share not yet reached; it begins with everybody."""
    figure = _empty(of)
    _curve(figure, steps, 1.0, REACHED, "")
    if line is not None:
        figure.add_vline(x=line, line={"color": GREY, "width": 1.5, "dash": "dash"})
    return figure.update_yaxes(range=[0, 1.02])


def ends(reached: Sequence[Step], no: Sequence[Step]) -> go.Figure:
    """Both ways in which waiting ends, from nobody on; each is named at its end."""
    figure = _empty("attempt", right=8)
    for steps, colour, name in ((reached, REACHED, "reached"), (no, NO, "no")):
        said = t(f"cadence.end.{name}")
        _curve(figure, steps, 0.0, colour, f"{said}: ")
        if steps:
            at = {"x": steps[-1].time, "y": steps[-1].high, "xanchor": "right", "yanchor": "bottom", "yshift": 3}
            text = f"<b>{said}</b> {percent(steps[-1].share)}"
            figure.add_annotation(text=text, showarrow=False, font={"size": 13}, **at)
    top = max([0.05, *(step.high for step in (*reached, *no))])
    return figure.update_yaxes(range=[0, min(1.06, 1.15 * top)])


def hazards(steps: Sequence[Step]) -> go.Figure:
    """A bar for each attempt, with its interval; what too few got is left out."""
    dots = [Dot(f"{step.time:g}", step.events, step.at_risk, REACHED) for step in steps]
    figure = columns(dots, height=HEIGHT)
    known = [(index, dot) for index, dot in enumerate(dots) if dot.known]
    figure.add_bar(
        x=[index for index, _ in known], y=[dot.k / dot.n for _, dot in known], width=0.7, hoverinfo="skip",
        marker={"color": REACHED, "opacity": 0.3, "line_width": 0}, showlegend=False,
    )  # fmt: skip
    return figure.update_xaxes(title={"text": t("cadence.axis.attempt"), "standoff": 4})


def _empty(of: str, right: int = 8) -> go.Figure:
    figure = go.Figure(layout=layout(HEIGHT, 44, right, 44, 10))
    figure.update_yaxes(tickformat=".0%", nticks=6, **GRID)
    title = {"text": t(f"cadence.axis.{of}"), "standoff": 4}
    return figure.update_xaxes(
        title=title, rangemode="tozero", showgrid=False, fixedrange=True, dtick=1 if of == "attempt" else 4
    )


def _curve(figure: go.Figure, steps: Sequence[Step], start: float, colour: str, said: str) -> None:
    """The band first, so that the line stands on it. Nobody waited for: the curve ends."""
    steps = [step for step in steps if step.at_risk]
    before = [] if steps and steps[0].time == 0 else [0.0]
    times = [*before, *(step.time for step in steps)]
    first = [start] * len(before)
    band: dict[str, Any] = {
        "mode": "lines",
        "line": {"width": 0, "shape": "hv"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    figure.add_scatter(x=times, y=[*first, *(step.high for step in steps)], **band)
    figure.add_scatter(
        x=times, y=[*first, *(step.low for step in steps)], fill="tonexty", fillcolor=_pale(colour), **band
    )
    figure.add_scatter(
        x=times, y=[*first, *(step.share for step in steps)], mode="lines",
        line={"color": colour, "width": 2.5, "shape": "hv"}, showlegend=False,
        text=[*("" for _ in before), *(said + _told(step) for step in steps)],
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip


def _told(step: Step) -> str:
    return f"{step.time:g}: {percent(step.share)} ({span(step.low, step.high)}), {size(step.at_risk)}"


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
