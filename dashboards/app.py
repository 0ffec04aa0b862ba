"""How does the board become a web application? Served below /board/, mounted elsewhere through a2wsgi."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dash
import flask
from dash import Dash

from dashboards import shell
from dashboards.context import KEY, Board
from dashboards.export import funnel_csv
from dashboards.pages import decisions, not_found_404, overview, waiting
from opportune.store.db import Database

ASSETS = Path(__file__).parent / "assets"


def create_board(db: Database, clock: Callable[[], int], *, practice: bool, prefix: str = "/board/") -> flask.Flask:
    """The board over one database. Plain functions answer its callbacks, in the threads of the mount.

    Mount it with ``Mount(prefix.rstrip("/"), app=WSGIMiddleware(board))``: the mount strips the prefix again.
    """
    server = flask.Flask("opportune-board", static_folder=None)
    server.config[KEY] = Board(db, clock, practice, prefix)
    app = Dash(
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
    app.layout = lambda: shell.layout(server.config[KEY])
    shell.register(app)
    server.add_url_rule("/funnel.csv", "funnel_csv", funnel_csv)
    server.test_client().get("/")  # Dash sets itself up in the first request, and two first ones at once would race
    return server


def _add_pages(app: Dash) -> None:
    """The same functions for every board: which database they read is the request's affair."""
    for page in (overview, decisions, waiting, not_found_404):
        dash.register_page(page.__name__, path=page.PATH, title=f"{page.TITLE} · Opportune", layout=page.layout)
        page.register(app)
