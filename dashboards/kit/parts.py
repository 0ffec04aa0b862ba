"""Which building blocks do the pages share, below the frame?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboards.kit.said import t, word

MARKS = {"call": "●", "email": "◆"}


def card(*children: Any, name: str = "", id: str = "") -> dmc.Paper:
    more = {"id": id} if id else {}
    return dmc.Paper([*children], withBorder=True, radius="md", className=f"card {name}".strip(), **more)


def heading(title: str, subtitle: Any) -> html.Div:
    return html.Div([html.H1(title), html.P(subtitle, className="subtitle")], className="heading")


def kpis(*them: dmc.Paper) -> html.Div:
    return html.Div([*them], className="kpis")


def kpi(label: str, value: str, note: str) -> dmc.Paper:
    """One figure with what it means; its note says the denominator."""
    return card(
        html.Div(label, className="kpi-label"),
        html.Div(value, className="kpi-value"),
        html.Div(note, className="kpi-note"),
        name="kpi",
    )


def key(notes: Iterable[tuple[str, str]] = (("call", ""), ("email", ""))) -> html.Div:
    """Whose colour and shape is it? (channel, note) each; the note may carry its denominator."""
    return html.Div([_entry(channel, note) for channel, note in notes], className="key")


def _entry(channel: str, note: str) -> html.Span:
    mark = html.Span(MARKS[channel], className=f"mark {channel}", **{"aria-hidden": "true"})
    return html.Span([mark, f" {word('first', channel)}{note}"])


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], caption: str = "") -> html.Div:
    """Numbers as a table that scrolls sideways on its own; the first column names its row."""
    body = [html.Tr([html.Th(row[0], scope="row"), *map(html.Td, row[1:])]) for row in rows]
    parts = [html.Thead(html.Tr([html.Th(name, scope="col") for name in head])), html.Tbody(body)]
    said = [html.Caption(caption)] if caption else []
    look = {"tabIndex": "0", "role": "region", "aria-label": caption or " · ".join(head)}
    return html.Div(html.Table([*said, *parts], className="numbers"), className="table-scroll", **look)


def pick(name: str, label: str, options: Iterable[tuple[str, str]], value: str) -> dmc.Select:
    """A choice; the option "" is everything. A value that is no option (an old address) means everything too."""
    data = [{"value": key, "label": said} for key, said in options]
    chosen = value if value in [option["value"] for option in data] else ""
    more = {"aria-label": label, "searchable": len(data) > 8, "nothingFoundMessage": t("common.none_found")}
    return dmc.Select(id=name, data=data, value=chosen, allowDeselect=False, className="pick", **more)
