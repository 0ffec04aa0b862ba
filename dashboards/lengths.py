"""How are lengths of time drawn? From the middle one (filled mark) to the one that nearly all are below (open mark)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from dashboards.drawing import GRID, Drawing
from dashboards.figures import ACCENT, GREY
from dashboards.kit.format import duration

SCALE = (1, 10, 60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400)  # seconds, marks of a logarithmic axis
ROW, NARROW_ROW = 52, 70  # pixels


@dataclass(frozen=True, slots=True)
class Length:
    """In seconds. `note` stands behind the two: how many they speak of."""

    label: str
    middle: float
    most: float
    note: str = ""

    @property
    def said(self) -> str:
        return f"{duration(self.middle)} – {duration(self.most)}"


def lengths(rows: Sequence[Length], *, narrow: bool = False) -> Drawing:
    """One under the other, each under its words, on an axis that shows seconds and days alike."""
    figure = Drawing((NARROW_ROW if narrow else ROW) * len(rows) + 40, 14, 26)
    for place, row in enumerate(rows):
        figure.add_scatter(
            x=[max(1.0, row.middle), max(1.0, row.most)],
            y=[-place, -place],
            mode="lines+markers",
            line={"color": GREY, "width": 2},
            marker={"size": 12, "color": [ACCENT, "rgba(0,0,0,0)"], "line": {"color": ACCENT, "width": 2}},
            hovertemplate=f"{row.label}: {row.said}<extra></extra>",
            cliponaxis=False,
        )
        where = {
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": -place,
            "yshift": 28 if narrow else 20,
            "align": "left",
        }
        apart = "<br>" if narrow else "  "
        text = f"<b>{row.label}</b>{apart}{row.said}{f', {row.note}' if row.note else ''}"
        figure.add_annotation(text=text, **where)
    figure.update_yaxes(range=[0.5 - len(rows), 0.75], visible=False)
    top = max([10.0, *(row.most for row in rows)])
    least = max(1.0, min([top, *(row.middle for row in rows)]) / 4)
    marks = [mark for mark in SCALE if least <= mark <= 1.2 * top]
    ticks = {"tickvals": marks, "ticktext": [duration(mark) for mark in marks]}
    return figure.update_xaxes(type="log", range=[log10(least) - 0.08, log10(1.5 * top)], **ticks, **GRID)
