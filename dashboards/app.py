"""How does the board become a web application? Served below /board/, mounted elsewhere through a2wsgi."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import dash
import flask
from dash import Dash

from dashboards import shell
from dashboards.context import KEY, Board, may_open
from dashboards.kit import export, filters, frame
from dashboards.kit.language import remember
from dashboards.kit.said import t
from dashboards.packed import pack
from dashboards.pages import (
    cadence,
    channels,
    compliance,
    decisions,
    health,
    history,
    hours,
    not_found_404,
    operators,
    overview,
    report,
    sources,
    waiting,
)
from opportune.store.db import Database

ASSETS = Path(__file__).parent / "assets"
#: In the order of the navigation.
PAGES: tuple[ModuleType, ...] = (
    overview,
    channels,
    hours,
    cadence,
    sources,
    operators,
    decisions,
    waiting,
    compliance,
    health,
    history,
    report,
)


def create_board(db: Database, clock: Callable[[], int], *, practice: bool, prefix: str = "/board/") -> flask.Flask:
    """The board over one database. Plain functions answer its callbacks, in the threads of the mount.

    Mount it with ``Mount(prefix.rstrip("/"), app=WSGIMiddleware(board))``: the mount strips the prefix again.
    """
    server = flask.Flask("opportune-board", static_folder=None)
    server.config[KEY] = Board(db, clock, practice, prefix)
    app = shell.Shell(
        "opportune-board",
        server=server,
        use_pages=True,
        pages_folder="",
        assets_folder=str(ASSETS),
        requests_pathname_prefix=prefix,
        routes_pathname_prefix="/",
        suppress_callback_exceptions=True,
        serve_locally=True,
        index_string=shell.index(prefix),
        title="Opportune",
        update_title="",
        add_log_handler=False,
        include_pages_meta=False,
    )
    _add_pages(app)
    app.layout = lambda: shell.layout(PAGES)
    shell.register(app)
    filters.register(app, PAGES)
    server.add_url_rule("/csv/<name>.csv", "csv", export.serve)
    server.after_request(pack)  # the one registered first comes last
    server.after_request(remember)
    server.test_client().get("/")  # Dash sets itself up in the first request, and two first ones at once would race
    return server


def _add_pages(app: Dash) -> None:
    """The same functions for every board: which database they read is the request's affair."""
    for page in (*PAGES, not_found_404):
        dash.register_page(page.__name__, path=page.PATH, title=_title(page), layout=_guarded(page))
        page.register(app)


def _title(page: ModuleType) -> Callable[..., str]:
    return lambda **_path: f"{t(page.NAME)} · Opportune"


def _guarded(page: ModuleType) -> Callable[..., object]:
    return lambda **address: page.layout(**address) if page is not_found_404 or may_open(page.PATH) else frame.closed()
