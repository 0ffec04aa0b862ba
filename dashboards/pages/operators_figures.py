"""How does a funnel plot look? Each colleague at the number of their talks; the wedge is what chance explains."""

from __future__ import annotations

from typing import Any

from dashboards.dots import shares
from dashboards.drawing import GRID, Drawing
from dashboards.figures import ACCENT, GREY
from dashboards.kit.format import percent, size, span
from dashboards.kit.said import t
from opportune.statistics import wilson
from opportune.statistics.control import ALARM, WARN, limits
from opportune.store.board.operators import Team

SHOWN, ENOUGH = 30, 50  # talks: below, no share is told; below, nobody is compared
STEPS = 60


def funnel(told: Team) -> Drawing:
    shown = [each for each in told.colleagues if each.talks >= SHOWN]
    most = 1.08 * max(each.talks for each in shown)
    figure = Drawing(340, 50, 8, 44, 10)
    for z, dash in ((WARN, "dot"), (ALARM, "dash")):
        _wedge(figure, told.share, most, z, dash)
    figure.add_hline(y=told.share, line={"color": GREY, "width": 1.5})
    figure.add_scatter(
        x=[each.talks for each in shown],
        y=[each.goals / each.talks for each in shown],
        text=[each.name for each in shown],
        hovertext=[f"{each.name}: {_told(each.goals, each.talks)}" for each in shown],
        hovertemplate="%{hovertext}<extra></extra>",
        mode="markers+text",
        textposition="top center",
        marker={"color": [ACCENT if each.talks >= ENOUGH else GREY for each in shown], "size": 11},
        cliponaxis=False,
    )
    top = 1.15 * max([0.05, *(wilson(each.goals, each.talks)[1] for each in shown)])
    title: dict[str, Any] = {"text": t("operators.axis"), "standoff": 4, "font": {"size": 13}}
    figure.update_xaxes(range=[0, most], title=title, showgrid=False)
    return figure.update_yaxes(**shares(min(1.0, top)), **GRID)


def _wedge(figure: Drawing, share: float, most: float, z: float, dash: str) -> None:
    ns = [SHOWN / 2 + (most - SHOWN / 2) * step / STEPS for step in range(STEPS + 1)]
    for edge in (0, 1):
        ys = [limits(share, n, z)[edge] for n in ns]
        line = {"color": GREY, "width": 1.2, "dash": dash}
        figure.add_scatter(x=ns, y=ys, mode="lines", line=line, hoverinfo="skip")


def _told(k: int, n: int) -> str:
    return f"{percent(k / n)} ({span(*wilson(k, n))}), {size(n)}"
