"""What do the charts of the compliance page look like? Pure functions of rows."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.dots import LABELS, NARROW_ROW
from dashboards.drawing import GRID, Drawing
from dashboards.figures import ACCENT, GREY
from dashboards.kit.format import count, decimal
from dashboards.kit.said import t
from opportune.store.board.permissions import AGES
from opportune.store.board.refused import OptOuts

FADED = {"month": 1.0, "year": 0.6, "older": 0.3}


def rates(rows: Sequence[tuple[str, OptOuts]], *, narrow: bool = False) -> Drawing:
    """Opt-outs per 1,000 contact attempts, each under its name; all together first and in the accent colour."""
    figure = Drawing(NARROW_ROW * len(rows) + 30, 14, 22)
    for place, (name, row) in enumerate(rows):
        rate, (low, high) = row.rate or 0.0, row.interval
        numbers = {"rate": decimal(rate), "low": decimal(low), "high": decimal(high)}
        said = t("compliance.per_thousand", k=row.people, n=row.attempts, **numbers)
        sure = {"array": [high - rate], "arrayminus": [rate - low], "symmetric": False}
        figure.add_scatter(
            x=[rate],
            y=[-place],
            mode="markers",
            marker={"size": 11, "color": GREY if row.campaign else ACCENT},
            error_x={**sure, "color": GREY, "thickness": 1.6, "width": 4},
            hovertemplate=f"{name}: {said}<extra></extra>",
            cliponaxis=False,
        )
        where = {"x": 0, "xref": "paper", "xanchor": "left", "y": -place, "align": "left"}
        where["yshift"] = 30 if narrow else 22
        figure.add_annotation(text=f"<b>{name}</b>{'<br>' if narrow else '  '}{said}", **where)
    figure.update_yaxes(range=[0.5 - len(rows), 0.75], visible=False)
    most = max((row.interval[1] for _, row in rows), default=1.0)
    return figure.update_xaxes(range=[0, 1.05 * most], nticks=6, **GRID)


def noes(rows: Sequence[tuple[str, dict[str, int]]]) -> Drawing:
    """People of each reason, the newest noes the darkest."""
    figure = Drawing(36 * len(rows) + 40, LABELS, 50, 30, barmode="stack")
    places = [-place for place in range(len(rows))]
    for age in (*AGES, "older"):
        figure.add_bar(
            orientation="h",
            x=[ages[age] for _, ages in rows],
            y=places,
            width=0.6,
            marker={"color": ACCENT, "opacity": FADED[age], "line": {"width": 0}},
            hovertemplate=f"{t(f'compliance.age.{age}')}: %{{x}}<extra></extra>",
        )
    for place, (_, ages) in zip(places, rows, strict=True):
        total = sum(ages.values())
        where = {"x": total, "y": place, "xanchor": "left", "xshift": 6}
        figure.add_annotation(text=count(total), font={"size": 12}, **where)
    names = {"tickvals": places, "ticktext": [name for name, _ in rows]}
    figure.update_yaxes(showgrid=False, **names)
    return figure.update_xaxes(visible=False, rangemode="tozero")
