"""What is a chart until a browser draws it? A plain dictionary in plotly's own words.

Plotly's objects look up each word again, which cost a page a third of its time; our tests ask them, once, whether every
word of every chart is theirs. Colours of text and lines that follow the theme are in board.css.
"""

from __future__ import annotations

from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
#: Nothing to drag, no line of its own, and room for the words at its ticks.
_AXIS: dict[str, Any] = {"fixedrange": True, "automargin": True, "zeroline": False, "ticks": ""}
GRID: dict[str, Any] = {"showline": False, "gridcolor": "#ced4da"}
#: Words at the ticks keep clear of the corner.
APART: dict[str, Any] = {"ticks": "outside", "ticklen": 5, "tickcolor": "rgba(0,0,0,0)", "tickangle": 0}
_LAYOUT: dict[str, Any] = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "dragmode": False,
    "showlegend": False,
    "hovermode": "closest",
    "hoverlabel": {"align": "left"},
    "font": {"family": FONT, "size": 13, "color": "#2a3f5f"},
}


class Drawing(dict[str, Any]):
    """`more`: further words of the layout. The `add` verbs take a trace, a note or a line as plotly names its parts."""

    def __init__(self, height: int, left: int = 0, right: int = 0, bottom: int = 26, top: int = 4, **more: Any) -> None:
        margin = {"l": left, "r": right, "t": top, "b": bottom, "pad": 0}
        axes = {"xaxis": dict(_AXIS), "yaxis": dict(_AXIS)}
        rest = {"height": height, "margin": margin, **axes, "annotations": [], "shapes": [], **more}
        super().__init__(data=[], layout={**_LAYOUT, **rest})

    @property
    def layout(self) -> dict[str, Any]:
        found: dict[str, Any] = self["layout"]
        return found

    def add_bar(self, **trace: Any) -> None:
        self["data"].append({"type": "bar", **trace})

    def add_scatter(self, **trace: Any) -> None:
        self["data"].append({"type": "scatter", **trace})

    def add_heatmap(self, **trace: Any) -> None:
        self["data"].append({"type": "heatmap", **trace})

    def add_annotation(self, **note: Any) -> None:
        self.layout["annotations"].append({"showarrow": False, "font": {"size": 13}, **note})

    def add_vline(self, x: float, line: dict[str, Any], **more: Any) -> None:
        self._add_line({"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain"}, line, more)

    def add_hline(self, y: float, line: dict[str, Any], **more: Any) -> None:
        self._add_line({"x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y}, line, more)

    def _add_line(self, ends: dict[str, Any], line: dict[str, Any], more: dict[str, Any]) -> None:
        self.layout["shapes"].append({"type": "line", **ends, "line": line, **more})

    def update_xaxes(self, **words: Any) -> Drawing:
        self.layout["xaxis"] |= words
        return self

    def update_yaxes(self, **words: Any) -> Drawing:
        self.layout["yaxis"] |= words
        return self
