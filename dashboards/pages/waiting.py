"""Who waits because something is missing, and what should be done about it?"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboards.context import board, only_with_people, showing
from dashboards.grid import grid
from dashboards.kit import frame
from dashboards.kit.choices import Choice
from dashboards.kit.format import count, day
from dashboards.kit.parts import card, pick
from dashboards.kit.said import t
from dashboards.words import held_words
from opportune.store.board import WaitingPerson, WaitingReason, waiting, waiting_people

PATH = "/waiting"
NAME = "waiting.name"
COLUMNS = (
    {"field": "name", "minWidth": 150, "flex": 2},
    {"field": "company", "minWidth": 130, "flex": 2},
    {"field": "held", "minWidth": 170, "flex": 2},
    {"field": "country", "width": 110},
    {"field": "phone", "minWidth": 160, "flex": 1},
    {"field": "email", "minWidth": 200, "flex": 3},
    {"field": "source", "minWidth": 120, "flex": 1},
    {"field": "since", "width": 150},
)
#: What mends it, by what the reason speaks of.
MENDS = {"an address": "address", "zone": "zone", "law": "law"}


def layout(reason: str = "", **_address: str) -> html.Div:
    reasons = waiting(board().db)
    if not reasons:
        blocks = [frame.nothing(t("waiting.nobody"), t("waiting.nobody_note"))]
        return frame.page(NAME, Choice(), sheet=blocks, with_filters=False, without_decisions=True)
    options = [(row.held, f"{_begun(held_words(row.held))} ({count(row.people)})") for row in reasons]
    chosen = pick("waiting-reason", t("waiting.reason"), [("", t("waiting.every")), *options], reason)
    columns = [{**column, "headerName": t(f"waiting.head.{column['field']}")} for column in COLUMNS]
    blocks = [
        html.Div([_reason(row) for row in reasons], className="reasons"),
        html.Div(
            [chosen, html.P(id="waiting-count", className="count", **{"aria-live": "polite"})], className="choices"
        ),
        grid("waiting", columns, t("waiting.list")),
        dcc.Store(id="waiting-link"),
    ]
    return frame.page(NAME, Choice(), sheet=blocks, with_filters=False, without_decisions=True)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _reason(row: WaitingReason) -> dmc.Paper:
    so_many = t("waiting.since", people=t("common.people", n=row.people), day=day(row.oldest))
    return card(
        html.H2(t("common.held.by", held=held_words(row.held))),
        html.P(so_many, className="definition"),
        html.P([html.Strong(t("waiting.do")), remedy(row.held)]),
    )


def remedy(held: str) -> str:
    """What to do about a reason."""
    return t(f"waiting.mend.{next((what for word, what in MENDS.items() if word in held.lower()), 'other')}")


def serve_rows(request: dict[str, Any] | None, reason: str | None) -> tuple[dict[str, Any], str]:
    if request is None:
        raise PreventUpdate
    only_with_people()
    rows, total = waiting_people(board().db, start=request["startRow"], end=request["endRow"], reason=reason or None)
    showing("waiting", [row.id for row in rows])
    return {"rowData": [_cells(row) for row in rows], "rowCount": total}, t("waiting.wait", n=total)


def _cells(row: WaitingPerson) -> dict[str, Any]:
    known = {name: getattr(row, name) or "" for name in ("name", "company", "country", "phone", "email", "source")}
    return {"id": f"{row.id} {row.held}", **known, "held": held_words(row.held), "since": day(row.since)}


def register(app: Dash) -> None:
    app.callback(
        Output("waiting", "getRowsResponse"),
        Output("waiting-count", "children"),
        Input("waiting", "getRowsRequest"),
        State("waiting-reason", "value"),
    )(serve_rows)
    app.clientside_callback(
        ClientsideFunction("board", "refetchWaiting"),
        Output("waiting-link", "data"),
        Input("waiting-reason", "value"),
        prevent_initial_call=True,
    )
