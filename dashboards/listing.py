"""How does a list stand on a page, where there is nothing to draw? Open, with a definition and a file like a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboards.kit import frame, parts
from dashboards.kit.said import t


def listing(
    name: str,
    title: str,
    definition: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    subtitle: str = "",
    nothing: str = "",
    wide: bool = False,
) -> dmc.Paper:
    """`nothing`: what to say of an empty list."""
    inside = _table(heads, rows, title) if rows else html.P(nothing, className="definition")
    return frame.chart(
        name, title, definition, None, subtitle=subtitle, key=html.Div(inside, id=f"{name}-rows"), wide=wide
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]], title: str) -> html.Div:
    """The title stands above it already; it stays the name of the table for who cannot see it."""
    table = parts.table(heads, rows, title)
    table.children.children = [part for part in table.children.children if not isinstance(part, html.Caption)]
    return table


def with_twin(card: dmc.Paper, name: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], note: str) -> dmc.Paper:
    """A chart whose table and note can be renewed while somebody reads them: they stay as they were opened."""
    table = html.Div(_table(heads, rows, t("common.table")), id=f"{name}-rows")
    card.children.append(html.P(note, id=f"{name}-note", className="definition"))
    card.children.append(html.Details([html.Summary(t("common.table")), table], className="twin"))
    return card


def prose(text: str) -> html.Span:
    """A sentence in a cell: it may take several lines."""
    look = {"whiteSpace": "normal", "display": "inline-block", "minWidth": 220, "maxWidth": 560, "textAlign": "left"}
    return html.Span(text, style={**look, "overflowWrap": "anywhere"})


def strip(*them: dmc.Paper) -> html.Div:
    """Figures side by side, as many as there are, in as many rows as they need."""
    row = parts.kpis(*them)
    row.style = {"gridTemplateColumns": "repeat(auto-fit, minmax(150px, 1fr))"}
    return row
