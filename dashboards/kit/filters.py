"""How does a reader choose, and how does the page follow? The choices stand in the address; a change asks the page's
`layout` again and puts its new body in place, so that nothing else on the screen moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import dash_mantine_components as dmc
import flask
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from dashboards.context import board, may_open
from dashboards.kit.choices import PERIODS, Choice
from dashboards.kit.format import day
from dashboards.kit.parts import pick
from dashboards.kit.said import t, words
from opportune.store.board import campaigns
from opportune.store.board.choices import versions

NAMES = ("campaign", "version", "goal", "status", "period")


def filters(chosen: Choice) -> html.Div:
    known = [(key, name) for key, name, _ in campaigns(board().db)]
    periods = [{"value": key, "label": t(f"common.period.{key}")} for key in PERIODS]
    look = {"aria-label": t("common.period_label")}
    return html.Div(
        [
            _pick("campaign", [("", t("common.all_campaigns")), *known], chosen.campaign),
            _pick("version", _versions(chosen.campaign), chosen.version),
            _pick("goal", [("", t("common.all_goals")), *words("goal").items()], chosen.goal),
            _pick("status", [("", t("common.all_statuses")), *words("status").items()], chosen.status),
            dmc.SegmentedControl(id="choose-period", data=periods, value=chosen.period, **look),
            dcc.Store(id="look"),
            dcc.Store(id="chosen"),
        ],
        className="choices",
        role="search",
        **{"aria-label": t("common.filters")},
    )


def _pick(name: str, options: Sequence[tuple[str, str]], value: str | None) -> dmc.Select:
    return pick(f"choose-{name}", t(f"common.{name}_label"), options, value or "")


def _versions(campaign: str | None) -> list[tuple[str, str]]:
    """Only a campaign has versions; each is named by its first signs and its day."""
    found = versions(board().db, campaign) if campaign else []
    return [("", t("common.all_versions")), *((str(id), f"{sha[:8]}, {day(at)}") for id, sha, at in found)]


def register(app: Dash, pages: Sequence[ModuleType]) -> None:
    by_path = {page.PATH: page for page in pages}

    def again(*asked: Any) -> tuple[Any, Any, str]:
        """The page's body under the new choices, and the versions of the campaign now chosen."""
        *values, _look, path, search = asked
        page = by_path["/" + str(path).removeprefix(board().prefix).strip("/")]
        address = {**dict(parse_qsl(str(search or "").lstrip("?"))), **dict(zip(NAMES, values, strict=True))}
        address = {name: value for name, value in address.items() if value}
        if not may_open(page.PATH):
            flask.abort(403)
        shown = page.layout(**address)
        body = next(part for part in shown.children if getattr(part, "id", None) == "body")
        options = _versions(address.get("campaign"))
        kept = address.get("version", "") if address.get("version") in dict(options) else ""
        return body.children, [{"value": sha, "label": said} for sha, said in options], kept

    inputs = [Input(f"choose-{name}", "value") for name in NAMES]
    app.callback(
        Output("body", "children"),
        Output("choose-version", "data"),
        Output("choose-version", "value"),
        *inputs,
        Input("look", "data"),
        State("_pages_location", "pathname"),
        State("_pages_location", "search"),
        prevent_initial_call=True,
    )(again)
    app.clientside_callback(
        ClientsideFunction("board", "choose"), Output("chosen", "data"), *inputs, prevent_initial_call=True
    )
