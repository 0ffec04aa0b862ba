"""Why was this person called, written to, or left alone? Every decision, and the story of each."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboards.context import board
from dashboards.grid import grid
from dashboards.parts import heading, pick
from dashboards.story import story_panel, unknown_decision
from dashboards.words import STATUSES, decided, local, main_reason, number, say, short
from opportune.store.board import ContactHit, DecisionRow, campaigns, decision_story, decisions, find_contacts

PATH = "/decisions"
NAME = "decisions.name"
WITH_PEOPLE = True
SHOWN = {
    "call": {"verdict": "act", "channel": "call"},
    "email": {"verdict": "act", "channel": "email"},
    "held": {"verdict": "held"},
    "wait": {"verdict": "wait"},
    "never": {"verdict": "never"},
}
SHOWN_WORDS = {"call": "Call", "email": "Email", "held": "Waiting for data", "wait": "Not yet", "never": "No contact"}
COLUMNS = [
    {"field": "contact", "headerName": "Person", "minWidth": 150, "flex": 2},
    {
        "field": "decided",
        "headerName": "Decision",
        "width": 228,
        "cellClassRules": {
            "channel call": "params.data && params.data.mark === 'call'",
            "channel email": "params.data && params.data.mark === 'email'",
        },
    },
    {"field": "why", "headerName": "Why", "minWidth": 400, "flex": 7, "tooltipField": "why"},
    {"field": "when", "headerName": "When (their time)", "width": 180, "tooltipField": "when"},
    {"field": "at", "headerName": "Decided (UTC)", "width": 170},
    {"field": "company", "headerName": "Company", "minWidth": 150, "flex": 2},
    {"field": "status", "headerName": "Status", "width": 130},
    {"field": "campaign", "headerName": "Campaign", "minWidth": 200, "flex": 2},
]


def layout(id: str = "", q: str = "", campaign: str = "", show: str = "", **_address: str) -> html.Div:
    return html.Div(
        [
            heading("Decisions", "One row a decision, also when it was not to act. Choose a row to read why."),
            html.Div(_choices(q, campaign, show), className="choices"),
            html.P(id="decisions-count", className="count", **{"aria-live": "polite"}),
            html.Div(id="decisions-hint"),
            _grid(),
            dmc.Drawer(id="story", position="right", size="min(100vw, 560px)", opened=False, title="Why?"),
            dcc.Store(id="decisions-open", data=int(id) if id.isascii() and id.isdigit() else ""),
            dcc.Store(id="decisions-link"),
        ]
    )


def _choices(text: str, campaign: str, show: str) -> list[Any]:
    search = dmc.TextInput(
        id="search",
        value=text,
        debounce=300,
        placeholder="Name, company, mail address or number",
        className="search",
        **{"aria-label": "Find a person"},
    )
    names = [("", "All campaigns"), *((key, name) for key, name, _ in campaigns(board().db))]
    return [
        search,
        pick("decisions-show", "Decision", [("", "Every decision"), *SHOWN_WORDS.items()], show),
        pick("decisions-campaign", "Campaign", names, campaign),
    ]


def _grid() -> dag.AgGrid:
    return grid("decisions", COLUMNS, "Decisions, newest first")


def serve_rows(
    request: dict[str, Any] | None, text: str | None, show: str | None, campaign: str | None
) -> tuple[dict[str, Any], str, list[Any]]:
    """One block of the endless list, and what to say above it."""
    if request is None:
        raise PreventUpdate
    db, text = board().db, (text or "")[:200]
    chosen = {"text": text, "campaign": campaign or None, **SHOWN.get(show or "", {})}
    rows, total = decisions(db, start=request["startRow"], end=request["endRow"], **chosen)
    counted = f"{number(total)} {'decision' if total == 1 else 'decisions'}"
    hint = [] if total or not text.strip() else [_others(text, find_contacts(db, text, limit=8))]
    return {"rowData": [_cells(row) for row in rows], "rowCount": total}, counted, hint


def _cells(row: DecisionRow) -> dict[str, Any]:
    at = row.moment if row.verdict == "act" else row.again_at
    return {
        "id": str(row.id),
        "at": short(row.at),
        "contact": row.contact,
        "company": row.company or "",
        "status": say(STATUSES, row.status),
        "campaign": row.campaign,
        "decided": decided(row.verdict, row.channel, row.held),
        "mark": row.channel if row.verdict == "act" else "",
        "when": "" if at is None else local(at, row.zones),
        "why": main_reason(row.verdict, row.reasons),
    }


def _others(text: str, hits: list[ContactHit]) -> html.P:
    """People whom the search knows, though no decision fits: then say how they stand."""
    if not hits:
        return html.P(f"Nobody here is called, or reached at, “{text}”.", className="hint")
    named = [f"{hit.name} ({'waiting: ' + hit.held if hit.held else 'no such decision yet'})" for hit in hits]
    return html.P(f"No decision fits, but we know {', '.join(named)}.", className="hint")


def tell(id: int | None) -> tuple[bool, Any]:
    """The story of one decision, in the drawer."""
    if not isinstance(id, int):
        raise PreventUpdate
    found = decision_story(board().db, id)
    return True, unknown_decision(id) if found is None else story_panel(found)


def register(app: Dash) -> None:
    chosen = ("search", "decisions-show", "decisions-campaign")
    app.callback(
        Output("decisions", "getRowsResponse"),
        Output("decisions-count", "children"),
        Output("decisions-hint", "children"),
        Input("decisions", "getRowsRequest"),
        *(State(name, "value") for name in chosen),
    )(serve_rows)
    app.callback(Output("story", "opened"), Output("story", "children"), Input("decisions-open", "data"))(tell)
    app.clientside_callback(
        ClientsideFunction("board", "refetch"),
        Output("decisions-link", "data"),
        *(Input(name, "value") for name in chosen),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("board", "openStory"),
        Output("decisions-open", "data"),
        Input("decisions", "selectedRows"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("board", "closeStory"),
        Output("decisions", "selectedRows"),
        Input("story", "opened"),
        prevent_initial_call=True,
    )
