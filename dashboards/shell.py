"""What stands around every page: name, practice badge, navigation, light and dark."""

from __future__ import annotations

import dash
import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from dashboards.context import Board
from dashboards.figures import FONT
from opportune.store import notes

NAVIGATION = (("Overview", ""), ("Decisions", "decisions"), ("Waiting", "waiting"))

INDEX = """<!DOCTYPE html>
<html lang="en" data-mantine-color-scheme="light">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="PREFIXassets/favicon.svg">
<script>
var chosen = localStorage.getItem('mantine-color-scheme-value') || 'auto';
var dark = chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
</script>
{%css%}
</head>
<body>
{%app_entry%}
<noscript>The board needs JavaScript. The same answers on the command line: opportune why CONTACT</noscript>
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""


def index(prefix: str) -> str:
    return INDEX.replace("PREFIX", prefix)


def layout(board: Board) -> dmc.MantineProvider:
    frame = dmc.AppShell(
        [
            dmc.AppShellHeader(_header(board), className="header"),
            dmc.AppShellNavbar([_link(board, *entry) for entry in NAVIGATION], **{"aria-label": "Pages"}),
            dmc.AppShellMain(html.Div(dash.page_container, id="content", tabIndex="-1")),
        ],
        id="shell",
        header={"height": 52},
        navbar={"width": 210, "breakpoint": "sm", "collapsed": {"mobile": True}},
        padding="md",
    )
    skip = html.A("Skip to content", href="#content", className="skip-link")
    theme = {"primaryColor": "indigo", "fontFamily": FONT, "defaultRadius": "md"}
    return dmc.MantineProvider([skip, dcc.Store(id="look"), frame], theme=theme, defaultColorScheme="auto")


def _header(board: Board) -> html.Div:
    badge = [dmc.Badge("Practice", color="yellow", variant="light", id="practice", className="practice")]
    telephone = notes.get(board.db, "telephone") if board.practice else None
    link = (
        [html.A("Telephone", href=telephone, title="Be called by a campaign yourself", className="telephone")]
        if telephone
        else []
    )
    name = html.A([html.Span("◆", className="logo", **{"aria-hidden": "true"}), "Opportune"], href=board.prefix)
    burger = dmc.Burger(id="burger", size="sm", hiddenFrom="sm", opened=False, **{"aria-label": "Show the pages"})
    left = html.Div(
        [burger, html.Span(name, className="brand"), *(badge if board.practice else []), *link], className="row"
    )
    return html.Div([left, _theme_switch()], className="row spread fill")


def _theme_switch() -> dmc.ColorSchemeToggle:
    look = {"variant": "default", "size": "md", "aria-label": "Switch between light and dark"}
    return dmc.ColorSchemeToggle(id="theme", lightIcon=html.Span("☀"), darkIcon=html.Span("☾"), **look)


def _link(board: Board, label: str, path: str) -> dmc.NavLink:
    return dmc.NavLink(label=label, href=board.link(path), active="exact", className="nav-link")


def register(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("board", "look"),
        Output("look", "data"),
        Input("shell", "id"),
    )
    app.clientside_callback(
        ClientsideFunction("board", "menu"),
        Output("shell", "navbar"),
        Output("burger", "opened"),
        Input("burger", "opened"),
        Input("_pages_location", "pathname"),
        State("shell", "navbar"),
    )
