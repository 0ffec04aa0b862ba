"""Who waits because something is missing, and what should be done about it?"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboards.context import board
from dashboards.grid import grid
from dashboards.parts import card, heading, nothing, pick
from dashboards.words import day, number, people
from opportune.store.board import WaitingPerson, WaitingReason, waiting, waiting_people

PATH = "/waiting"
NAME = "waiting.name"
WITH_PEOPLE = True
COLUMNS = [
    {"field": "name", "headerName": "Person", "minWidth": 150, "flex": 2},
    {"field": "company", "headerName": "Company", "minWidth": 130, "flex": 2},
    {"field": "held", "headerName": "Waiting", "minWidth": 170, "flex": 2},
    {"field": "country", "headerName": "Country", "width": 110},
    {"field": "phone", "headerName": "Number", "minWidth": 160, "flex": 1},
    {"field": "email", "headerName": "Mail address", "minWidth": 200, "flex": 3},
    {"field": "source", "headerName": "Came from", "minWidth": 120, "flex": 1},
    {"field": "since", "headerName": "With us since", "width": 150},
]
#: What mends it, by what the reason speaks of.
REMEDIES = (
    ("an address", "Add a phone number or a mail address to the list, then import it again."),
    ("zone", "Add the country and, where it has several time zones, the region or city, then import the list again."),
    ("country", "Add the country to the list, then import it again: law and time zone follow from it."),
    ("consent", "Record the consent with its proof, or leave these people out of the campaign."),
    ("law", "Have somebody competent sign the law row of this place."),
    ("phone", "Correct the number in the list, then import it again."),
    ("number", "Correct the number in the list, then import it again."),
    ("email", "Correct the mail address in the list, then import it again."),
    ("address", "Correct the mail address in the list, then import it again."),
)
OTHERWISE = "Complete the person's data in the list, then import it again."


def layout(reason: str = "", **_address: str) -> html.Div:
    reasons = waiting(board().db)
    title = heading("Waiting", "Nobody is guessed about: whoever lacks something waits here until it is known.")
    if not reasons:
        return html.Div([title, nothing("Nobody is waiting", "Everybody has what a decision needs.")])
    options = [(row.held, f"{row.held.capitalize()} ({number(row.people)})") for row in reasons]
    chosen = pick("waiting-reason", "Reason", [("", "Every reason"), *options], reason)
    count = html.P(id="waiting-count", className="count", **{"aria-live": "polite"})
    return html.Div(
        [
            title,
            html.Div([_reason(row) for row in reasons], className="reasons"),
            html.Div([chosen, count], className="choices"),
            grid("waiting", COLUMNS, "People who wait, the longest first"),
            dcc.Store(id="waiting-link"),
        ]
    )


def _reason(row: WaitingReason) -> dmc.Paper:
    return card(
        html.H2(f"Waiting: {row.held}"),
        html.P(f"{people(row.people)}, the first since {day(row.oldest)}", className="definition"),
        html.P([html.Strong("What to do: "), remedy(row.held)]),
    )


def remedy(held: str) -> str:
    """What to do about a reason."""
    return next((what for word, what in REMEDIES if word in held.lower()), OTHERWISE)


def serve_rows(request: dict[str, Any] | None, reason: str | None) -> tuple[dict[str, Any], str]:
    if request is None:
        raise PreventUpdate
    rows, total = waiting_people(board().db, start=request["startRow"], end=request["endRow"], reason=reason or None)
    said = f"{people(total)} {'waits' if total == 1 else 'wait'}"
    return {"rowData": [_cells(row) for row in rows], "rowCount": total}, said


def _cells(row: WaitingPerson) -> dict[str, Any]:
    known = {name: getattr(row, name) or "" for name in ("name", "company", "country", "phone", "email", "source")}
    return {"id": f"{row.id} {row.held}", **known, "held": row.held, "since": day(row.since)}


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
