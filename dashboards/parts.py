"""Which building blocks do the pages share?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import dcc, html

from dashboards.words import FIRST, MARKS

GRAPH: dict[str, Any] = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "modeBarButtons": [["toImage"]],
    "responsive": True,
    "toImageButtonOptions": {"scale": 2, "filename": "opportune"},
}


def heading(title: str, subtitle: str) -> html.Div:
    return html.Div([html.H1(title), html.P(subtitle, className="subtitle")], className="heading")


def card(*children: Any, name: str = "") -> dmc.Paper:
    return dmc.Paper([*children], withBorder=True, radius="md", className=f"card {name}".strip())


def chart(
    name: str, title: str, definition: str, figure: go.Figure, *, key: bool = False, csv: str = "", below: str = ""
) -> dmc.Paper:
    """A chart with its definition and denominator under the title, its key, and its table twin below."""
    shape = dcc.Graph(id=name, figure=figure, config=GRAPH, responsive=True, style={"height": figure.layout.height})
    link = [html.A("CSV", id=f"{name}-csv", href=csv, className="quiet-link")] if csv else []
    return card(
        html.Div([html.H2(title), *link], className="card-title"),
        html.P(definition, id=f"{name}-definition", className="definition"),
        *([channel_key(f"{name}-key")] if key else []),
        shape,
        *([html.P(below, className="definition")] if below else []),
        html.Details([html.Summary("Table"), html.Div(id=f"{name}-table", className="table-scroll")]),
    )


def channel_key(name: str) -> html.Div:
    return html.Div([key_entry(channel) for channel in FIRST], id=name, className="key")


def key_entry(channel: str, note: str = "") -> html.Span:
    mark = html.Span(MARKS[channel], className=f"mark {channel}", **{"aria-hidden": "true"})
    return html.Span([mark, f" {FIRST[channel]}{note}"])


def table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> dmc.Table:
    """The twin of a chart: the same rows as numbers."""
    data = {"caption": caption, "head": list(head), "body": [list(row) for row in rows]}
    return dmc.Table(data=data, striped=True, withRowBorders=False, horizontalSpacing="xs", className="numbers")


def kpi(label: str, value: str, note: str) -> dmc.Paper:
    return card(
        html.Div(label, className="kpi-label"),
        html.Div(value, className="kpi-value"),
        html.Div(note, className="kpi-note"),
        name="kpi",
    )


def pick(name: str, label: str, options: Iterable[tuple[str, str]], value: str) -> dmc.Select:
    """A choice; the option "" is everything. A value that is no option (an old address) means everything too."""
    data = [{"value": key, "label": said} for key, said in options]
    known = value if value in [option["value"] for option in data] else ""
    more = {"aria-label": label, "searchable": len(data) > 8}
    return dmc.Select(id=name, data=data, value=known, allowDeselect=False, className="pick", **more)


def nothing(title: str, *what_to_do: Any) -> dmc.Paper:
    """An empty page says what to do next."""
    return card(html.H2(title), html.P([*what_to_do]), name="nothing")
