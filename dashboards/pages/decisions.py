"""Why was this person called, written to, or left alone? Every decision, and the story of each."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboards.context import board, only_with_people, showing
from dashboards.grid import grid
from dashboards.kit import frame
from dashboards.kit.choices import choice
from dashboards.kit.format import listed
from dashboards.kit.parts import pick
from dashboards.kit.said import t, word
from dashboards.story import story_panel, unknown_decision
from dashboards.words import decided, held_words, local, main_reason, short
from opportune.store.board import ContactHit, DecisionRow, campaigns, decision_story, decisions, find_contacts

PATH = "/decisions"
NAME = "decisions.name"
SHOWN = {
    "call": {"verdict": "act", "channel": "call"},
    "email": {"verdict": "act", "channel": "email"},
    "held": {"verdict": "held"},
    "wait": {"verdict": "wait"},
    "never": {"verdict": "never"},
}
MARKED = {
    "channel call": "params.data && params.data.mark === 'call'",
    "channel email": "params.data && params.data.mark === 'email'",
}
COLUMNS = (
    {"field": "contact", "minWidth": 150, "flex": 2},
    {"field": "decided", "width": 228, "cellClassRules": MARKED},
    {"field": "why", "minWidth": 400, "flex": 7, "tooltipField": "why"},
    {"field": "when", "width": 190, "tooltipField": "when"},
    {"field": "at", "width": 170},
    {"field": "company", "minWidth": 150, "flex": 2},
    {"field": "status", "width": 130},
    {"field": "campaign", "minWidth": 200, "flex": 2},
)


def layout(id: str = "", q: str = "", show: str = "", **address: str) -> html.Div:
    chosen = choice(**address)
    columns = [{**column, "headerName": t(f"decisions.head.{column['field']}")} for column in COLUMNS]
    blocks = [
        html.Div(_choices(q[:200], chosen.campaign or "", show), className="choices"),
        html.P(id="decisions-count", className="count", **{"aria-live": "polite"}),
        html.Div(id="decisions-hint"),
        grid("decisions", columns, t("decisions.list")),
        _drawer(),
        dcc.Store(id="decisions-open", data=int(id) if id.isascii() and id.isdigit() and len(id) < 19 else ""),
        dcc.Store(id="decisions-link"),
    ]
    return frame.page(NAME, chosen, sheet=blocks, with_filters=False, without_decisions=True)


def _drawer() -> dmc.Drawer:
    close = {"aria-label": t("common.close")}
    look = {"position": "right", "size": "min(100vw, 560px)", "closeButtonProps": close}
    return dmc.Drawer(id="story", opened=False, title=t("decisions.why"), **look)


def _choices(text: str, campaign: str, show: str) -> list[Any]:
    search = dmc.TextInput(
        id="search",
        value=text,
        debounce=300,
        placeholder=t("decisions.find_hint"),
        className="search",
        **{"aria-label": t("decisions.find")},
    )
    names = [("", t("common.all_campaigns")), *((key, name) for key, name, _ in campaigns(board().db))]
    kinds = [
        ("", t("decisions.every")),
        *((it, word("channel" if it in ("call", "email") else "verdict", it)) for it in SHOWN),
    ]
    return [
        search,
        pick("decisions-show", t("decisions.decision"), kinds, show),
        pick("decisions-campaign", t("common.campaign_label"), names, campaign),
    ]


def serve_rows(
    request: dict[str, Any] | None, text: str | None, show: str | None, campaign: str | None
) -> tuple[dict[str, Any], str, list[Any]]:
    """One block of the endless list, and what to say above it."""
    if request is None:
        raise PreventUpdate
    only_with_people()
    db, text = board().db, (text or "")[:200]
    chosen = {"text": text, "campaign": campaign or None, **SHOWN.get(show or "", {})}
    rows, total = decisions(db, start=request["startRow"], end=request["endRow"], **chosen)
    counted = t("decisions.count", n=total)
    others = [] if total or not text.strip() else find_contacts(db, text, limit=8)
    showing("decisions", [*(row.contact_id for row in rows), *(hit.id for hit in others)])
    hint = [] if total or not text.strip() else [_others(text, others)]
    return {"rowData": [_cells(row) for row in rows], "rowCount": total}, counted, hint


def _cells(row: DecisionRow) -> dict[str, Any]:
    at = row.moment if row.verdict == "act" else row.again_at
    return {
        "id": str(row.id),
        "at": short(row.at),
        "contact": row.contact,
        "company": row.company or "",
        "status": word("status", row.status),
        "campaign": row.campaign,
        "decided": decided(row.verdict, row.channel, row.held),
        "mark": row.channel if row.verdict == "act" else "",
        "when": "" if at is None else local(at, row.zones),
        "why": main_reason(row.verdict, row.reasons),
    }


def _others(text: str, hits: list[ContactHit]) -> html.P:
    """People whom the search knows, though no decision fits: then say how they stand."""
    if not hits:
        return html.P(t("decisions.nobody", text=text), className="hint")
    named = [f"{hit.name} ({_stands(hit)})" for hit in hits]
    return html.P(t("decisions.others", names=listed(named)), className="hint")


def _stands(hit: ContactHit) -> str:
    return t("common.held.by", held=held_words(hit.held)) if hit.held else t("decisions.no_such_yet")


def tell(id: int | None) -> tuple[bool, Any]:
    """The story of one decision, in the drawer."""
    if not isinstance(id, int):
        raise PreventUpdate
    only_with_people()
    found = decision_story(board().db, id)
    showing("one decision", [found.contact.id] if found else [])
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
