"""What worked, and how sure are we? Opens with its verdict in a sentence."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.exceptions import PreventUpdate

from dashboards import figures
from dashboards.choices import FUNNEL_DEFINITION, PERIODS, STAGE_DEFINITIONS, Choice, choice
from dashboards.context import Board, board
from dashboards.pages import overview_body as body
from dashboards.parts import chart, heading, nothing, pick
from dashboards.words import GOALS, utc
from opportune.rules.facts import Instant
from opportune.store.board import campaigns, comparison, freshness, funnel, headline, weekly

PATH = "/"
NAME = "overview.name"
COMPARED = (
    "Share with the goal met, call first minus email first, in points, with its 95 % Newcombe interval. Where a toss "
    "chose, the channel made the difference; where the rules chose, mostly whom they chose."
)
WEEKLY = (
    "People by the week (UTC, from Monday) of their first decision. "
    "Hatched: still maturing, not in any share on this page."
)


def layout(**address: str) -> html.Div:
    here = board()
    known = campaigns(here.db)
    newest = freshness(here.db).at
    if newest is None:
        return html.Div([heading("Overview", "Call or write: what worked"), _empty()])
    chosen = choice(**address)
    return html.Div(
        [
            heading("Overview", f"Data until {utc(newest)}"),
            _choices(chosen, [(key, name) for key, name, _ in known]),
            html.Section(body.waiting_verdict(), id="verdict", className="verdict", **{"aria-live": "polite"}),
            html.Div(body.waiting_kpis(), id="kpis", className="kpis"),
            html.Div(_charts(here, chosen), className="charts"),
            dcc.Store(id="overview-link"),
        ]
    )


def _empty() -> dmc.Paper:
    return nothing(
        "Nothing here yet",
        "No decision has been taken in this database. Bring people in and switch a campaign on:",
        html.Pre("opportune import contacts.csv --country MD\nopportune campaign activate campaign.yaml"),
        "or look at a practice run first:",
        html.Pre("opportune practice --days 42"),
    )


def _choices(chosen: Choice, known: list[tuple[str, str]]) -> html.Div:
    periods = [{"value": key, "label": name} for key, (_, name) in PERIODS.items()]
    return html.Div(
        [
            pick("campaign", "Campaign", [("", "All campaigns"), *known], chosen.campaign or ""),
            pick("goal", "Goal", [("", "All goals"), *GOALS.items()], chosen.goal or ""),
            dmc.SegmentedControl(id="period", data=periods, value=chosen.period, **{"aria-label": "Period"}),
        ],
        className="choices",
    )


def _charts(here: Board, chosen: Choice) -> list[Any]:
    csv = f"{here.link('funnel.csv')}?{chosen.query}"
    return [
        chart(
            "funnel",
            "How far people got",
            FUNNEL_DEFINITION,
            figures.blank(figures.WIDE.height),
            key=True,
            csv=csv,
            below=STAGE_DEFINITIONS,
        ),
        chart("difference", "Call first or email first?", COMPARED, figures.blank(240)),
        chart("weekly", "People by week", WEEKLY, figures.blank(240), key=True),
    ]


def draw(campaign: str | None, goal: str | None, period: str, look: dict[str, Any] | None) -> tuple[Any, ...]:
    """Everything on the page that depends on the choices, from one reading of the database's numbers."""
    if look is None:
        raise PreventUpdate
    here, chosen = board(), choice(campaign or "", goal or "", period)
    now: Instant = here.clock()
    filters = chosen.filters(now)
    numbers, stages, weeks = (
        headline(here.db, now, **filters),
        funnel(here.db, now, **filters),
        weekly(here.db, now, **filters),
    )
    sample, raw = (comparison(here.db, now, sample=which, **filters) for which in (True, False))
    narrow = bool(look.get("narrow"))
    return (
        body.verdict_of(numbers, sample),
        body.kpis(numbers, sample),
        figures.funnel(stages, narrow=narrow) if numbers.over else figures.blank(figures.WIDE.height),
        body.funnel_key(stages),
        body.funnel_table(stages),
        f"{here.link('funnel.csv')}?{chosen.query}",
        figures.difference(sample, raw),
        body.difference_table(sample, raw),
        figures.weekly(weeks),
        body.weekly_table(weeks),
    )


def register(app: Dash) -> None:
    chosen = [Input("campaign", "value"), Input("goal", "value"), Input("period", "value")]
    app.callback(
        Output("verdict", "children"),
        Output("kpis", "children"),
        Output("funnel", "figure"),
        Output("funnel-key", "children"),
        Output("funnel-table", "children"),
        Output("funnel-csv", "href"),
        Output("difference", "figure"),
        Output("difference-table", "children"),
        Output("weekly", "figure"),
        Output("weekly-table", "children"),
        *chosen,
        Input("look", "data"),
    )(draw)
    app.clientside_callback(ClientsideFunction("board", "keep"), Output("overview-link", "data"), *chosen)
