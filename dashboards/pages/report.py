"""What became of a campaign, on paper? The overview of one campaign without anything to click, for the printer."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from dashboards.context import Board, board
from dashboards.kit import frame, parts
from dashboards.kit.choices import Choice, choice
from dashboards.kit.format import stamp
from dashboards.kit.said import t, word
from dashboards.pages import overview_body as body
from dashboards.pages import overview_worked as cuts
from dashboards.pages.channels_verdict import state_of, verdict
from opportune.rules.facts import Instant
from opportune.store.board import benchmarks, campaigns, funnel, headline, weekly
from opportune.store.board.evidence import Evidence, evidence

PATH = "/report"
NAME = "report.name"
DEFINED = ("funnel", "difference", "weekly", "worked", "benchmarks")


def offered() -> bool:
    """It is reached from the overview of its campaign."""
    return False


def layout(**address: str) -> html.Div:
    here, chosen = board(), choice(**address)
    known = {key: (name, goal) for key, name, goal in campaigns(here.db)}
    if chosen.campaign is None:
        links = [html.Li(dcc.Link(name, href=f"?campaign={key}")) for key, (name, _) in known.items()]
        blocks = [frame.nothing(t("report.choose"), html.Ul(links))]
        return frame.page(NAME, chosen, blocks=blocks, with_filters=False)
    name, goal = known[chosen.campaign]
    now = here.clock()
    about = t("report.about", goal=word("goal", goal).lower(), at=stamp(now))
    button = html.Button(t("report.print"), id="report-print", className="print-button")
    top = html.Div([parts.heading(t("report.title", name=name), about), button], className="report-top")
    found = evidence(here.db, now, chosen.filters(now))
    opening = frame.said(verdict(found, state_of(found)))
    blocks = html.Div(_blocks(here, chosen, now, found), className="charts report")
    return html.Div([top, opening, blocks, _defined()])


def _blocks(here: Board, chosen: Choice, now: Instant, found: Evidence) -> list[Any]:
    asked = body.asked(chosen, now)
    numbers = headline(here.db, now, **asked)
    beside = benchmarks.table(here.db, now, chosen.filters(now))
    return [
        body.kpi_strip(numbers, found.drawn, body.meetings(here.db, now, chosen, beside)),
        body.funnel_chart(funnel(here.db, now, **asked), numbers.over),
        body.difference_chart(found),
        body.weekly_chart(weekly(here.db, now, **asked)),
        *cuts.worked_tables(here.db, now, chosen),
        cuts.benchmarks_block(beside),
    ]


def _defined() -> html.Div:
    """On paper no question mark opens: each measure is defined at the end."""
    each = [part for it in DEFINED for part in (html.Dt(t(f"overview.{it}")), html.Dd(t(f"overview.{it}_definition")))]
    return parts.card(html.H2(t("report.definitions")), html.Dl(each), name="defined")


def register(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("board", "print"),
        Output("report-print", "title"),
        Input("report-print", "n_clicks"),
        prevent_initial_call=True,
    )
