"""What stands on every page, and in which order? Its name, how new the data is, what was chosen, the verdict in a
sentence, and then at most four charts, each with its definition, its table and its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboards.context import board
from dashboards.drawing import Drawing
from dashboards.kit import export
from dashboards.kit.choices import Choice, query
from dashboards.kit.filters import filters
from dashboards.kit.format import size, stamp
from dashboards.kit.language import language
from dashboards.kit.parts import card, heading, table
from dashboards.kit.said import known, t
from opportune.store.board import freshness


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said before any number, and what to do next."""

    sentence: str
    next: str = ""
    tone: str = "quiet"  # quiet | clear | alarm


def page(
    name: str,
    chosen: Choice,
    *,
    verdict: Verdict | None = None,
    blocks: Iterable[Any] = (),
    sheet: Iterable[Any] = (),
    with_filters: bool = True,
    without_decisions: bool = False,
) -> html.Div:
    """A page: `blocks` are charts and whatever else, in reading order, two beside each other; `sheet` stands across the
    whole page. Until something was decided it says what to do, unless the page has something to say even then."""
    newest = freshness(board().db).at
    subtitle = f"{name.removesuffix('.name')}.subtitle"
    about = [t(subtitle)] if known(subtitle) else []
    about += [t("common.data_until", at=stamp(newest))] if newest else []
    title = heading(t(name), " · ".join(about))
    if newest is None and not without_decisions:
        return html.Div([title, empty()])
    opening = [said(verdict)] if verdict else []
    body = html.Div([*opening, html.Div([*blocks], className="charts"), *sheet], id="body")
    return html.Div([title, *([filters(chosen)] if with_filters else []), body])


def said(it: Verdict) -> html.Section:
    """The sentence that stands before every number; it is read aloud when it changes."""
    more = [html.P([html.Strong(f"{t('common.next')} "), it.next], className="verdict-next")] if it.next else []
    sentence = html.P(it.sentence, className=f"verdict-sentence {it.tone}")
    return html.Section([sentence, *more], id="verdict", className="verdict", **{"aria-live": "polite"})


def chart(
    name: str,
    title: str,
    definition: str,
    figure: Drawing | None,
    *,
    subtitle: str = "",
    table: Sequence[str] = (),
    rows: Sequence[Sequence[Any]] = (),
    n: int | None = None,
    key: Any = None,
    below: str = "",
    wide: bool = False,
) -> dmc.Paper:
    """A chart with its denominator under the title, its definition behind a question mark, and its table twin
    (`table`: the heads; `rows`: as shown). `figure=None`: there is too little to draw, and `below` says why."""
    denominator = " · ".join(filter(None, [subtitle, size(n) if n is not None else ""]))
    twin = [_twin(title, table, rows)] if rows else []
    return card(
        html.Div([html.H2(title), html.Div(_tools(name, definition), className="tools")], className="card-title"),
        *([html.P(denominator, className="definition")] if denominator else []),
        *([key] if key is not None else []),
        *([_graph(name, title, figure)] if figure is not None else []),
        *([html.P(below, className="definition")] if below else []),
        *twin,
        name="chart wide" if wide else "chart",
        id=f"{name}-card",
    )


def _tools(name: str, definition: str) -> list[Any]:
    """What can be done with a chart: read its definition, link to it, take its numbers along."""
    what = html.Details(
        [html.Summary("?", **{"aria-label": t("common.definition")}), html.P(definition)], className="define"
    )
    link = html.A("#", href=f"#{name}-card", className="quiet-link", **{"aria-label": t("common.link")})
    asked = f"?{query()}" if query() else ""
    file = html.A("CSV", id=f"{name}-csv", href=board().link(f"csv/{name}.csv{asked}"), className="quiet-link")
    return [what, link, *([file] if name in export.FILES else [])]


def _graph(name: str, title: str, figure: Drawing) -> html.Div:
    config = {
        "displaylogo": False,
        "displayModeBar": "hover",
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"scale": 2, "filename": f"opportune-{name}"},
        "responsive": True,
        "locale": language(),
    }
    look = {"style": {"height": figure.layout["height"]}, "responsive": True}
    return html.Div(dcc.Graph(id=name, figure=figure, config=config, **look), role="figure", **{"aria-label": title})


def _twin(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> html.Details:
    return html.Details([html.Summary(t("common.table")), table(head, rows, title)], className="twin")


def nothing(title: str, *what_to_do: Any) -> dmc.Paper:
    """An empty page, or an empty place on one, says what to do next."""
    return card(html.H2(title), html.Div([*what_to_do]), name="nothing")


def empty() -> dmc.Paper:
    return nothing(
        t("common.empty"),
        t("common.empty_import"),
        html.Pre("opportune import contacts.csv --country MD\nopportune campaign activate campaign.yaml"),
        t("common.empty_practice"),
        html.Pre("opportune practice --days 42"),
    )


def closed() -> dmc.Paper:
    """For a reader who may not see people."""
    return nothing(t("common.closed"), t("common.closed_next"))
